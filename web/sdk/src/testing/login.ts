import { connect, type Client, type ClientOptions } from "../client.js";
import { FakeBrowser, settled } from "./fakes.js";

export interface Stage {
  browser: FakeBrowser;
  client: Client;
  /** Everything the client told, as "event value". */
  told: string[];
}

/** A client that is connecting. */
export async function start(options: Partial<ClientOptions> = {}): Promise<Stage> {
  const browser = new FakeBrowser();
  const client = connect({
    url: "wss://pbx.example.net/verto",
    login: "2001",
    password: "s3cr3t-Tulip",
    platform: browser,
    ...options,
  });
  const told: string[] = [];
  client.on("state", (state) => told.push(`state ${state}`));
  client.on("error", (error) => told.push(`error ${error.number}`));
  client.on("warning", (warning) => told.push(`warning ${warning.number}`));
  client.on("call", (call) => told.push(`call ${call.state}`));
  await settled();
  return { browser, client, told };
}

/** Takes a connecting client through its login; `reattached`: what verto.clientReady lists. */
export async function admit(browser: FakeBrowser, reattached: string[] = []): Promise<void> {
  browser.socket.onopen?.();
  await settled();
  const { sessid } = browser.socket.asked("login")!.params;
  await browser.socket.reply("login", { message: "logged in", sessid });
  await browser.socket.ask("verto.clientReady", { reattached_sessions: reattached });
}

export async function loggedIn(options: Partial<ClientOptions> = {}): Promise<Stage> {
  const stage = await start(options);
  await admit(stage.browser);
  stage.told.length = 0;
  return stage;
}
