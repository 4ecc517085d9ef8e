// The networks browsers are in: without UDP, with IPv6 alone, and one that changes in mid-call. In none of them
// does the server learn a single candidate of the browser's from its SDP.
import assert from "node:assert/strict";
import { startPair } from "../lib/pair.mjs";
import { scenario, seconds } from "../lib/scenario.mjs";
import { assertTone, BROWSER_TONE, PHONE_TONE, TALK_SECONDS } from "../lib/tones.mjs";

const LOST_PACKETS = 5; // 100 ms
const HALF_SECONDS = (TALK_SECONDS + 1) / 2;

// Takes the candidates out of every SDP that the page sends, and keeps it.
const WITHOUT_CANDIDATES = `
  window.sentSdp = [];
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    const message = text.startsWith("{") ? JSON.parse(text) : {};
    if (!message.params?.sdp) return send.call(this, text);
    message.params.sdp = message.params.sdp.replace(/^a=(candidate:.*|end-of-candidates)\\r\\n/gm, "");
    window.sentSdp.push(message.params.sdp);
    return send.call(this, JSON.stringify(message));
  };`;

const sentSdp = (page) => page.tab.evaluate(() => window.sentSdp);
const ufragOf = (sdp) => /^a=ice-ufrag:(\S+)/m.exec(sdp)[1];

async function startCall(keep, options = {}) {
  const pair = await startPair(keep, { page: { prepare: WITHOUT_CANDIDATES }, ...options });
  await pair.page.call("1001");
  await pair.phone.event("CALL_ESTABLISHED");
  await pair.page.state("active");
  await pair.page.mediaFlows();
  const [offer] = await sentSdp(pair.page);
  assert.match(offer, /^a=ice-ufrag:/m);
  assert.doesNotMatch(offer, /^a=candidate:/m);
  return pair;
}

/** Both tones for as long as they are judged; `meanwhile` happens in the middle. */
async function assertBothHear(t, { page, phone }, meanwhile = async () => undefined) {
  await page.listen();
  await seconds(HALF_SECONDS);
  await meanwhile();
  await seconds(HALF_SECONDS);
  const browserHeard = await page.recording();
  const path = await page.path();
  await page.hangup();
  await phone.event("CALL_CLOSED");
  await assertTone(t, "the browser", browserHeard, PHONE_TONE);
  assert.ok((await phone.lost()) <= LOST_PACKETS);
  await assertTone(t, "the phone", await phone.recording(), BROWSER_TONE);
  return path;
}

scenario("where UDP is blocked the call goes over TCP", async (t, keep) => {
  const switches = ["--webrtc-ip-handling-policy=disable_non_proxied_udp"];
  const pair = await startCall(keep, { browser: { switches } });
  const path = await assertBothHear(t, pair);
  assert.equal(path.protocol, "tcp");
});

scenario("with IPv6 alone", async (t, keep) => {
  const change = ({ http, media }) => {
    for (const listener of [http, media])
      listener.listen = listener.listen.replace("127.0.0.1", "[::1]");
    media.advertise = "::1";
  };
  const pair = await startCall(keep, { server: { change } });
  const path = await assertBothHear(t, pair);
  assert.equal(path.protocol, "udp");
  assert.equal(path.remote, "::1");
});

scenario("the network changes in mid-call and the sound goes on", async (t, keep) => {
  const pair = await startCall(keep);
  const before = await pair.page.path();
  const after = await assertBothHear(t, pair, () =>
    pair.page.tab.evaluate(() => window.viaduct.call.restartIce()),
  );
  const [first, second] = await sentSdp(pair.page);
  assert.notEqual(ufragOf(first), ufragOf(second));
  assert.notEqual(after.local, before.local, "the browser sends from another port now");
});
