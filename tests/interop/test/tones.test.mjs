// The judge of recordings itself: it must tell a good one from each kind of bad one.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { freshFolder } from "../lib/places.mjs";
import { assertTone } from "../lib/tones.mjs";
import { writeWav } from "../lib/wav.mjs";

const RATE = 8000;
const SENT = { frequency: 440, level: -16 };

/** Twelve seconds of what `sample` gives for a time in seconds. */
function record(sample) {
  const pcm = Buffer.alloc(2 * 12 * RATE);
  for (let i = 0; i < pcm.length / 2; ++i)
    pcm.writeInt16LE(Math.round(32767 * sample(i / RATE)), 2 * i);
  const file = path.join(freshFolder("tones"), "tone.wav");
  writeWav(file, RATE, pcm);
  return file;
}

const sine = (frequency, level) => (time) =>
  10 ** (level / 20) * Math.sin(2 * Math.PI * frequency * time);
const tone = sine(SENT.frequency, SENT.level);
const without = (from, to) => (time) => (time >= from && time < to ? 0 : tone(time));
const second = sine(1000, -20);

test("a tone as it was sent is good", (t) => assertTone(t, "it", record(tone), SENT));

test("80 ms of silence are good", (t) => assertTone(t, "it", record(without(5, 5.08)), SENT));

for (const [what, sample, fault] of [
  ["another frequency", sine(450, -16), /440 Hz was sent/],
  ["a tone 4 dB too loud", sine(440, -12), /sent at -16 dBFS/],
  ["a tone 4 dB too low", sine(440, -20), /sent at -16 dBFS/],
  ["130 ms of silence", without(5, 5.13), /longest gap 1[23]\d ms/],
  ["a second tone", (time) => tone(time) + second(time), /something else/],
  ["silence", () => 0, /440 Hz was sent/],
]) {
  test(`${what} is refused`, (t) =>
    assert.rejects(assertTone(t, "it", record(sample), SENT), { message: fault }));
}
