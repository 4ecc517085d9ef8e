// Digits in a call: telephone-event at the phone, verto.info at the page.
import assert from "node:assert/strict";
import { startPair } from "../lib/pair.mjs";
import { scenario } from "../lib/scenario.mjs";

for (const [number, how] of [
  ["1001", "relayed"],
  ["7001", "transcoded"],
]) {
  scenario(`digits reach the phone and come back, with sound ${how}`, async (t, keep) => {
    const { page, phone } = await startPair(keep);
    await page.call(number);
    await phone.event("CALL_ESTABLISHED");
    await page.state("active");
    await page.mediaFlows();
    await page.press("1990*#8");
    assert.equal(await phone.digits(7), "1990*#8");
    await phone.press("27#55");
    await page.digits("27#55");
    await page.hangup();
    await phone.event("CALL_CLOSED");
  });
}
