// Where things are in the repository, and a folder for what a run leaves behind.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const LIB = path.dirname(fileURLToPath(import.meta.url));
export const ROOT = path.resolve(LIB, "../../..");
export const SERVER = process.env.INTEROP_SERVER ?? path.join(ROOT, "build/release/viaduct");
export const WEB = process.env.INTEROP_WEB ?? path.join(ROOT, "build/web");
export const LOGS = path.join(ROOT, "build/test-logs/interop");
export const TONES = path.join(LIB, "tones.py");
export const SIPP = path.join(LIB, "../sipp");

// One for each run, gone with the process.
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "viaduct-interop-"));
process.on("exit", () => fs.rmSync(scratch, { recursive: true, force: true }));

export function freshFolder(name) {
  return fs.mkdtempSync(path.join(scratch, `${name}-`));
}
