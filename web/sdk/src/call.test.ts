import assert from "node:assert/strict";
import { test } from "node:test";

import type { Call } from "./call.js";
import type { ClientOptions } from "./client.js";
import { settled, type FakeTrack } from "./testing/fakes.js";
import { admit, loggedIn, type Stage } from "./testing/login.js";

function listen(call: Call): string[] {
  const told: string[] = [];
  call.on("state", (state) => told.push(state));
  call.on("ringback", (on) => told.push(`ringback ${on ? "on" : "off"}`));
  call.on("dtmf", (digits) => told.push(`dtmf ${digits}`));
  call.on("held", (held) => told.push(held ? "held" : "taken back"));
  call.on("remote", ({ name, number }) => told.push(`remote ${name} ${number}`));
  return told;
}

async function outgoing(options: Partial<ClientOptions> = {}): Promise<Stage & { call: Call }> {
  const stage = await loggedIn(options);
  const call = stage.client.call("9196");
  const callTold = listen(call);
  await settled();
  return { ...stage, call, told: callTold };
}

async function trying(options: Partial<ClientOptions> = {}): Promise<Stage & { call: Call }> {
  const stage = await outgoing(options);
  await stage.browser.socket.reply("verto.invite", { message: "CALL CREATED" });
  return stage;
}

/** What Node has not. */
class FakeMediaStream {
  constructor(private readonly tracks: unknown[]) {}
  getTracks(): unknown[] {
    return this.tracks;
  }
}

const ofServer = "v=0\r\na=ice-lite\r\n";
const ofBrowser = "v=0\r\n";

async function active(
  options: Partial<ClientOptions> = {},
  sdp = ofServer,
): Promise<Stage & { call: Call }> {
  const stage = await trying(options);
  await stage.browser.socket.ask("verto.answer", { callID: stage.call.id, sdp });
  stage.told.length = 0;
  return stage;
}

const offered = {
  callID: "c2a90f8e",
  sdp: "offer of the server",
  caller_id_name: "Ines Calder",
  caller_id_number: "2001",
  callee_id_name: "Tomas Okoye",
  callee_id_number: "2002",
  display_direction: "outbound",
};

async function incoming(): Promise<Stage & { call: Call }> {
  const stage = await loggedIn();
  let call: Call | undefined;
  stage.client.on("call", (one) => (call = one));
  await stage.browser.socket.ask("verto.invite", offered);
  return { ...stage, call: call!, told: listen(call!) };
}

test("an invite carries the browser's offer and who is called", async () => {
  const { browser, call } = await outgoing();
  const { params } = browser.socket.asked("verto.invite")!;
  assert.equal(params.sdp, "offer of the browser");
  assert.equal(params.dialogParams.callID, call.id);
  assert.equal(params.dialogParams.destination_number, "9196");
  assert.deepEqual(params.dialogParams.userVariables, {});
  assert.equal(params.sessid, browser.socket.asked("login")!.params.sessid);
  assert.deepEqual(browser.peer.tracks, [browser.microphones[0]!.track]);
  assert.deepEqual(browser.constraints, [{ audio: true }]);
});

test("answered without early media: the answer comes with verto.answer", async () => {
  const { browser, call, told } = await trying();
  await browser.socket.ask("verto.answer", { callID: call.id, sdp: "answer" });
  assert.deepEqual(browser.peer.remoteDescription, { type: "answer", sdp: "answer" });
  assert.deepEqual(told, ["trying", "active"]);
});

test("early media, then an answer without SDP", async () => {
  const { browser, call, told } = await trying();
  await browser.socket.ask("verto.media", { callID: call.id, sdp: "answer" });
  await browser.socket.ask("verto.answer", { callID: call.id });
  assert.deepEqual(told, ["trying", "early", "active"]);
});

