// Calls that come and go for as long as is wanted, and what the server holds meanwhile: memory,
// descriptors, ports. Ends badly when anything grows or a tone is not heard.
//
//   node tests/interop/soak.mjs [seconds]
import assert from "node:assert/strict";
import fs from "node:fs";
import { Phone } from "./lib/baresip.mjs";
import { showJournal, stopStragglers } from "./lib/program.mjs";
import { Server } from "./lib/server.mjs";
import { sippCalls } from "./lib/sipp.mjs";
import { assertTone, BROWSER_TONE, PHONE_TONE, TALK_SECONDS } from "./lib/tones.mjs";

const SECONDS = Number(process.argv[2] ?? 600);
const WAVE = { calls: 60, perSecond: 4 };
// Transactions live on for 32 s (RFC 3261, 64*T1), ports rest as long.
const QUIET_SECONDS = 40;
// What an allocator may keep beyond what was held after the first waves.
const SLACK_KB = 8 * 1024;

const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

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
    await assertTone({ diagnostic: () => undefined }, phone.user, file, tone);
    fs.rmSync(file);
  }
}

async function main() {
  const server = await Server.start();
  const caller = await Phone.start(server, "1000", { tone: PHONE_TONE });
  const called = await Phone.start(server, "1001", { tone: BROWSER_TONE });
  const began = Date.now();
  const passed = () => (Date.now() - began) / 1000;
  const idle = held(server);
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
  await pause(QUIET_SECONDS);
  const end = held(server);
  console.log(`at the end, after ${calls} calls: ${end.kb} kB (after the first waves ${settled.kb}), ${end.descriptors} descriptors (idle ${idle.descriptors})`);
  assert.equal(end.descriptors, idle.descriptors);
  assert.ok(end.kb < settled.kb + SLACK_KB, "memory has grown");
  await caller.stop();
  await called.stop();
  await server.stop();
}

try {
  await main();
} catch (error) {
  console.error(showJournal());
  await stopStragglers();
  throw error;
}
