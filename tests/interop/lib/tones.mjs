// Recordings held against the tone that the far side sent.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { TONES } from "./places.mjs";

const PYTHON = "/usr/bin/python3"; // the one that has numpy
const SKIPPED_SECONDS = 1; // jitter buffers settle
const JUDGED_SECONDS = 10;
const OF_FREQUENCY = 0.02;
const OF_LEVEL_DB = 3;
const LONGEST_GAP_MS = 100;
// The rest is noise of the codec, and of a playout that stretches time. A second tone would take more.
const LEAST_SHARE = 0.85;

/** How long a call must talk for a recording to suffice. */
export const TALK_SECONDS = SKIPPED_SECONDS + JUDGED_SECONDS + 1;

/** Own tones of the two ends, far from each other and from each other's harmonics. */
export const BROWSER_TONE = { frequency: 440, level: -16 };
export const PHONE_TONE = { frequency: 1000, level: -16 };

/** `channel`: 0 is the left one. */
export async function measureTone(
  file,
  { channel = 0, from = SKIPPED_SECONDS, judged = JUDGED_SECONDS } = {},
) {
  const args = [TONES, file, String(from), String(judged), String(channel)];
  return JSON.parse((await promisify(execFile)(PYTHON, args)).stdout);
}

export async function assertTone(t, who, file, sent, options) {
  const heard = await measureTone(file, options);
  const words =
    `${who} hears ${heard.frequency.toFixed(1)} Hz at ${heard.level.toFixed(1)} dBFS, ` +
    `${(100 * heard.share).toFixed(1)} % of the sound, longest gap ${heard.longest_gap.toFixed(0)} ms`;
  t.diagnostic(words);
  const off = Math.abs(heard.frequency / sent.frequency - 1);
  assert.ok(off <= OF_FREQUENCY, `${words}; ${sent.frequency} Hz was sent`);
  assert.ok(Math.abs(heard.level - sent.level) <= OF_LEVEL_DB, `${words}; sent at ${sent.level} dBFS`);
  assert.ok(heard.longest_gap <= LONGEST_GAP_MS, words);
  assert.ok(heard.share >= LEAST_SHARE, `${words}; something else sounds as well`);
}