test("an answer on the heels of early media, repeating the SDP, is applied once", async () => {
  const { browser, call } = await trying();
  void browser.socket.ask("verto.media", { callID: call.id, sdp: "answer" });
  void browser.socket.ask("verto.answer", { callID: call.id, sdp: "answer" });
  await settled();
  assert.equal(call.state, "active");
});

test("an answer that overtakes the reply to the invite does no harm", async () => {
  const { browser, call, told } = await outgoing();
  await browser.socket.ask("verto.answer", { callID: call.id, sdp: "answer" });
  await browser.socket.reply("verto.invite", { message: "CALL CREATED" });
  assert.deepEqual(told, ["active"]);
});

test("an answer without any SDP ends the call as incompatible", async () => {
  const { browser, call } = await trying();
  await browser.socket.ask("verto.answer", { callID: call.id });
  assert.equal(call.end?.error?.number, 305);
  assert.equal(browser.socket.asked("verto.bye")!.params.causeCode, 88);
});

test("localRingback tells the server, and says when to play the tone", async () => {
  const { browser, call, told } = await trying({ localRingback: true });
  const { dialogParams } = browser.socket.asked("verto.invite")!.params;
  assert.deepEqual(dialogParams.userVariables, { localRingback: "true" });
  assert.equal(call.ringback, true);
  await browser.socket.ask("verto.answer", { callID: call.id, sdp: "answer" });
  assert.deepEqual(told, ["ringback on", "trying", "ringback off", "active"]);
});

test("the tone stops when the far side's own sounds come, or the call ends", async () => {
  const first = await trying({ localRingback: true });
  await first.browser.socket.ask("verto.media", { callID: first.call.id, sdp: "answer" });
  assert.equal(first.call.ringback, false);
  const second = await trying({ localRingback: true });
  second.call.hangup();
  assert.equal(second.call.ringback, false);
});

test("busy reaches the caller with its cause, and is not echoed", async () => {
  const { browser, call, told } = await trying();
  await browser.socket.ask("verto.bye", { callID: call.id, cause: "USER_BUSY", causeCode: 17 });
  assert.deepEqual(told, ["trying", "ended"]);
  assert.deepEqual(call.end, { cause: "USER_BUSY", causeCode: 17, by: "server" });
  assert.equal(browser.socket.count("verto.bye"), 0);
  assert.equal(browser.peer.closed, true);
  assert.equal(browser.microphones[0]!.track.stopped, true);
});

test("a refused invite ends the call without a bye", async () => {
  const { browser, call } = await outgoing();
  const refusal = { message: "CALL ERROR", cause: "DESTINATION_OUT_OF_ORDER", causeCode: 27 };
  await browser.socket.refuse("verto.invite", { ...refusal, code: -32002 });
  assert.equal(call.end?.error?.number, 301);
  assert.equal(call.end?.causeCode, 27);
  assert.equal(browser.socket.count("verto.bye"), 0);
});

test("a hangup before the offer is ready leaves nothing behind", async () => {
  const { browser, client } = await loggedIn();
  const call = client.call("9196");
  call.hangup();
  await settled();
  assert.equal(call.state, "ended");
  assert.equal(browser.socket.count("verto.invite"), 0);
  assert.equal(browser.socket.count("verto.bye"), 0);
  assert.equal(browser.microphones[0]!.track.stopped, true);
  assert.deepEqual(client.activeCalls, []);
});

test("hanging up says why, in both forms, once", async () => {
  const { browser, call } = await active();
  call.hangup();
  call.hangup();
  const { params } = browser.socket.asked("verto.bye")!;
  assert.equal(params.cause, "NORMAL_CLEARING");
  assert.equal(params.causeCode, 16);
  assert.equal(params.dialogParams.callID, call.id);
  assert.equal(browser.socket.count("verto.bye"), 1);
  await browser.socket.ask("verto.bye", { callID: call.id, causeCode: 16 }); // they crossed
  assert.equal(call.end?.by, "us");
});

