// A real browser with a tone for its microphone, and the page of the server in it.
import path from "node:path";
import { chromium } from "playwright-core";
import { freshFolder } from "./places.mjs";
import { PASSWORD } from "./server.mjs";
import { startRecorder, stopRecorder } from "./recorder.mjs";
import { writeTone, writeWav } from "./wav.mjs";

const PROGRAM = process.env.INTEROP_CHROMIUM ?? "/usr/bin/chromium";
const PATIENCE_MS = 30_000;
const ASK_MS = 50;
const MICROPHONE = { rate: 48_000, seconds: 20 }; // played in a circle
const SWITCHES = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-ui-for-media-stream",
  "--use-fake-device-for-media-stream",
  "--allow-loopback-in-peer-connection",
  "--autoplay-policy=no-user-gesture-required",
];

/** Takes a gigabyte: one at a time. */
export class Browser {
  static async launch(tone, { switches = [] } = {}) {
    const browser = new Browser();
    const microphone = path.join(freshFolder("browser"), "microphone.wav");
    writeTone(microphone, { ...MICROPHONE, ...tone });
    browser.program = await chromium.launch({
      executablePath: PROGRAM,
      headless: true,
      chromiumSandbox: false,
      args: [...SWITCHES, ...switches, `--use-file-for-fake-audio-capture=${microphone}`],
    });
    return browser;
  }

  /** The page, in a profile of its own, logged in as a user would do it. `query`: more of its address. */
  async open(server, user, { password = PASSWORD, prepare, query = "" } = {}) {
    // The recorder is no part of the page, and its script is refused by the page's content policy.
    const context = await this.program.newContext({ bypassCSP: true });
    const page = new PhonePage(await context.newPage());
    page.tab.setDefaultTimeout(PATIENCE_MS);
    page.tab.on("console", (message) => page.log.push(`${message.type()}: ${message.text()}`));
    page.tab.on("pageerror", (error) => page.log.push(String(error)));
    if (prepare) await page.tab.addInitScript({ content: prepare });
    await page.tab.goto(`${server.http}/?raw=1${query}`);
    await page.logIn(user, password);
    return page;
  }

  async stop() {
    await this.program.close();
  }
}

export class PhonePage {
  log = [];

  constructor(tab) {
    this.tab = tab;
  }

  async logIn(user, password = PASSWORD) {
    await this.tab.fill("#user", user);
    await this.tab.fill("#password", password);
    await this.tab.click("#login");
  }

  /** Until #status says so. */
  async ready() {
    await this.#shows("#status", "ready");
  }

  async call(number) {
    await this.tab.fill("#number", number);
    await this.tab.click("#call");
  }

  answer() {
    return this.tab.click("#answer");
  }

  hangup() {
    return this.tab.click("#hangup");
  }

  /** Until the call is in that state: early, ringing, active, ended. */
  async state(state) {
    await this.#shows("#state", state);
  }

  /** Until the page says that of the call. */
  async says(words) {
    await this.#until((wanted) => document.querySelector("#state").textContent === wanted, words);
  }

  /** Until the page tells of that problem. */
  async problem(words) {
    await this.#until((wanted) => document.querySelector("#problem").textContent === wanted, words);
  }

  /** Until packets have come and gone: the browser has agreed on keys with the server. */
  async mediaFlows() {
    await this.#until(async () => {
      const stats = [...(await window.viaduct.call.getStats()).values()];
      const packets = (type, member) => stats.find((one) => one.type === type)?.[member] > 0;
      return packets("inbound-rtp", "packetsReceived") && packets("outbound-rtp", "packetsSent");
    });
  }

  async press(digits) {
    for (const digit of digits) await this.tab.click(`[data-digit="${digit}"]`);
  }

  async digits(expected) {
    await this.#until((wanted) => document.querySelector("#digits").textContent === wanted, expected);
  }

  /** Names of the codecs that packets really arrive and leave in, like "PCMU". */
  async codecs() {
    return this.tab.evaluate(async () => {
      const stats = await window.viaduct.call.getStats();
      const named = (type) => {
        const stream = [...stats.values()].find((one) => one.type === type && one.kind === "audio");
        return stats.get(stream?.codecId)?.mimeType.replace("audio/", "");
      };
      return { arrives: named("inbound-rtp"), leaves: named("outbound-rtp") };
    });
  }

  /** How the packets of the call travel: "udp" or "tcp", and the addresses of both ends. */
  async path() {
    return this.tab.evaluate(async () => {
      const stats = await window.viaduct.call.getStats();
      const transport = [...stats.values()].find((one) => one.type === "transport");
      const pair = stats.get(transport.selectedCandidatePairId);
      const local = stats.get(pair.localCandidateId);
      const remote = stats.get(pair.remoteCandidateId);
      const { protocol, address, port } = remote;
      return { protocol, local: local.port, remote: address, remotePort: port };
    });
  }

  async listen() {
    await this.tab.evaluate(startRecorder);
  }

  /** What came since listen(), as a WAV file. */
  async recording() {
    const { rate, pcm } = await this.tab.evaluate(stopRecorder);
    const file = path.join(freshFolder("heard"), "browser.wav");
    writeWav(file, rate, Buffer.from(pcm, "base64"));
    return file;
  }

  /** Asks the page until it agrees; `condition` may be async, which waitForFunction() would take for agreement. */
  async #until(condition, argument) {
    const patient = Date.now() + PATIENCE_MS;
    while (!(await this.tab.evaluate(condition, argument))) {
      if (Date.now() > patient)
        throw new Error([`not within ${PATIENCE_MS} ms`, await this.tab.innerText("body"), ...this.log].join("\n"));
      await this.tab.waitForTimeout(ASK_MS);
    }
  }

  async #shows(selector, state) {
    try {
      await this.tab.waitForSelector(`${selector}[data-state="${state}"]`, { state: "attached" });
    } catch {
      const now = await this.tab.getAttribute(selector, "data-state").catch(() => "gone");
      const problem = await this.tab.textContent("#problem").catch(() => "");
      const said = [`${selector} is ${now}, not ${state}; ${problem}`, ...this.log];
      throw new Error(said.join("\n"));
    }
  }
}
