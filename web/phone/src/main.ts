import { connect, ViaductError, type Call, type Client, type ClientOptions } from "@viaduct/sdk";

import { Tones } from "./tones";
import { View } from "./view";
import { errorWords, isToldByCause } from "./words";

const USER_KEY = "viaduct.user";

/** For the browser's console, and for tests: the client, and the current or latest call. */
interface Exposed {
  client: Client | undefined;
  call: Call | undefined;
}

declare global {
  interface Window {
    viaduct: Exposed;
  }
}

const query = new URLSearchParams(location.search);
const view = new View();
const tones = new Tones();
const exposed: Exposed = { client: undefined, call: undefined };
window.viaduct = exposed;

let timer: number | undefined;
let received = "";
let lastKey = -Infinity;

function activeCall(): Call | undefined {
  const { call } = exposed;
  return call && call.state !== "ended" ? call : undefined;
}

// The client

function logIn(user: string, password: string): void {
  exposed.client?.close();
  view.showProblem("");
  const options: ClientOptions = {
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/verto`,
    login: user,
    password,
    localRingback: true,
    gatherCandidates: query.get("direct") === "1",
    audio: rawAudio() ?? true,
  };
  const client = connect(options);
  exposed.client = client;
  view.showClient(client.state, user);
  client.on("state", (state) => {
    if (client !== exposed.client) return;
    if (state === "authenticating") view.showProblem(""); // the server is there again
    if (state === "ready") remember(user);
    view.showClient(state, user);
  });
  client.on("error", (error) => {
    if (client === exposed.client) view.showProblem(errorWords(error));
  });
  client.on("call", (call) => {
    // One call at a time: whoever else calls hears that this phone is busy.
    if (activeCall()) call.hangup("USER_BUSY");
    else follow(call);
  });
}

/** ?raw=1 leaves the sound of the microphone as it is; echo and noise control would alter a test tone. */
function rawAudio(): MediaTrackConstraints | undefined {
  if (query.get("raw") !== "1") return undefined;
  return { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
}

function remember(user: string): void {
  try {
    localStorage.setItem(USER_KEY, user);
  } catch {
    // Forbidden by the user's settings: the name is typed again next time.
  }
}

function rememberedUser(): string {
  try {
    return localStorage.getItem(USER_KEY) ?? "";
  } catch {
    return "";
  }
}

// The call

function dial(number: string): void {
  const { client } = exposed;
  if (!client || activeCall()) return;
  view.showProblem("");
  try {
    follow(client.call(number));
  } catch (thrown) {
    if (!(thrown instanceof ViaductError)) throw thrown;
    view.showProblem(errorWords(thrown));
  }
}

/** Shows a call from now on. */
function follow(call: Call): void {
  exposed.call = call;
  received = "";
  view.showDigits("");
  view.showSeconds(undefined);
  call.on("state", () => {
    if (call === exposed.call) callChanged(call);
  });
  call.on("remote", () => view.showCall(exposed.call));
  call.on("held", () => view.showCall(exposed.call));
  call.on("ringback", (on) => (on ? tones.play("ringback") : tones.stop()));
  call.on("stream", (stream) => {
    view.audio.srcObject = stream;
    view.audio.play().catch((error: unknown) => {
      // An AbortError only says that the call ended meanwhile.
      if (error instanceof DOMException && error.name === "NotAllowedError")
        view.showProblem("The browser holds the sound back. Click anywhere to hear the far side.");
    });
  });
  call.on("dtmf", (digits) => view.showDigits((received += digits)));
  callChanged(call);
}

function callChanged(call: Call): void {
  if (call.state === "ringing") tones.play("ring");
  else if (!call.ringback) tones.stop();
  if (call.state === "active") startTimer();
  if (call.state === "ended") callEnded(call);
  view.showCall(call);
  if (call.state === "ringing" && !isTyping()) view.answer.focus();
  if (call.state === "ended" && document.activeElement === document.body) view.focusNumber();
}

function callEnded(call: Call): void {
  clearInterval(timer);
  timer = undefined;
  view.audio.srcObject = null;
  const { error } = call.end ?? {};
  if (error && !isToldByCause(error)) view.showProblem(errorWords(error));
}

function startTimer(): void {
  if (timer !== undefined) return;
  const since = performance.now();
  const show = (): void => view.showSeconds(Math.floor((performance.now() - since) / 1000));
  show();
  timer = window.setInterval(show, 1000);
}

async function answer(): Promise<void> {
  view.showProblem("");
  try {
    await activeCall()?.answer();
  } catch (thrown) {
    if (!(thrown instanceof ViaductError)) throw thrown;
    if (!isToldByCause(thrown)) view.showProblem(errorWords(thrown));
  }
}

/** In a call a digit goes to the far side; otherwise it is added to the number. */
function press(digit: string): void {
  const call = activeCall();
  if (!call) {
    const { selectionStart, selectionEnd } = view.number;
    view.number.setRangeText(digit, selectionStart ?? 0, selectionEnd ?? 0, "end");
    tones.key(digit);
  } else if (call.state === "active" || call.state === "early") {
    tones.key(digit);
    call.dtmf(digit).catch((error: ViaductError) => view.showProblem(errorWords(error)));
  }
}

// The page

/** Who types while a call comes in must not answer it with the next key. */
function isTyping(): boolean {
  return performance.now() - lastKey < 2000;
}

view.loginForm.addEventListener("submit", (event) => {
  event.preventDefault();
  logIn(view.user.value.trim(), view.password.value);
});

view.dialForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const number = view.number.value.trim();
  if (number) dial(number);
  else view.number.focus();
});

view.pad.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLButtonElement>("button[data-digit]");
  if (button) press(button.dataset["digit"]!);
});

view.chips.addEventListener("click", (event) => {
  const number = (event.target as Element).closest<HTMLButtonElement>("button")?.dataset["number"];
  if (!number) return;
  view.number.value = number;
  dial(number);
});

view.erase.addEventListener("click", () => {
  view.number.value = view.number.value.slice(0, -1);
  view.number.focus();
});

view.answer.addEventListener("click", () => void answer());
view.hangup.addEventListener("click", () => activeCall()?.hangup());
view.logout.addEventListener("click", () => exposed.client?.close());

view.mute.addEventListener("click", () => {
  const call = activeCall();
  call?.mute(!call.muted);
  view.showMuted(call?.muted ?? false);
});

view.hold.addEventListener("click", () => {
  const call = activeCall();
  const asked = call?.held ? call.unhold() : call?.hold();
  asked?.catch((error: ViaductError) => view.showProblem(errorWords(error)));
});

document.addEventListener("keydown", (event) => {
  lastKey = performance.now();
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target instanceof HTMLInputElement || !/^[0-9*#]$/.test(event.key)) return;
  press(event.key);
});

// Where the browser held the sound back, the first click lets it out.
document.addEventListener("click", () => {
  if (view.audio.srcObject && view.audio.paused)
    view.audio.play().then(() => view.showProblem(""), () => undefined);
});

view.user.value = query.get("user") ?? rememberedUser();
view.password.value = query.get("password") ?? "";
(view.user.value ? view.password : view.user).focus();
view.showCall(undefined);
if (query.get("autologin") === "1") logIn(view.user.value, view.password.value);