test("microphone faults end an outgoing call before the server hears of it", async () => {
  const faults: [string, number][] = [
    ["NotAllowedError", 401],
    ["NotFoundError", 402],
    ["NotReadableError", 403],
    ["TypeError", 404],
  ];
  for (const [name, number] of faults) {
    const { browser, client } = await loggedIn();
    browser.microphoneError = Object.assign(new Error("no"), { name });
    const call = client.call("9196");
    await settled();
    assert.equal(call.end?.error?.number, number, name);
    assert.equal(browser.socket.count("verto.invite"), 0);
  }
});

test("an incoming call rings, shows who calls, and is answered", async () => {
  const { browser, call, told } = await incoming();
  assert.equal(call.state, "ringing");
  assert.equal(call.direction, "incoming");
  assert.deepEqual(call.remote, { name: "Ines Calder", number: "2001" });
  assert.equal(browser.microphones.length, 0);
  const answered = call.answer({ audio: { echoCancellation: false } });
  await settled();
  const { params } = browser.socket.asked("verto.answer")!;
  assert.equal(params.sdp, "answer to offer of the server");
  assert.equal(params.dialogParams.callID, "c2a90f8e");
  assert.deepEqual(browser.constraints, [{ audio: { echoCancellation: false } }]);
  await browser.socket.reply("verto.answer", {});
  await answered;
  assert.deepEqual(told, ["answering", "active"]);
  await assert.rejects(call.answer(), { number: 303 });
});

test("declining tells the server that it was declined", async () => {
  const { browser, call } = await incoming();
  call.hangup();
  assert.equal(browser.socket.asked("verto.bye")!.params.cause, "CALL_REJECTED");
  assert.equal(browser.socket.asked("verto.bye")!.params.causeCode, 21);
});

test("a caller who gives up stops the ringing", async () => {
  const { browser, call } = await incoming();
  const bye = { callID: call.id, cause: "ORIGINATOR_CANCEL", causeCode: 487 };
  await browser.socket.ask("verto.bye", bye);
  assert.equal(call.end?.causeCode, 487);
  await assert.rejects(call.answer(), { number: 302 });
});

test("an answer that comes too late fails, and the call is over", async () => {
  const { browser, call } = await incoming();
  const answered = assert.rejects(call.answer(), { number: 302 });
  await settled();
  await browser.socket.refuse("verto.answer", { code: -32002, message: "CALL DOES NOT EXIST" });
  await answered;
  assert.equal(call.state, "ended");
});

test("without a microphone an incoming call rings on and can be answered again", async () => {
  const { browser, call, told } = await incoming();
  browser.microphoneError = Object.assign(new Error("no"), { name: "NotAllowedError" });
  await assert.rejects(call.answer(), { number: 401 });
  browser.microphoneError = undefined;
  void call.answer();
  await settled();
  await browser.socket.reply("verto.answer", {});
  assert.deepEqual(told, ["answering", "ringing", "answering", "active"]);
});

test("an offer that the browser cannot use is refused as incompatible", async () => {
  const { browser, told } = await loggedIn();
  await browser.socket.ask("verto.invite", { ...offered, sdp: "" });
  assert.deepEqual(told, ["call ringing"]);
  assert.equal(browser.socket.asked("verto.bye")!.params.causeCode, 88);
});

test("a browser without WebRTC declines incoming calls and cannot make any", async () => {
  const { browser, client, told } = await loggedIn();
  browser.peerError = new ReferenceError("RTCPeerConnection is not defined");
  await browser.socket.ask("verto.invite", offered);
  assert.equal(browser.socket.asked("verto.bye")!.params.dialogParams.callID, "c2a90f8e");
  assert.deepEqual(told, ["error 404"]);
  assert.throws(() => client.call("9196"), { number: 404 });
  assert.deepEqual(client.activeCalls, []);
});

