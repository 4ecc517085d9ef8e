// What most tests begin with: a server, the page logged in as 1000, a phone registered as 1001.
import { Phone } from "./baresip.mjs";
import { Browser } from "./chromium.mjs";
import { Server } from "./server.mjs";
import { BROWSER_TONE, PHONE_TONE } from "./tones.mjs";

export async function startPair(keep, options = {}) {
  const server = await keep(Server.start());
  const browser = await keep(Browser.launch(BROWSER_TONE));
  const phone = await keep(Phone.start(server, "1001", { tone: PHONE_TONE, ...options }));
  const page = await browser.open(server, "1000");
  await page.ready();
  return { server, browser, page, phone };
}
