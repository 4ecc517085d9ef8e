// A phone calls the page, puts it on hold for a long time and takes it back. The phone (sipp) sends
// back all that it hears: when the browser hears its own tone at once, both directions are there.
//
//   node tests/interop/hold.mjs [minutes]
import assert from "node:assert/strict";
import { Browser } from "./lib/chromium.mjs";
import { longRun, printed } from "./lib/long_run.mjs";
import { seconds as pause } from "./lib/program.mjs";
import { Server } from "./lib/server.mjs";
import { sippHold } from "./lib/sipp.mjs";
import { assertTone, BROWSER_TONE, TALK_SECONDS } from "./lib/tones.mjs";

const MINUTES = Number(process.argv[2] ?? 30);
const BEFORE_SECONDS = 5; // sipp/hold_call.xml

await longRun(async () => {
  const server = await Server.start();
  const browser = await Browser.launch(BROWSER_TONE);
  const page = await browser.open(server, "1001");
  await page.ready();
  const phone = sippHold(server, "1001", 60 * MINUTES);
  await page.state("ringing");
  await page.answer();
  await page.state("active");
  console.log(`on hold for ${MINUTES} minutes`);
  await pause(BEFORE_SECONDS + 60 * MINUTES + 0.3);
  await page.listen();
  await pause(TALK_SECONDS);
  await assertTone(printed, "after the hold the browser", await page.recording(), BROWSER_TONE);
  const { status, output } = await phone;
  assert.equal(status, 0, output.slice(-3000));
  await browser.stop();
  await server.stop();
});
