// Two pages on a route that lets them send to each other: while they can, when one of them is loaded anew, and when
// there is no way between them.
import assert from "node:assert/strict";
import { Browser } from "../lib/chromium.mjs";
import { scenario, seconds } from "../lib/scenario.mjs";
import { Server } from "../lib/server.mjs";
import { assertTone, BROWSER_TONE, PHONE_TONE, TALK_SECONDS } from "../lib/tones.mjs";

const MEDIA_PORTS = 2; // one for each worker

// Another voice than the browser's microphone, which all its pages share.
const speaking = ({ frequency, level }) => `
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    await open(constraints);
    const context = new AudioContext({ sampleRate: 48000 });
    const tone = new OscillatorNode(context, { frequency: ${frequency} });
    const volume = new GainNode(context, { gain: ${10 ** (level / 20)} });
    const out = context.createMediaStreamDestination();
    tone.connect(volume).connect(out);
    tone.start();
    return out.stream;
  };`;

// Every address that a page tells is one where nobody is (RFC 5737).
const NOWHERE = `
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    const message = text.startsWith("{") ? JSON.parse(text) : {};
    if (!message.params?.sdp) return send.call(this, text);
    message.params.sdp = message.params.sdp.replace(/^(a=candidate:\\S+ \\d udp \\d+) \\S+/gim, "$1 192.0.2.1");
    return send.call(this, JSON.stringify(message));
  };`;

async function startCall(keep, prepare = "") {
  const server = await keep(Server.start());
  const browser = await keep(Browser.launch(BROWSER_TONE));
  const query = "&direct=1";
  const ann = await browser.open(server, "1000", { query, prepare });
  const bob = await browser.open(server, "1001", { query, prepare: speaking(PHONE_TONE) + prepare });
  await ann.ready();
  await bob.ready();
  await ann.call("3001");
  await bob.state("ringing");
  await bob.answer();
  await ann.state("active");
  await bob.state("active");
  return { server, ann, bob };
}

async function assertBothHear(t, { ann, bob }) {
  for (const page of [ann, bob]) await page.mediaFlows();
  for (const page of [ann, bob]) await page.listen();
  await seconds(TALK_SECONDS);
  await assertTone(t, "Ann", await ann.recording(), PHONE_TONE);
  await assertTone(t, "Bob", await bob.recording(), BROWSER_TONE);
}

const isOfServer = ({ server }, path) =>
  path.remotePort >= server.mediaPort && path.remotePort < server.mediaPort + MEDIA_PORTS;

async function assertDirect(t, call) {
  for (const page of [call.ann, call.bob]) {
    const path = await page.path();
    t.diagnostic(`sends to ${path.remote}:${path.remotePort}; the server's port is ${call.server.mediaPort}`);
    assert.ok(!isOfServer(call, path), "media goes to the server");
  }
  const record = await call.server.latestCall();
  assert.equal(record.media, "direct");
  assert.equal(record.state, "up");
  for (const leg of record.legs)
    assert.deepEqual([leg.sent.packets, leg.received.packets, leg.diagnosis], [0, 0, []], leg.role);
}

async function assertThroughServer(call) {
  for (const page of [call.ann, call.bob])
    assert.ok(isOfServer(call, await page.path()), "media does not go to the server");
  const record = await call.server.latestCall();
  assert.equal(record.media, "server");
  assert.ok(record.taken_over);
  assert.deepEqual(record.legs.map((leg) => leg.diagnosis), [[], []]);
}

for (const role of ["caller", "called"]) {
  scenario(`the ${role} of a direct call loads its page anew`, async (t, keep) => {
    const call = await startCall(keep);
    await assertBothHear(t, call);
    await assertDirect(t, call);

    const [page, user] = role === "caller" ? [call.ann, "1000"] : [call.bob, "1001"];
    await page.tab.reload();
    await page.logIn(user);
    await page.state("active");
    await assertBothHear(t, call);
    await assertThroughServer(call);
    await call.ann.hangup();
    await call.bob.state("ended");
  });
}

scenario("two browsers with no way between them talk through the server", async (t, keep) => {
  const call = await startCall(keep, NOWHERE);
  assert.equal((await call.server.latestCall()).media, "direct");
  await assertBothHear(t, call);
  await assertThroughServer(call);
});
