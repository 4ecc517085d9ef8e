// One test: what it starts is stopped in reverse order, and its failure shows what the programs said.
import { test } from "node:test";
import { showJournal, startJournal, stopStragglers } from "./program.mjs";

export { seconds } from "./program.mjs";

const LONGEST_SECONDS = 120;
const STOP_SECONDS = 20; // a browser that crashed may never say that it is closed

/** node:test's own limit would leave the body running, and all that it started. */
function limited(work, seconds = LONGEST_SECONDS) {
  let timer;
  const limit = new Promise((_, reject) => {
    const error = new Error(`not over after ${seconds} s`);
    timer = setTimeout(() => reject(error), 1000 * seconds);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}

export function scenario(name, body) {
  test(name, async (t) => {
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
      await limited(body(t, keep));
    } catch (error) {
      faults.push(error);
    }
    for (const one of toStop) await limited(one.stop(), STOP_SECONDS).catch((error) => faults.push(error));
    await stopStragglers();
    if (faults.length === 0) return;
    console.log(showJournal());
    throw faults[0];
  });
}
