// WAV files of 16-bit samples in one channel: test tones, and what a page heard.
import fs from "node:fs";

const HEADER = 44;

function header(samples, rate) {
  const out = Buffer.alloc(HEADER);
  out.write("RIFF", 0, "latin1");
  out.writeUInt32LE(HEADER - 8 + 2 * samples, 4);
  out.write("WAVEfmt ", 8, "latin1");
  out.writeUInt32LE(16, 16);
  out.writeUInt16LE(1, 20); // PCM
  out.writeUInt16LE(1, 22);
  out.writeUInt32LE(rate, 24);
  out.writeUInt32LE(2 * rate, 28);
  out.writeUInt16LE(2, 32);
  out.writeUInt16LE(16, 34);
  out.write("data", 36, "latin1");
  out.writeUInt32LE(2 * samples, 40);
  return out;
}

/** `pcm`: a buffer of little-endian samples. */
export function writeWav(file, rate, pcm) {
  fs.writeFileSync(file, Buffer.concat([header(pcm.length / 2, rate), pcm]));
}

/** A sine; `level` in dBFS of its peak, whole periods so that it may be played in a circle. */
export function writeTone(file, { rate, frequency, level, seconds }) {
  const periods = Math.round(frequency * seconds);
  const samples = Math.round((periods * rate) / frequency);
  const peak = 32767 * 10 ** (level / 20);
  const pcm = Buffer.alloc(2 * samples);
  for (let i = 0; i < samples; ++i)
    pcm.writeInt16LE(Math.round(peak * Math.sin((2 * Math.PI * frequency * i) / rate)), 2 * i);
  writeWav(file, rate, pcm);
}

/** Whether the file says its own length right: its writer has closed it. */
export function isComplete(file) {
  const bytes = fs.readFileSync(file);
  return bytes.length > HEADER && bytes.readUInt32LE(4) === bytes.length - 8;
}
