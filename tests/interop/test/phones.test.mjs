// Two SIP phones and the server between them.
import assert from "node:assert/strict";
import { Phone } from "../lib/baresip.mjs";
import { scenario, seconds } from "../lib/scenario.mjs";
import { Server } from "../lib/server.mjs";
import { sippCalls } from "../lib/sipp.mjs";
import { assertTone, BROWSER_TONE, PHONE_TONE, TALK_SECONDS } from "../lib/tones.mjs";

// baresip's own G.722 is 1.8 dB off at 1000 Hz, between two of them as well.
for (const [name, callerCodec, calledCodec] of [
  ["each hears the other's tone", "PCMU", "PCMU"],
  ["G.722 here, sixteen-bit samples there", "G722", "L16/16000"],
])
  scenario(`phone calls phone: ${name}`, async (t, keep) => {
    const server = await keep(Server.start());
    const caller = await keep(Phone.start(server, "1000", { tone: PHONE_TONE, codec: callerCodec }));
    const called = await keep(Phone.start(server, "1001", { tone: BROWSER_TONE, codec: calledCodec }));
    await caller.dial("7001");
    await Promise.all([caller.event("CALL_ESTABLISHED"), called.event("CALL_ESTABLISHED")]);
    await seconds(TALK_SECONDS);
    await caller.command("hangup");
    await called.event("CALL_CLOSED");
    await assertTone(t, "the caller", await caller.recording(), BROWSER_TONE);
    await assertTone(t, "the called", await called.recording(), PHONE_TONE);
  });

scenario("phone calls phone over IPv6", async (t, keep) => {
  const change = (config) => {
    config.sip.udp = config.sip.udp.replace("127.0.0.1", "[::1]");
    config.rtp.address = "::1";
  };
  const server = await keep(Server.start({ change }));
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
