// A call between two phones is recorded: the caller on the left, the called on the right.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { Phone } from "../lib/baresip.mjs";
import { scenario, seconds } from "../lib/scenario.mjs";
import { Server } from "../lib/server.mjs";
import { assertTone, BROWSER_TONE, PHONE_TONE } from "../lib/tones.mjs";

const JUDGED = 5;

for (const codec of ["PCMU", "opus"])
  scenario(`a recorded call in ${codec}: each party has its own side`, async (t, keep) => {
    const server = await keep(Server.start());
    const caller = await keep(Phone.start(server, "1000", { tone: BROWSER_TONE, codec }));
    const called = await keep(Phone.start(server, "1001", { tone: PHONE_TONE, codec }));
    await caller.dial("4001");
    await Promise.all([caller.event("CALL_ESTABLISHED"), called.event("CALL_ESTABLISHED")]);
    await seconds(JUDGED + 2);
    await caller.command("hangup");
    await server.program.line(/a call was recorded/);
    const [day] = fs.readdirSync(server.recordings);
    const file = path.join(server.recordings, day, "1000-4001.wav");
    const options = { judged: JUDGED };
    await assertTone(t, "the left side", file, BROWSER_TONE, { ...options, channel: 0 });
    await assertTone(t, "the right side", file, PHONE_TONE, { ...options, channel: 1 });
    assert.match(day, /^\d{4}-\d\d-\d\d$/);
  });
