// How calls end between the page and a phone, and what each is told about it.
import assert from "node:assert/strict";
import { Phone } from "../lib/baresip.mjs";
import { startPair } from "../lib/pair.mjs";
import { scenario } from "../lib/scenario.mjs";
import { BROWSER_TONE } from "../lib/tones.mjs";

async function pageCalls(page, phone) {
  phone.forget();
  await page.call(phone.user);
  await phone.event("CALL_ESTABLISHED");
  await page.state("active");
}

scenario("whoever hangs up, the other's call ends", async (t, keep) => {
  const { page, phone } = await startPair(keep);
  await pageCalls(page, phone);
  await page.hangup();
  await phone.event("CALL_CLOSED");
  await page.state("ended");

  await pageCalls(page, phone);
  await phone.command("hangup");
  await page.says("Call ended");

  await phone.dial("1000");
  await page.state("ringing");
  await page.answer();
  await phone.event("CALL_ESTABLISHED");
  await page.hangup();
  await phone.event("CALL_CLOSED");
});

scenario("a caller who gives up stops the ringing", async (t, keep) => {
  const { page, phone } = await startPair(keep, { answer: "manual" });
  await page.call("1001");
  await phone.event("CALL_INCOMING");
  await page.hangup();
  await phone.event("CALL_CLOSED");
  await page.state("ended");

  await phone.dial("1000");
  await page.state("ringing");
  await phone.command("hangup");
  await page.says("The caller gave up");
});

scenario("the page is told why nobody answers", async (t, keep) => {
  const { page, phone } = await startPair(keep, { answer: "manual" });
  await page.call("1001");
  await phone.event("CALL_INCOMING");
  await phone.command("hangup"); // baresip says 486
  await page.says("Busy");
  for (const [number, words] of [
    ["5002", "Busy"],
    ["5001", "Declined"],
    ["1003", "This user is not logged in anywhere"],
    ["1099", "This number does not exist"],
    ["88888", "This number does not exist"],
  ]) {
    await page.call(number);
    await page.says(words);
  }
});

scenario("the phone is told why nobody answers", async (t, keep) => {
  const { server, page, phone } = await startPair(keep);
  const third = await keep(Phone.start(server, "1002", { tone: BROWSER_TONE }));
  await phone.dial("1000");
  await page.state("ringing");
  await page.hangup();
  assert.match((await phone.event("CALL_CLOSED")).param, /^603 /);

  await pageCalls(page, phone);
  await third.dial("1000");
  assert.match((await third.event("CALL_CLOSED")).param, /^486 /, "the page is in a call");
  for (const [number, status] of [
    ["5001", 603],
    ["5002", 486],
    ["1003", 480],
    ["1099", 404],
    ["88888", 404],
  ]) {
    await third.dial(number);
    assert.match((await third.event("CALL_CLOSED")).param, new RegExp(`^${status} `), number);
  }
  assert.equal(await page.tab.getAttribute("#state", "data-state"), "active");
});

scenario("a wrong password keeps the page out and says so", async (t, keep) => {
  const { browser, server } = await startPair(keep);
  const stranger = await browser.open(server, "1002", { password: "guessed" });
  await stranger.problem("User or password is wrong.");
});
