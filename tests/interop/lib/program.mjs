// A program under the tests' hand: its output by lines, and its end.
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { LOGS } from "./places.mjs";

const running = new Set();
process.on("exit", () => running.forEach((program) => program.kill("SIGKILL")));

// What the current test started.
let journal = [];
export const startJournal = () => (journal = []);
export const showJournal = () =>
  journal.map((program) => `---- ${program.name} (${program.logPath})\n${program.tail()}`).join("\n");

/** Ends what a failed test did not come to end. */
export const stopStragglers = () =>
  Promise.all(journal.filter((program) => program.isRunning).map((program) => program.stop()));

export class Program {
  #child;
  #waiting = new Set();
  output = "";

  constructor(name, command, args, options = {}) {
    this.name = name;
    fs.mkdirSync(LOGS, { recursive: true });
    this.logPath = path.join(LOGS, `${name}-${process.pid}-${Date.now()}.log`);
    const log = fs.createWriteStream(this.logPath);
    this.#child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    this.pid = this.#child.pid;
    running.add(this);
    journal.push(this);
    const take = (chunk) => {
      this.output += chunk;
      log.write(chunk);
      this.#look();
    };
    this.#child.stdout.setEncoding("utf8").on("data", take);
    this.#child.stderr.setEncoding("utf8").on("data", take);
    this.ended = new Promise((resolve) => {
      this.#child.once("error", (error) => take(`${error.message}\n`));
      this.#child.once("close", (code, signal) => {
        this.status = code ?? signal;
        running.delete(this);
        log.end();
        this.#look();
        resolve(this.status);
      });
    });
  }

  get isRunning() {
    return running.has(this);
  }

  kill(signal) {
    this.#child.kill(signal);
  }

  tail(lines = 60) {
    return this.output.split("\n").slice(-lines).join("\n");
  }

  /** The first match in all the output so far or to come. */
  async line(pattern, milliseconds = 30_000) {
    const found = () => {
      const match = pattern.exec(this.output);
      if (match) return match;
      if (!this.isRunning) throw new Error(`${this.name} ended with ${this.status}\n${this.tail()}`);
      return undefined;
    };
    return within(milliseconds, `${this.name} to print ${pattern}`, (look) => {
      this.#waiting.add(look);
      return () => this.#waiting.delete(look);
    }, found);
  }

  /** Asks it to end, and kills it when it does not. Returns its status and how long it took. */
  async stop(signal = "SIGTERM", milliseconds = 5000) {
    const began = Date.now();
    this.kill(signal);
    const timer = setTimeout(() => this.kill("SIGKILL"), milliseconds);
    const status = await this.ended;
    clearTimeout(timer);
    return { status, milliseconds: Date.now() - began };
  }

  #look() {
    for (const look of this.#waiting) look();
  }
}

export const seconds = (count) => new Promise((done) => setTimeout(done, 1000 * count));

/** Waits until `found()` is truthy; it is asked at once and whenever what `subscribe` was given is called. */
export function within(milliseconds, what, subscribe, found) {
  return new Promise((resolve, reject) => {
    let unsubscribe = () => undefined;
    let over = false;
    const finish = (settle, value) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      unsubscribe();
      settle(value);
    };
    const look = () => {
      try {
        const value = found();
        if (value) finish(resolve, value);
      } catch (error) {
        finish(reject, error);
      }
    };
    const error = new Error(`waited ${milliseconds / 1000} s for ${what}`);
    const timer = setTimeout(() => finish(reject, error), milliseconds);
    unsubscribe = subscribe(look);
    look();
    if (over) unsubscribe();
  });
}
