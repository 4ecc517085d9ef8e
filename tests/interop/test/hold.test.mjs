// Holding, from a real page: the phone hears music meanwhile, another line talks, and both are back.
import assert from "node:assert/strict";
import { startPair } from "../lib/pair.mjs";
import { scenario, seconds } from "../lib/scenario.mjs";
import { assertTone, BROWSER_TONE, measureTone, PHONE_TONE, TALK_SECONDS } from "../lib/tones.mjs";

// The built-in music begins with four seconds of C major, in which nothing is at the browser's 440 Hz.
const MUSIC = { settled: 0.5, judged: 3 };
const AUDIBLE_DBFS = -50;

/** Another line of the same page, and what is heard there. */
async function secondLine(t, page) {
  await page.tab.evaluate(() => {
    const { viaduct } = window;
    window.firstLine = viaduct.call;
    viaduct.call = viaduct.client.call("9196");
  });
  await page.tab.waitForFunction(() => window.viaduct.call.state === "active");
  await page.listen();
  await seconds(4);
  const heard = await page.recording();
  await page.tab.evaluate(() => {
    window.viaduct.call.hangup();
    window.viaduct.call = window.firstLine;
  });
  await assertTone(t, "the second line", heard, BROWSER_TONE, { judged: 2 });
}

scenario("the page holds a phone, talks on another line, and retrieves", async (t, keep) => {
  const { page, phone } = await startPair(keep);
  await page.call("1001");
  await phone.event("CALL_ESTABLISHED");
  const established = performance.now();
  const sinceThen = () => (performance.now() - established) / 1000;
  await page.state("active");
  await seconds(3);
  await page.tab.click("#hold");
  await page.says("On hold");
  const heldAt = sinceThen();
  await seconds(MUSIC.settled + MUSIC.judged);
  await secondLine(t, page);
  await page.tab.click("#hold");
  await page.says("In call");
  const backAt = sinceThen();
  await page.listen();
  await seconds(TALK_SECONDS);
  const browserHeard = await page.recording();
  await page.hangup();
  await phone.event("CALL_CLOSED");
  await assertTone(t, "the browser", browserHeard, PHONE_TONE);
  const phoneHeard = await phone.recording();
  const music = await measureTone(phoneHeard, { from: heldAt + MUSIC.settled, judged: MUSIC.judged });
  t.diagnostic(`on hold: ${music.frequency.toFixed(1)} Hz at ${music.level.toFixed(1)} dBFS`);
  assert.ok(music.level > AUDIBLE_DBFS, "music is heard on hold");
  assert.ok(Math.abs(music.frequency / BROWSER_TONE.frequency - 1) > 0.02, "and not the page");
  await assertTone(t, "the phone", phoneHeard, BROWSER_TONE, { from: backAt + 1 });
});