test("digits go both ways", async () => {
  const { browser, call, told } = await active();
  const sent = call.dtmf("5#");
  await browser.socket.reply("verto.info", { message: "SENT" });
  await sent;
  const { params } = browser.socket.asked("verto.info")!;
  assert.equal(params.dtmf, "5#");
  assert.equal(params.dialogParams.callID, call.id);
  await browser.socket.ask("verto.info", { callID: call.id, dtmf: "7" });
  assert.deepEqual(told, ["dtmf 7"]);
});

test("what is no digit, or comes at the wrong time, is not sent", async () => {
  const { browser, call } = await trying();
  await assert.rejects(call.dtmf("5"), { number: 303 });
  await browser.socket.ask("verto.media", { callID: call.id, sdp: "answer" });
  for (const digits of ["", "x", "1 2", "1+2"]) {
    await assert.rejects(call.dtmf(digits), { number: 304 });
  }
  call.hangup();
  await assert.rejects(call.dtmf("5"), { number: 302 });
  assert.equal(browser.socket.count("verto.info"), 0);
});

test("muting silences the microphone's track", async () => {
  const { browser, call } = await active();
  const track: FakeTrack = browser.microphones[0]!.track;
  call.mute();
  assert.deepEqual([track.enabled, call.muted], [false, true]);
  call.unmute();
  assert.deepEqual([track.enabled, call.muted], [true, false]);
});

test("the far side's stream and name arrive", async () => {
  const { browser, call, told } = await active();
  const stream = {};
  browser.peer.hear(stream);
  assert.equal(call.remoteStream, stream);
  const display = { callID: call.id, display_name: "Tomas Okoye", display_number: "2002" };
  await browser.socket.ask("verto.display", display);
  await browser.socket.ask("verto.display", display);
  assert.deepEqual(told, ["remote Tomas Okoye 2002"]);
});

test("an interruption looks for a new way, and the call goes on", async () => {
  const { browser, call } = await active();
  browser.peer.connection("disconnected");
  await settled();
  const { params } = browser.socket.asked("verto.modify")!;
  assert.equal(params.action, "updateMedia");
  assert.equal(params.sdp, "offer of another network");
  assert.equal(params.dialogParams.callID, call.id);
  browser.peer.connection("failed"); // the new way may still be found
  assert.equal(call.state, "active");
  await browser.socket.reply("verto.modify", { action: "updateMedia", sdp: `${ofServer}again` });
  assert.equal(browser.peer.remoteDescription?.sdp, `${ofServer}again`);
  browser.peer.connection("connected");
  assert.equal(call.state, "active");
  browser.peer.connection("failed");
  assert.equal(call.end?.error?.number, 306);
});

test("an application may ask for a new way; a refusal leaves the call as it is", async () => {
  const { browser, call } = await active();
  const asked = call.restartIce();
  await settled();
  void call.restartIce(); // one at a time
  await settled();
  assert.equal(browser.socket.count("verto.modify"), 1);
  const refused = assert.rejects(asked, { number: 305 });
  await browser.socket.refuse("verto.modify", { code: -32002, message: "MEDIA ERROR" });
  await refused;
  assert.equal(call.state, "active");
});

test("a call is held and taken back as the server says", async () => {
  const { browser, call, told } = await active();
  const held = call.hold();
  await settled();
  assert.equal(browser.socket.asked("verto.modify")!.params.action, "hold");
  assert.equal(call.held, false);
  await browser.socket.reply("verto.modify", { action: "hold", holdState: "held" });
  await held;
  assert.equal(call.held, true);
  const back = call.unhold();
  await settled();
  await browser.socket.reply("verto.modify", { action: "unhold", holdState: "active" });
  await back;
  assert.equal(call.held, false);
  assert.deepEqual(told, ["held", "taken back"]);
});

test("a call that comes back held says so", async () => {
  const { browser, call, told } = await active();
  await browser.socket.ask("verto.attach", { callID: call.id, sdp: "offer", holdState: "held" });
  assert.equal(call.held, true);
  await browser.socket.ask("verto.attach", { callID: call.id, sdp: "offer" });
  assert.equal(call.held, false);
  assert.deepEqual(told.filter((one) => one !== "recovering"), ["held", "taken back"]);
});

