// A SIP phone without a sound card: baresip, steered over its TCP control port.
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { freshFolder } from "./places.mjs";
import { claimPorts } from "./ports.mjs";
import { Program, within } from "./program.mjs";
import { PASSWORD } from "./server.mjs";
import { isComplete, writeTone } from "./wav.mjs";

const RTP_PORTS = 16;
const RATES = { PCMU: 8000, PCMA: 8000, G722: 16000, "L16/16000": 16000, opus: 48000 };
const MODULES = ["g711", "g722", "l16", "opus", "aufile", "aubridge", "sndfile", "stun", "ice", "srtp", "dtls_srtp", "uuid"];
const APPS = ["menu", "ctrl_tcp", "rtcpsummary"];
const TONE_SECONDS = 120; // the end of the file would hang up
const MODULE_FOLDER = "/usr/lib/baresip/modules";

function writeConfig(folder, { sip, host, control, rtp, rate, tone, mux }) {
  const lines = [
    `sip_listen ${host}:${sip}`,
    `audio_source aufile,${tone}`,
    "audio_player aubridge,nil1",
    "audio_alert aubridge,nil2",
    ...["ausrc_srate", "auplay_srate"].map((key) => `${key} ${rate}`),
    ...["ausrc_channels", "auplay_channels"].map((key) => `${key} 1`),
    `rtcp_mux ${mux ? "yes" : "no"}`,
    `rtp_ports ${rtp}-${rtp + RTP_PORTS - 1}`,
    `snd_path ${folder}`,
    `ctrl_tcp_listen 127.0.0.1:${control}`,
    `module_path ${MODULE_FOLDER}`,
    ...MODULES.map((name) => `module ${name}.so`),
    "module_tmp account.so",
    ...APPS.map((name) => `module_app ${name}.so`),
  ];
  fs.writeFileSync(path.join(folder, "config"), lines.join("\n") + "\n");
}

function writeAccount(folder, { user, password, server, codec, answer, account }) {
  const params = {
    auth_user: user,
    auth_pass: password,
    regint: 60,
    answermode: answer,
    audio_codecs: codec,
    ...account,
  };
  const list = Object.entries(params).map(([key, value]) => `;${key}=${value}`);
  fs.writeFileSync(path.join(folder, "accounts"), `<sip:${user}@${server};transport=udp>${list.join("")}\n`);
  fs.writeFileSync(path.join(folder, "contacts"), "");
}

export class Phone {
  #socket;
  #buffer = Buffer.alloc(0);
  #waiting = new Set();
  #replies = new Map();
  #token = 0;
  #seen = 0; // events that were waited for already
  events = [];

  /**
   * Started, registered and ready. `answer`: "auto" or "manual"; `account`: parameters of its own;
   * `mux`: RTCP on the port of RTP; `sound(file, rate)` writes what it says in place of a tone.
   */
  static async start(server, user, options) {
    const { tone, toneSeconds = TONE_SECONDS, codec = "PCMU", answer = "auto", account = {}, mux = false } = options;
    const host = server.sip.replace(/:\d+$/, "");
    const { sound = (file, rate) => writeTone(file, { rate, ...tone, seconds: toneSeconds }) } = options;
    const phone = new Phone();
    const folder = freshFolder(`phone-${user}`);
    const ports = await claimPorts(4 + RTP_PORTS);
    phone.user = user;
    phone.server = server.sip;
    phone.folder = folder;
    const rate = RATES[codec];
    const wav = path.join(folder, "tone.wav");
    sound(wav, rate);
    writeConfig(folder, { sip: ports, host, control: ports + 2, rtp: ports + 4, rate, tone: wav, mux });
    writeAccount(folder, { user, password: PASSWORD, server: server.sip, codec, answer, account });
    phone.program = new Program(`baresip-${user}`, "baresip", ["-f", folder]);
    await phone.#connect(ports + 2);
    await phone.program.line(/200 OK .*\[1 binding\]/);
    return phone;
  }

