// How long a caller waits, as figures: no assertion, because they depend on the machine and its load.
//
//   answer         from sending verto.invite, whose SDP has no candidates, to receiving verto.answer of the
//                  echo; a bare WebSocket client, so that no browser is in the way
//   first packet   from the page sending verto.invite to its first RTP packet from the server (the track's
//                  "unmute", which the browser reports within some milliseconds)
//   first sound    from the click on Call to the first sample over -50 dBFS that the page plays; the music
//                  of 9195 begins at once. Opening the (fake) microphone is part of it
import { randomUUID } from "node:crypto";
import WebSocket from "ws";
import { Browser } from "./lib/chromium.mjs";
import { PASSWORD, Server } from "./lib/server.mjs";
import { BROWSER_TONE } from "./lib/tones.mjs";

const CALLS = 20;
const PAGE_CALLS = 10;

// What a browser offers before it has looked for candidates.
const OFFER = [
  "v=0",
  "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 101",
  "c=IN IP4 0.0.0.0",
  "a=rtcp:9 IN IP4 0.0.0.0",
  "a=ice-ufrag:Q1zK",
  "a=ice-pwd:4ZcD9QmT1oBvXw2YhRkLsN7e",
  "a=fingerprint:sha-256 " + Array(32).fill("5A").join(":"),
  "a=setup:actpass",
  "a=mid:0",
  "a=sendrecv",
  "a=rtcp-mux",
  "a=rtpmap:111 opus/48000/2",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:8 PCMA/8000",
  "a=rtpmap:101 telephone-event/8000",
  "",
].join("\r\n");

function print(what, values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part) => sorted[Math.floor(part * (sorted.length - 1))].toFixed(1);
  const spread = `(${at(0)} to ${at(1)}, ${values.length} calls)`;
  console.log(`${what.padEnd(60)}${at(0.5).padStart(8)} ms  ${spread}`);
}

/** A logged-in Verto connection that tells of each message it gets. */
async function connect(server) {
  const socket = new WebSocket(server.http.replace("http", "ws") + "/verto");
  const heard = new Set();
  let id = 0;
  socket.on("message", (text) => {
    const message = JSON.parse(text);
    for (const listener of heard) listener(message);
  });
  const until = (wanted) =>
    new Promise((resolve, reject) => {
      const listener = (message) => {
        if (message.error) reject(new Error(message.error.message));
        else if (wanted(message)) resolve(message);
        else return;
        heard.delete(listener);
      };
      heard.add(listener);
    });
  const send = (method, params) =>
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params }));
  const request = (method, params) => {
    send(method, params);
    const mine = id;
    return until((message) => message.id === mine && "result" in message);
  };
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const sessid = randomUUID();
  const ready = until((message) => message.method === "verto.clientReady");
  await request("login", { login: "1000", passwd: PASSWORD, sessid });
  await ready;
  return { send, request, until, sessid, close: () => socket.close() };
}

async function answers(server) {
  const { send, request, until, sessid, close } = await connect(server);
  const out = [];
  for (let i = 0; i < CALLS; ++i) {
    const dialogParams = { callID: randomUUID(), destination_number: "9196" };
    const answered = until((message) => message.method === "verto.answer");
    const began = performance.now();
    send("verto.invite", { sessid, sdp: OFFER, dialogParams });
    await answered;
    out.push(performance.now() - began);
    await request("verto.bye", { sessid, dialogParams });
  }
  close();
  return out;
}

/** Runs in the page before its own scripts: notes when what happens. */
function takeTimes() {
  window.times = {};
  const note = (what) => (window.times[what] ??= performance.now());
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    if (text.includes("verto.invite")) note("invite");
    return send.call(this, text);
  };
  window.addEventListener("click", (event) => event.target.closest("#call") && note("click"), true);
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) {
      super(...args);
      this.addEventListener("track", ({ track, streams }) => {
        track.addEventListener("unmute", () => note("packet"));
        window.listenFor(streams[0] ?? new MediaStream([track]), () => note("sound"));
      });
    }
  };
}

/** Runs there too: a processor in the audio thread that speaks up at the first sound of a stream. */
function prepareListening() {
  const worklet = `registerProcessor("first-sound", class extends AudioWorkletProcessor {
    process([[samples]]) {
      if (!samples?.some((sample) => Math.abs(sample) > 0.00316)) return true;
      this.port.postMessage(0);
      return false;
    }
  });`;
  window.addEventListener("DOMContentLoaded", async () => {
    const context = new AudioContext();
    const url = URL.createObjectURL(new Blob([worklet], { type: "text/javascript" }));
    await context.audioWorklet.addModule(url);
    window.listenFor = (stream, heard) => {
      const ear = new AudioWorkletNode(context, "first-sound");
      ear.port.onmessage = heard;
      context.createMediaStreamSource(stream).connect(ear);
      ear.connect(new GainNode(context, { gain: 0 })).connect(context.destination);
    };
  });
}

async function pageCalls(server) {
  const browser = await Browser.launch(BROWSER_TONE);
  const prepare = `(${takeTimes})(); (${prepareListening})();`;
  const page = await browser.open(server, "1001", { prepare });
  await page.ready();
  const out = [];
  for (let i = 0; i < PAGE_CALLS; ++i) {
    await page.tab.evaluate(() => (window.times = {}));
    await page.call("9195");
    await page.tab.waitForFunction(() => window.times.sound && window.times.packet);
    out.push(await page.tab.evaluate(() => window.times));
    await page.hangup();
    await page.state("ended");
  }
  await browser.stop();
  return out;
}

const server = await Server.start();
try {
  print("verto.invite without candidates to verto.answer, echo", await answers(server));
  const times = await pageCalls(server);
  print("page: verto.invite to first RTP packet, music", times.map((at) => at.packet - at.invite));
  print("page: click to verto.invite sent (microphone, offer)", times.map((at) => at.invite - at.click));
  print("page: click to first audible sound, music", times.map((at) => at.sound - at.click));
} finally {
  await server.stop();
}
