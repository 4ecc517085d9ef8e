import assert from "node:assert/strict";
import { test } from "node:test";

import { settled } from "./testing/fakes.js";
import { admit, loggedIn, start } from "./testing/login.js";

test("logs in with one request and is ready when the server says so", async () => {
  const { browser, client, told } = await start({ variables: { shop: "north" } });
  assert.equal(browser.socket.url, "wss://pbx.example.net/verto");
  assert.equal(client.state, "connecting");
  browser.socket.onopen?.();
  await settled();
  const { params } = browser.socket.asked("login")!;
  assert.equal(params.login, "2001");
  assert.equal(params.passwd, "s3cr3t-Tulip");
  assert.deepEqual(params.userVariables, { shop: "north" });
  assert.match(params.sessid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  await browser.socket.reply("login", { message: "logged in", sessid: params.sessid });
  assert.equal(client.state, "authenticating");
  await browser.socket.ask("verto.clientReady", { reattached_sessions: [] });
  await client.ready();
  assert.deepEqual(told, ["state authenticating", "state ready"]);
  assert.equal(browser.waiting, 0);
});

test("the session id is kept for the next load of the page", async () => {
  const { browser } = await loggedIn();
  const first = browser.socket.asked("login")!.params.sessid;
  assert.deepEqual([...browser.stored], [["viaduct.session.2001", first]]);
});

test("a refused login closes for good, with the server's words", async () => {
  const { browser, client, told } = await start();
  const refusal = { number: 201, detail: "Authentication Failure" };
  const notReady = assert.rejects(client.ready(), refusal);
  browser.socket.onopen?.();
  await settled();
  await browser.socket.refuse("login", { code: -32001, message: refusal.detail });
  await notReady;
  assert.deepEqual(told, ["state authenticating", "state closed", "error 201"]);
  assert.equal(browser.socket.closed, true);
  await browser.pass(60_000);
  assert.equal(browser.sockets.length, 1);
  await assert.rejects(client.ready(), refusal);
});

test("another user's session id is told apart from a wrong password", async () => {
  const { browser, client } = await start();
  browser.socket.onopen?.();
  await settled();
  await browser.socket.refuse("login", { code: -32001, message: "Session in use" });
  assert.equal(client.error?.number, 202);
});

test("a server that is not there is an error at once", async () => {
  const { browser, client } = await start();
  browser.socket.onclose?.();
  assert.equal(client.state, "closed");
  assert.equal(client.error?.number, 101);
});

test("an address that is none is an error, not an exception", async () => {
  const { browser, client } = await start({ login: "2002" });
  client.close();
  browser.openSocket = () => {
    throw new SyntaxError("bad url");
  };
  const other = await start({ platform: browser });
  assert.equal(other.client.error?.number, 101);
});

test("a server that says nothing is given up after the timeout", async () => {
  const { browser, client } = await start({ requestTimeout: 5_000 });
  browser.socket.onopen?.();
  await settled();
  await browser.pass(5_000);
  assert.equal(client.state, "closed");
  assert.equal(client.error?.number, 104);
});

test("after a lost connection it connects again under the same session id", async () => {
  const { browser, client, told } = await loggedIn({ reconnectDelay: 1_000 });
  const { sessid } = browser.socket.asked("login")!.params;
  browser.socket.onclose?.();
  assert.deepEqual(told, ["state disconnected", "error 102"]);
  assert.throws(() => client.call("9196"), { number: 203 });
  await browser.pass(999);
  assert.equal(browser.sockets.length, 1);
  await browser.pass(1);
  browser.socket.onclose?.(); // still away
  assert.equal(client.state, "disconnected");
  await browser.pass(1_000);
  assert.equal(browser.sockets.length, 3);
  await admit(browser);
  assert.equal(client.state, "ready");
  assert.equal(client.error, undefined);
  assert.equal(browser.socket.asked("login")!.params.sessid, sessid);
});

test("when another connection takes the session, it does not fight for it", async () => {
  const { browser, client, told } = await loggedIn();
  const call = client.call("9196");
  await settled();
  await browser.socket.ask("verto.punt", {});
  assert.deepEqual(told, ["state closed", "error 103"]);
  assert.equal(call.state, "ended");
  assert.equal(browser.socket.count("verto.bye"), 0);
  await browser.pass(60_000);
  assert.equal(browser.sockets.length, 1);
});

test("every request of the server is replied to, known or not", async () => {
  const { browser } = await loggedIn();
  for (const method of ["verto.ping", "verto.event", "verto.from_the_future"]) {
    const id = await browser.socket.ask(method, { serno: 1 });
    assert.deepEqual(browser.socket.sent.at(-1), { jsonrpc: "2.0", id, result: { method } });
  }
});

test("messages that make no sense are warned of and change nothing", async () => {
  const { browser, client, told } = await loggedIn();
  for (const text of ["", "{", "null", "[1]", "7"]) await browser.socket.giveText(text);
  assert.deepEqual(told, Array(5).fill("warning 601"));
  told.length = 0;
  await browser.socket.give({ jsonrpc: "2.0", id: 4711, result: {} });
  await browser.socket.give({ jsonrpc: "2.0", id: "x", error: { code: -1 } });
  await browser.socket.ask("verto.bye", { callID: "unknown", causeCode: 16 });
  await browser.socket.give({ jsonrpc: "2.0", method: "verto.info", params: [1] });
  assert.deepEqual(told, []);
  assert.equal(client.state, "ready");
});

test("close hangs up and says so to the server before it leaves", async () => {
  const { browser, client } = await loggedIn();
  const call = client.call("9196");
  await settled();
  client.close();
  assert.equal(call.state, "ended");
  assert.equal(browser.socket.count("verto.bye"), 1);
  assert.equal(browser.socket.closed, true);
  assert.equal(client.state, "closed");
  await settled();
  assert.equal(browser.waiting, 0);
});

test("a listener that throws does not stop the others, and is heard of", async (context) => {
  const { browser, client } = await start();
  const seen: string[] = [];
  const reports: (() => void)[] = [];
  context.mock.method(globalThis, "queueMicrotask", (report: () => void) => reports.push(report));
  client.on("state", () => {
    if (seen.length === 0) throw new Error("fault of the application");
  });
  const off = client.on("state", (state) => seen.push(state));
  browser.socket.onopen?.();
  assert.equal(reports.length, 1);
  assert.throws(reports[0]!, /fault of the application/);
  assert.deepEqual(seen, ["authenticating"]);
  off();
  client.close();
  assert.deepEqual(seen, ["authenticating"]);
});