test("a transfer names a number, or the other call", async () => {
  const { browser, call, client } = await active();
  const sent = call.transfer("2007");
  await settled();
  const { params } = browser.socket.asked("verto.modify")!;
  assert.equal(params.action, "transfer");
  assert.equal(params.destination, "2007");
  await browser.socket.reply("verto.modify", { message: "CALL TRANSFERRED", holdState: "active" });
  await sent;
  assert.equal(call.state, "active", "until the server says that it is over");
  const other = client.call("2008");
  await settled();
  const joined = call.transfer(other);
  await settled();
  const refused = assert.rejects(joined, { number: 501 });
  assert.equal(browser.socket.asked("verto.modify")!.params.replaceCallID, other.id);
  await browser.socket.refuse("verto.modify", { code: -32002, message: "transfer failed" });
  await refused;
});

test("only a call that is up is held or transferred", async () => {
  const { call } = await trying();
  await assert.rejects(call.hold(), { number: 303 });
  await assert.rejects(call.transfer("1"), { number: 303 });
});

test("only a call that is up can look for a new way", async () => {
  const { call } = await trying();
  await assert.rejects(call.restartIce(), { number: 303 });
});

test("a media path that fails ends the call; an interruption is a warning", async () => {
  const { browser, call, client } = await active();
  const warnings: number[] = [];
  client.on("warning", (warning) => warnings.push(warning.number));
  browser.peer.connection("disconnected");
  assert.equal(call.state, "active");
  assert.deepEqual(warnings, [602]);
  await settled();
  await browser.socket.refuse("verto.modify", { code: -32002, message: "MEDIA ERROR" });
  browser.peer.connection("failed");
  assert.equal(call.end?.error?.number, 306);
  assert.equal(browser.socket.count("verto.bye"), 1);
});

test("a lost connection ends what was not answered", async () => {
  const { browser, call } = await trying();
  browser.socket.onclose?.();
  await settled();
  assert.equal(call.end?.error?.number, 102);
  assert.equal(browser.waiting, 1); // only to connect again
});

test("an answered call comes back with the connection, muted as it was", async () => {
  const { browser, call, told } = await active();
  call.mute();
  const [firstPeer] = browser.peers;
  browser.socket.onclose?.();
  assert.deepEqual(told, ["recovering"]);
  firstPeer!.connection("failed"); // the server took its side down
  assert.equal(call.state, "recovering");
  await browser.pass(1_000);
  browser.socket.onopen?.();
  await settled();
  await browser.socket.reply("login", { message: "logged in" });
  await browser.socket.ask("verto.attach", { callID: call.id, sdp: "fresh offer" });
  await browser.socket.ask("verto.clientReady", { reattached_sessions: [call.id] });
  const { params } = browser.socket.asked("verto.attach")!;
  assert.equal(params.sdp, "answer to fresh offer");
  assert.equal(params.dialogParams.callID, call.id);
  await browser.socket.reply("verto.attach", {});
  assert.deepEqual(told, ["recovering", "active"]);
  assert.equal(browser.microphones.length, 1); // the one that was open, still
  assert.deepEqual(browser.peer.tracks, [browser.microphones[0]!.track]);
  assert.equal(browser.microphones[0]!.track.enabled, false);
  assert.equal(browser.microphones[0]!.track.stopped, false);
  assert.equal(firstPeer!.closed, true);
});

test("an answered call that the server has given up ends with the new login", async () => {
  const { browser, call } = await active();
  browser.socket.onclose?.();
  await browser.pass(1_000);
  await admit(browser);
  assert.equal(call.end?.error?.number, 307);
  assert.equal(browser.microphones[0]!.track.stopped, true);
});