  async dial(number) {
    this.forget();
    return this.command("dial", `sip:${number}@${this.server}`);
  }

  /** Of whatever happened before, nothing counts any longer. */
  forget() {
    this.#seen = this.events.length;
  }

  /** The next event of that type, among those after the last one waited for. */
  async event(type, milliseconds = 30_000) {
    const found = () => {
      const at = this.events.findIndex((event, i) => i >= this.#seen && event.type === type);
      if (at < 0 && !this.program.isRunning) throw new Error(`${this.program.name} has ended`);
      if (at < 0) return undefined;
      this.#seen = at + 1;
      return this.events[at];
    };
    return within(milliseconds, `${type} at ${this.program.name}`, this.#subscribe, found);
  }

  /** Digits that the far side pressed, once there are as many as that. */
  async digits(count, milliseconds = 15_000) {
    const pressed = () =>
      this.events.filter((event) => event.type === "CALL_DTMF_START").map((event) => event.param);
    const found = () => (pressed().length >= count ? pressed().join("") : undefined);
    return within(milliseconds, `${count} digits at ${this.program.name}`, this.#subscribe, found);
  }

  /** Digits into the call, one after another as a finger would. */
  async press(digits) {
    for (const digit of digits) await this.command("sndcode", digit);
  }

  command(command, params = "") {
    const token = String(++this.#token);
    const body = Buffer.from(JSON.stringify({ command, params, token }));
    this.#socket.write(Buffer.concat([Buffer.from(`${body.length}:`), body, Buffer.from(",")]));
    return within(10_000, `${command} at ${this.program.name}`, this.#subscribe, () =>
      this.#replies.get(token),
    );
  }

  /** What the phone heard in its latest call, which must be over. */
  async recording() {
    const found = () => {
      const names = fs.readdirSync(this.folder).filter((name) => /^dump-.*-dec\.wav$/.test(name));
      const latest = names.sort().at(-1);
      const file = latest && path.join(this.folder, latest);
      return file && isComplete(file) ? file : undefined;
    };
    const often = (look) => {
      const timer = setInterval(look, 50);
      return () => clearInterval(timer);
    };
    return within(10_000, `the recording of ${this.program.name}`, often, found);
  }

  /** Packets that did not reach the phone in its latest call, which must be over. */
  async lost() {
    const [, lost] = await this.program.line(/EX=BareSip;.*PL=(-?\d+),.*;\n(?![^]*EX=BareSip)/);
    return Number(lost);
  }

  async stop() {
    this.#socket?.destroy();
    await this.program.stop("SIGTERM", 5000);
  }

  #subscribe = (look) => {
    this.#waiting.add(look);
    return () => this.#waiting.delete(look);
  };

  async #connect(port) {
    for (let attempt = 0; ; ++attempt) {
      try {
        this.#socket = await new Promise((resolve, reject) => {
          const socket = net.connect(port, "127.0.0.1", () => resolve(socket));
          socket.once("error", reject);
        });
        break;
      } catch (error) {
        if (attempt >= 200 || !this.program.isRunning) throw error;
        await new Promise((done) => setTimeout(done, 50));
      }
    }
    this.#socket.on("error", () => undefined);
    this.#socket.on("data", (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      while (this.#netstring());
      for (const look of this.#waiting) look();
    });
  }

  /** Takes one "LENGTH:JSON," off the buffer. */
  #netstring() {
    const colon = this.#buffer.indexOf(":");
    if (colon < 0) return false;
    const length = Number(this.#buffer.subarray(0, colon).toString());
    if (this.#buffer.length < colon + 1 + length + 1) return false;
    const message = JSON.parse(this.#buffer.subarray(colon + 1, colon + 1 + length).toString());
    this.#buffer = this.#buffer.subarray(colon + length + 2);
    if (message.event) this.events.push(message);
    else if (message.response) this.#replies.set(message.token, message);
    return true;
  }
}
