// DTMF as sound (ITU-T Q.23): written into a file for a phone to play, and read from what one heard.
import fs from "node:fs";
import { writeWav } from "./wav.mjs";

const KEYS = ["123A", "456B", "789C", "*0#D"];
const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477, 1633];
const TONE_SECONDS = 0.12;
const PAUSE_SECONDS = 0.12;
const AMPLITUDE = 6000; // of each of the two tones
const FRAME_SECONDS = 0.02;
const HEARD_AMPLITUDE = 1000;

/** Silence, the digits, and silence until `seconds` are full. */
export function writeDigits(file, { rate, digits, after, seconds }) {
  const pcm = Buffer.alloc(2 * Math.round(rate * seconds));
  [...digits].forEach((digit, place) => {
    const row = KEYS.findIndex((keys) => keys.includes(digit));
    const steps = [ROWS[row], COLUMNS[KEYS[row].indexOf(digit)]].map((hz) => (2 * Math.PI * hz) / rate);
    const first = Math.round(rate * (after + place * (TONE_SECONDS + PAUSE_SECONDS)));
    for (let i = 0; i < TONE_SECONDS * rate; ++i) {
      const sample = steps.reduce((sum, step) => sum + AMPLITUDE * Math.sin(step * i), 0);
      pcm.writeInt16LE(Math.round(sample), 2 * (first + i));
    }
  });
  writeWav(file, rate, pcm);
}

/** How loud a frequency is in a frame. */
function amplitude(frame, hz, rate) {
  let real = 0;
  let imaginary = 0;
  frame.forEach((sample, i) => {
    real += sample * Math.cos((2 * Math.PI * hz * i) / rate);
    imaginary += sample * Math.sin((2 * Math.PI * hz * i) / rate);
  });
  return (2 * Math.hypot(real, imaginary)) / frame.length;
}

/** Which of the frequencies stands out, if one does. */
function loudest(frame, frequencies, rate) {
  const levels = frequencies.map((hz) => amplitude(frame, hz, rate));
  const top = levels.indexOf(Math.max(...levels));
  const others = levels.filter((_, i) => i !== top);
  return levels[top] > HEARD_AMPLITUDE && levels[top] > 4 * Math.max(...others) ? top : -1;
}

/** The digits in a recording of one channel; a tone counts from two frames in a row. */
export function readDigits(file) {
  const bytes = fs.readFileSync(file);
  const rate = bytes.readUInt32LE(24);
  const samples = new Int16Array(bytes.buffer.slice(bytes.byteOffset + 44));
  const length = Math.round(FRAME_SECONDS * rate);
  const frames = [];
  for (let at = 0; at + length <= samples.length; at += length) {
    const frame = samples.subarray(at, at + length);
    const [row, column] = [loudest(frame, ROWS, rate), loudest(frame, COLUMNS, rate)];
    frames.push(row < 0 || column < 0 ? " " : KEYS[row][column]);
  }
  const runs = frames.join("").match(/(\S)\1+/g) ?? [];
  return runs.map((run) => run[0]).join("");
}
