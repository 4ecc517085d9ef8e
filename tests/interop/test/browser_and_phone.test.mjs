// The page in a real browser and a SIP phone: who calls whom, with which codecs, and what each hears.
import assert from "node:assert/strict";
import { startPair } from "../lib/pair.mjs";
import { scenario, seconds } from "../lib/scenario.mjs";
import { assertTone, BROWSER_TONE, PHONE_TONE, TALK_SECONDS } from "../lib/tones.mjs";

// 100 ms. The phone records what arrives, so lost packets leave no gap in its recording.
const LOST_PACKETS = 5;

/** An answered call: the browser's codec, and each side's tone at the other for ten seconds. */
async function assertTalk(t, page, phone, codec) {
  await page.listen();
  await seconds(TALK_SECONDS);
  assert.deepEqual(await page.codecs(), { arrives: codec, leaves: codec });
  const browserHeard = await page.recording();
  await page.hangup();
  await phone.event("CALL_CLOSED");
  await assertTone(t, "the browser", browserHeard, PHONE_TONE);
  assert.ok((await phone.lost()) <= LOST_PACKETS);
  await assertTone(t, "the phone", await phone.recording(), BROWSER_TONE);
}

for (const [number, codec, how] of [
  ["1001", "PCMU", "G.711 is relayed"],
  ["7001", "opus", "Opus is transcoded"],
]) {
  scenario(`the page calls a phone: ${how}`, async (t, keep) => {
    const { page, phone } = await startPair(keep);
    await page.call(number);
    await phone.event("CALL_ESTABLISHED");
    await page.state("active");
    await assertTalk(t, page, phone, codec);
  });
}

scenario("the page calls a phone that speaks G.722: Opus is transcoded", async (t, keep) => {
  const { page, phone } = await startPair(keep, { codec: "G722" });
  await page.call("7001");
  await phone.event("CALL_ESTABLISHED");
  await page.state("active");
  await assertTalk(t, page, phone, "opus");
});

for (const [number, codec, how] of [
  ["1000", "PCMU", "G.711 is relayed"],
  ["6000", "opus", "Opus is transcoded"],
]) {
  scenario(`a phone calls the page: ${how}`, async (t, keep) => {
    const { page, phone } = await startPair(keep);
    await phone.dial(number);
    await page.state("ringing");
    await page.answer();
    await phone.event("CALL_ESTABLISHED");
    await page.state("active");
    await assertTalk(t, page, phone, codec);
  });
}

scenario("the page calls a phone that speaks Opus: it is relayed", async (t, keep) => {
  const { page, phone } = await startPair(keep, { codec: "opus" });
  await page.call("1001");
  await phone.event("CALL_ESTABLISHED");
  await page.state("active");
  await assertTalk(t, page, phone, "opus");
});

scenario("the page calls another page, and hears it", async (t, keep) => {
  const { server, browser, page } = await startPair(keep);
  const other = await browser.open(server, "1002");
  await other.ready();
  await page.call("1002");
  await other.state("ringing");
  await other.answer();
  await Promise.all([page.state("active"), other.state("active")]);
  await Promise.all([page.listen(), other.listen()]);
  await seconds(TALK_SECONDS);
  assert.deepEqual(await page.codecs(), { arrives: "opus", leaves: "opus" });
  for (const [who, heard] of [
    ["the caller", await page.recording()],
    ["the called", await other.recording()],
  ])
    await assertTone(t, who, heard, BROWSER_TONE); // both pages share the browser's microphone
});

scenario("the page calls the echo and hears itself", async (t, keep) => {
  const { page } = await startPair(keep);
  await page.call("9196");
  await page.state("active");
  await page.listen();
  await seconds(TALK_SECONDS);
  await assertTone(t, "the browser", await page.recording(), BROWSER_TONE);
});
