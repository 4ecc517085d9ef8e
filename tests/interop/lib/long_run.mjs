// What runs by hand for minutes and hours, outside node:test: when it fails it shows what the programs
// said, and leaves none of them running.
import { showJournal, stopStragglers } from "./program.mjs";

export async function longRun(body) {
  try {
    await body();
  } catch (error) {
    console.error(showJournal());
    await stopStragglers();
    throw error;
  }
}

/** In place of a test for assertTone(): where its figures go. */
export const printed = { diagnostic: (words) => console.log(words) };
export const silent = { diagnostic: () => undefined };
