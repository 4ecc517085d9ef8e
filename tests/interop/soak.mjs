// Calls that come and go for as long as is wanted, and what the server holds meanwhile: memory,
// descriptors, ports. Ends badly when anything grows or a tone is not heard.
//
//   node tests/interop/soak.mjs [seconds]
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { Phone } from "./lib/baresip.mjs";
import { longRun, silent } from "./lib/long_run.mjs";
import { seconds as pause } from "./lib/program.mjs";
import { Server } from "./lib/server.mjs";
import { sippCalls } from "./lib/sipp.mjs";
import { assertTone, BROWSER_TONE, measureTone, PHONE_TONE, TALK_SECONDS } from "./lib/tones.mjs";

const SECONDS = Number(process.argv[2] ?? 600);
const WAVE = { calls: 60, perSecond: 4 };
// Transactions live on for 32 s (RFC 3261, 64*T1), ports rest as long.
const QUIET_SECONDS = 40;
// What an allocator may keep beyond what was held after the first waves.
const SLACK_KB = 8 * 1024;

function held({ program: { pid } }) {
  const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    kb: Number(/VmRSS:\s+(\d+)/.exec(status)[1]),
    descriptors: fs.readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** One call between two phones; `digit` 1 relays, 7 transcodes. */
async function talk(caller, called, digit) {
  called.forget();
  await caller.dial(`${digit}001`);
  await Promise.all([caller.event("CALL_ESTABLISHED"), called.event("CALL_ESTABLISHED")]);
  await pause(TALK_SECONDS);
  await caller.command("hangup");
  await called.event("CALL_CLOSED");
  for (const [phone, tone] of [[caller, BROWSER_TONE], [called, PHONE_TONE]]) {
    const file = await phone.recording();
    await assertTone(silent, phone.user, file, tone);
    fs.rmSync(file);
  }
}

/** One call that is recorded all the time; the function it gives ends it and judges the file. */
async function recordedCall(server) {
  const toneSeconds = SECONDS + 300;
  const caller = await Phone.start(server, "1002", { tone: BROWSER_TONE, toneSeconds });
  const called = await Phone.start(server, "1003", { tone: PHONE_TONE, toneSeconds });
  await caller.dial("4003");
  await Promise.all([caller.event("CALL_ESTABLISHED"), called.event("CALL_ESTABLISHED")]);
  const began = Date.now();
  return async () => {
    const talked = (Date.now() - began) / 1000;
    await caller.command("hangup");
    await server.program.line(/a call was recorded/);
    const [day] = fs.readdirSync(server.recordings);
    const file = path.join(server.recordings, day, "1002-4003.wav");
    const { seconds } = await measureTone(file);
    console.log(`recorded ${seconds.toFixed(2)} s of a call of ${talked.toFixed(2)} s`);
    assert.ok(Math.abs(seconds - talked) < 1);
    for (const [who, tone, channel] of [["left", BROWSER_TONE, 0], ["right", PHONE_TONE, 1]])
      await assertTone(silent, `the ${who} side at the end`, file, tone, { channel, from: seconds - 12 });
    await caller.stop();
    await called.stop();
  };
}

await longRun(async () => {
  const server = await Server.start();
  const caller = await Phone.start(server, "1000", { tone: PHONE_TONE });
  const called = await Phone.start(server, "1001", { tone: BROWSER_TONE });
  const idle = held(server);
  const endRecordedCall = await recordedCall(server);
  const began = Date.now();
  const passed = () => (Date.now() - began) / 1000;
  let settled; // after the first waves
  let calls = 0;
  console.log("seconds   calls   resident kB   descriptors");
  for (let wave = 0; passed() < SECONDS || wave < 3; ++wave) {
    const [sipp] = await Promise.all([
      sippCalls(server, "9196", WAVE),
      talk(caller, called, wave % 2 ? 7 : 1),
    ]);
    assert.equal(sipp.status, 0, sipp.output.slice(-2000));
    calls += WAVE.calls + 1;
    const now = held(server);
    if (wave === 2) settled = now;
    if (wave < 3 || wave % 10 === 0)
      console.log(`${passed().toFixed(0).padStart(7)} ${String(calls).padStart(7)} ${String(now.kb).padStart(13)} ${String(now.descriptors).padStart(13)}`);
  }
  await endRecordedCall();
  await pause(QUIET_SECONDS);
  const end = held(server);
  console.log(`at the end, after ${calls} calls: ${end.kb} kB (after the first waves ${settled.kb}), ${end.descriptors} descriptors (idle ${idle.descriptors})`);
  assert.equal(end.descriptors, idle.descriptors);
  assert.ok(end.kb < settled.kb + SLACK_KB, "memory has grown");
  await caller.stop();
  await called.stop();
  await server.stop();
});
