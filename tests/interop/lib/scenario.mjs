// One test: what it starts is stopped in reverse order, and its failure shows what the programs said.
import { test } from "node:test";
import { showJournal, startJournal, stopStragglers } from "./program.mjs";

export function scenario(name, body) {
  test(name, { timeout: 120_000 }, async (t) => {
    startJournal();
    const toStop = [];
    /** Keeps what it is given until the end of the test. */
    const keep = async (starting) => {
      const started = await starting;
      toStop.unshift(started);
      return started;
    };
    const faults = [];
    try {
      await body(t, keep);
    } catch (error) {
      faults.push(error);
    }
    for (const one of toStop) await one.stop().catch((error) => faults.push(error));
    await stopStragglers();
    if (faults.length === 0) return;
    console.log(showJournal());
    throw faults[0];
  });
}

export const seconds = (count) => new Promise((done) => setTimeout(done, 1000 * count));