test("after a reload of the page the server restores the call", async () => {
  const { browser, client, told } = await loggedIn();
  const attach = { ...offered, display_direction: "inbound" };
  await browser.socket.ask("verto.attach", attach);
  assert.deepEqual(told, ["call recovering"]);
  await browser.socket.reply("verto.attach", {});
  const [call] = client.activeCalls;
  assert.equal(call?.state, "active");
  assert.equal(call?.recovered, true);
  assert.equal(call?.direction, "outgoing");
  assert.deepEqual(call?.remote, { name: "Tomas Okoye", number: "2002" });
});

test("an offer for another browser waits for its addresses, and for the right to see them", async () => {
  const { browser } = await outgoing({ gatherCandidates: true });
  assert.equal(browser.microphones.length, 1);
  assert.equal(browser.socket.count("verto.invite"), 0);
  browser.peer.gathered();
  await settled();
  const { params } = browser.socket.asked("verto.invite")!;
  assert.equal(params.sdp, "offer of the browser with addresses");
});

test("addresses are not waited for without end", async () => {
  const { browser } = await outgoing({ gatherCandidates: true });
  await browser.pass(999);
  assert.equal(browser.socket.count("verto.invite"), 0);
  await browser.pass(1);
  assert.equal(browser.socket.count("verto.invite"), 1);
});

test("an answer names addresses to another browser, not to the server", async () => {
  for (const [sdp, waits] of [[ofBrowser, true], [ofServer, false]] as const) {
    const { browser, client } = await loggedIn({ gatherCandidates: true });
    await browser.socket.ask("verto.invite", { ...offered, sdp });
    void client.activeCalls[0]!.answer();
    await settled();
    assert.equal(browser.socket.count("verto.answer"), waits ? 0 : 1);
    browser.peer.gathered();
    await settled();
    assert.equal(browser.socket.count("verto.answer"), 1);
  }
});

test("media that went to another browser comes to the server, and the call stays up", async () => {
  const { browser, call, told } = await active({}, ofBrowser);
  const [first] = browser.peers;
  await browser.socket.ask("verto.attach", { callID: call.id, sdp: ofServer });
  await browser.socket.reply("verto.attach", {});
  assert.equal(call.state, "active");
  assert.deepEqual(told, []);
  assert.equal(first!.closed, true);
  assert.equal(browser.microphones.length, 1);
  assert.deepEqual(browser.peer.tracks, [browser.microphones[0]!.track]);
  assert.equal(browser.microphones[0]!.track.stopped, false);
});

test("where two browsers find no way to each other, the server is asked for one", async () => {
  const { browser, call } = await active({}, ofBrowser);
  browser.peer.connection("failed");
  await settled();
  assert.equal(browser.socket.asked("verto.modify")!.params.action, "updateMedia");
  await browser.socket.reply("verto.modify", { sdp: ofServer });
  assert.equal(call.state, "active");
  browser.peer.connection("failed");
  assert.equal(call.end?.error?.number, 306);
});

test("a far end that has changed is heard, though no event tells of its stream", async () => {
  const { browser, call } = await active({}, ofBrowser);
  const track = {};
  const left = { getTracks: () => [] };
  Object.assign(globalThis, { MediaStream: FakeMediaStream });
  browser.peer.receivers = [{ track }];
  browser.peer.hear(left);
  const asked = call.restartIce();
  await settled();
  await browser.socket.reply("verto.modify", { sdp: ofServer });
  await asked;
  assert.deepEqual(call.remoteStream?.getTracks(), [track]);
});

test("an offer of the server that crosses our bye is for the call that is over", async () => {
  const { browser, call, client } = await active({}, ofBrowser);
  const seen: Call[] = [];
  client.on("call", (one) => seen.push(one));
  call.hangup();
  await browser.socket.ask("verto.attach", { callID: call.id, sdp: ofServer });
  await browser.socket.reply("verto.bye", {});
  assert.equal(browser.socket.count("verto.attach"), 0);
  assert.deepEqual(seen, []);
  assert.deepEqual(client.activeCalls, []);
});
