// Two SIP phones and the server between them.
import assert from "node:assert/strict";
import { Phone } from "../lib/baresip.mjs";
import { scenario, seconds } from "../lib/scenario.mjs";
import { Server } from "../lib/server.mjs";
import { sippCalls } from "../lib/sipp.mjs";
import { assertTone, BROWSER_TONE, PHONE_TONE, TALK_SECONDS } from "../lib/tones.mjs";

scenario("phone calls phone: each hears the other's tone", async (t, keep) => {
  const server = await keep(Server.start());
  const caller = await keep(Phone.start(server, "1000", { tone: PHONE_TONE }));
  const called = await keep(Phone.start(server, "1001", { tone: BROWSER_TONE }));
  await caller.dial("1001");
  await Promise.all([caller.event("CALL_ESTABLISHED"), called.event("CALL_ESTABLISHED")]);
  await seconds(TALK_SECONDS);
  await caller.command("hangup");
  await called.event("CALL_CLOSED");
  await assertTone(t, "the caller", await caller.recording(), BROWSER_TONE);
  await assertTone(t, "the called", await called.recording(), PHONE_TONE);
});

scenario("fifty phones call the echo at ten a second", async (t, keep) => {
  const server = await keep(Server.start());
  const { status, output } = await sippCalls(server, "9196", { calls: 50, perSecond: 10 });
  assert.equal(status, 0, output.slice(-3000));
});
