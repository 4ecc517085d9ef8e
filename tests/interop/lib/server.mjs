// A Viaduct of the test's own: its ports, its data, its users and dial plan; stopped politely.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { freshFolder, SERVER, WEB } from "./places.mjs";
import { claimPorts } from "./ports.mjs";
import { Program } from "./program.mjs";

export const PASSWORD = "interop-secret";
const USERS = ["1000", "1001", "1002", "1003", "1010", "1011", "1012", "1013"];
const RTP_PORTS = 400;
const MEDIA_PORTS = 4;

// 1xxx: the user, relaying what both ends know. 7xxx: the same user, each end with its best codec.
// 6xxx: the same user, offered Opus alone. 4xxx: the same user, recorded. 3xxx: the same user, directly.
const DIALPLAN = [
  { match: "9196", do: "echo" },
  { match: "9195", do: { play: "music", repeat: true } },
  { match: "(10\\d\\d)", do: { dial: "\\1", timeout: 30 } },
  { match: "7(\\d\\d\\d)", do: { dial: "1\\1", timeout: 30, codecs: "quality" } },
  { match: "6(\\d\\d\\d)", do: { dial: "1\\1", timeout: 30, codecs: ["opus"] } },
  {
    match: "4(\\d\\d\\d)",
    do: [{ record: "{date}/{caller}-{dialled}" }, { dial: "1\\1", timeout: 30 }],
  },
  { match: "3(\\d\\d\\d)", do: { dial: "1\\1", timeout: 30, media: "direct" } },
  { match: "5001", do: { reject: "rejected" } },
  { match: "5002", do: { reject: "busy" } },
];

async function makeConfig() {
  // Media and RTP from one stretch, so that no peer of the test can sit inside.
  const first = await claimPorts(2 + MEDIA_PORTS + RTP_PORTS);
  const media = first + 2;
  const rtp = media + MEDIA_PORTS;
  return {
    log: { level: "debug", personal_data: true },
    http: { listen: `127.0.0.1:${first}` },
    https: { listen: "off" },
    web: { root: WEB },
    sip: { udp: `127.0.0.1:${first + 1}` },
    media: { listen: `127.0.0.1:${media}`, workers: 2, advertise: "127.0.0.1" },
    rtp: { ports: `${rtp}-${rtp + RTP_PORTS - 1}`, address: "127.0.0.1" },
    users: USERS.map((name) => ({
      name,
      password: PASSWORD,
      caller_name: `User ${name}`,
      caller_number: name,
    })),
    dialplan: DIALPLAN,
  };
}

/** Without what would overrule the configuration. */
function plainEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("VIADUCT_")),
  );
}

export class Server {
  /** `change` may alter the configuration before it is written. */
  static async start({ change = () => undefined } = {}) {
    for (const [what, made] of [[SERVER, "build release viaduct"], [WEB, "build_web"]])
      assert.ok(fs.existsSync(what), `${what} is not there: run scripts/${made}`);
    const config = await makeConfig();
    change(config);
    const folder = freshFolder("server");
    const file = path.join(folder, "viaduct.yaml");
    fs.writeFileSync(file, JSON.stringify(config, null, 2)); // JSON is YAML too
    const server = new Server();
    server.http = `http://${config.http.listen}`;
    server.sip = config.sip.udp;
    server.mediaPort = Number(config.media.listen.split(":").at(-1));
    server.data = path.join(folder, "data");
    server.recordings = path.join(server.data, "recordings");
    const args = ["-c", file, "--data", server.data];
    server.program = new Program("server", SERVER, args, { env: plainEnvironment() });
    await server.program.line(/Viaduct is ready: .*\n/);
    return server;
  }

  /** The newest call, with its legs, as the API tells it. */
  async latestCall() {
    const { calls } = await this.#api("calls");
    return this.#api(`calls/${calls[0].id}`);
  }

  async #api(what) {
    const token = fs.readFileSync(path.join(this.data, "api-token"), "utf8").trim();
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await fetch(`${this.http}/api/v1/${what}`, { headers });
    assert.equal(answer.status, 200, what);
    return answer.json();
  }

  /** Ends it, and holds it to a clean and quick end. */
  async stop() {
    assert.ok(this.program.isRunning, `the server ended by itself with ${this.program.status}`);
    const { status, milliseconds } = await this.program.stop("SIGTERM", 10_000);
    assert.equal(status, 0, `the server ended with ${status} after ${milliseconds} ms`);
  }
}
