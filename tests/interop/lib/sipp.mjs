// Many SIP calls at once: sipp with the scenario of sipp/.
import fs from "node:fs";
import path from "node:path";
import { freshFolder, SIPP } from "./places.mjs";
import { claimPorts } from "./ports.mjs";
import { Program } from "./program.mjs";
import { PASSWORD } from "./server.mjs";

const LONGEST_SECONDS = 40;

/** Calls `number` that often; settles when all are over. Its status is 0 when each went as it should. */
export function sippCalls(server, number, { calls, perSecond }) {
  const switches = { "-sf": "echo_call.xml", "-m": calls, "-r": perSecond };
  return run(server, number, switches, [], LONGEST_SECONDS);
}

/** One call that is on hold for so long; all that is heard is sent back. Lasts 25 seconds more. */
export function sippHold(server, number, seconds) {
  const switches = { "-sf": "hold_call.xml", "-m": 1, "-d": Math.round(1000 * seconds) };
  return run(server, number, switches, ["-rtp_echo"], seconds + LONGEST_SECONDS);
}

async function run(server, number, own, words, longest) {
  const folder = freshFolder("sipp");
  const users = path.join(folder, "users.csv");
  fs.writeFileSync(users, `SEQUENTIAL\n1000;[authentication username=1000 password=${PASSWORD}]\n`);
  // Its own port, one for control, and pairs for media: all sipp's calls share one pair.
  const ports = await claimPorts(4);
  const switches = {
    ...own,
    "-sf": path.join(SIPP, own["-sf"]),
    "-inf": users,
    "-s": number,
    "-i": "127.0.0.1",
    "-p": ports,
    "-cp": ports + 1,
    "-mi": "127.0.0.1",
    "-mp": ports + 2,
    "-timeout": `${longest}s`,
  };
  const all = [...Object.entries(switches).flat().map(String), ...words, "-nostdin", "-trace_err"];
  const program = new Program("sipp", "sipp", [...all, server.sip], { cwd: folder });
  const status = await program.ended;
  for (const name of fs.readdirSync(folder).filter((one) => one.endsWith("_errors.log")))
    program.output += fs.readFileSync(path.join(folder, name), "utf8");
  return { status, output: program.output };
}
