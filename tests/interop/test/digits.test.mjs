// Digits in a call: telephone-event or sound at the phone, verto.info at the page.
import assert from "node:assert/strict";
import { readDigits, writeDigits } from "../lib/dtmf.mjs";
import { startPair } from "../lib/pair.mjs";
import { scenario, seconds } from "../lib/scenario.mjs";

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

scenario("digits that the phone knows only as sound", async (t, keep) => {
  const played = "147*0#D";
  const sound = (file, rate) => writeDigits(file, { rate, digits: played, after: 3, seconds: 60 });
  const change = (config) => (config.users.find((user) => user.name === "1001").dtmf = "inband");
  const { page, phone } = await startPair(keep, { sound, server: { change } });
  await page.call("1001");
  await page.state("active");
  await page.mediaFlows();
  await page.digits(played);
  await page.press("2580*");
  await seconds(3);
  await page.hangup();
  await phone.event("CALL_CLOSED");
  assert.equal(readDigits(await phone.recording()), "2580*");
});
