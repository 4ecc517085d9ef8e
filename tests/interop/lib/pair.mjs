// What most tests begin with: a server, the page logged in as 1000, a phone registered as 1001.
// `server`, `browser` and `page` are options of the three; the rest is the phone's.
import { Phone } from "./baresip.mjs";
import { Browser } from "./chromium.mjs";
import { Server } from "./server.mjs";
import { BROWSER_TONE, PHONE_TONE } from "./tones.mjs";

export async function startPair(keep, options = {}) {
  const { server: serverOptions, browser: browserOptions, page: pageOptions, ...rest } = options;
  const server = await keep(Server.start(serverOptions));
  const browser = await keep(Browser.launch(BROWSER_TONE, browserOptions));
  const phone = await keep(Phone.start(server, "1001", { tone: PHONE_TONE, ...rest }));
  const page = await browser.open(server, "1000", pageOptions);
  await page.ready();
  return { server, browser, page, phone };
}
