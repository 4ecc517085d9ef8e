import type { Call, ClientState } from "@viaduct/sdk";

import { callWords, clientWords, duration } from "./words";

function element<Kind extends HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as Kind;
}

const pad: [digit: string, letters: string][] = [
  ["1", ""],
  ["2", "ABC"],
  ["3", "DEF"],
  ["4", "GHI"],
  ["5", "JKL"],
  ["6", "MNO"],
  ["7", "PQRS"],
  ["8", "TUV"],
  ["9", "WXYZ"],
  ["*", ""],
  ["0", "+"],
  ["#", ""],
];

/** The elements of the page, and how they show a client and a call. Knows no more than what it is told. */
export class View {
  readonly loginForm = element<HTMLFormElement>("login-form");
  readonly user = element<HTMLInputElement>("user");
  readonly password = element<HTMLInputElement>("password");
  readonly dialForm = element<HTMLFormElement>("dial-form");
  readonly number = element<HTMLInputElement>("number");
  readonly erase = element<HTMLButtonElement>("erase");
  readonly pad = element("pad");
  readonly answer = element<HTMLButtonElement>("answer");
  readonly hangup = element<HTMLButtonElement>("hangup");
  readonly mute = element<HTMLButtonElement>("mute");
  readonly hold = element<HTMLButtonElement>("hold");
  readonly logout = element<HTMLButtonElement>("logout");
  readonly audio = element<HTMLAudioElement>("audio");
  readonly chips = element("try");

  private readonly loginButton = element<HTMLButtonElement>("login");
  private readonly phone = element("phone");
  private readonly callButton = element<HTMLButtonElement>("call");
  private readonly display = element("display");
  private readonly direction = element("direction");
  private readonly remote = element("remote");
  private readonly state = element("state");
  private readonly timer = element("timer");
  private readonly received = element("received");
  private readonly receivedHint = element("received-hint");
  private readonly receivedDigits = element("received-digits");
  private readonly digits = element("digits");
  private readonly hangupLabel = element("hangup-label");
  private readonly status = element("status");
  private readonly problem = element("problem");

  constructor() {
    for (const [digit, letters] of pad) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "key";
      button.dataset["digit"] = digit;
      button.append(digit);
      if (letters) {
        const small = document.createElement("small");
        small.textContent = letters;
        small.setAttribute("aria-hidden", "true");
        button.append(small);
      }
      this.pad.append(button);
    }
  }

  showClient(state: ClientState, user: string): void {
    const inside = state === "ready" || state === "disconnected";
    const onTheWay = state === "connecting" || state === "authenticating";
    this.status.dataset["state"] = state;
    this.status.textContent = clientWords(state, user);
    this.loginButton.disabled = onTheWay;
    this.logout.hidden = !inside;
    this.callButton.disabled = state !== "ready";
    // While connecting anew the phone stays as it is.
    if (onTheWay) return;
    const wasHidden = this.phone.hidden;
    this.loginForm.hidden = inside;
    this.phone.hidden = !inside;
    this.chips.hidden = !inside;
    if (inside && wasHidden) this.focusNumber();
    if (!inside && !wasHidden) this.password.focus();
  }

  /** undefined: no call so far. An ended call stays on the display until the next one. */
  showCall(call: Call | undefined): void {
    const state = call?.state ?? "idle";
    const over = !call || call.state === "ended";
    const ringing = state === "ringing";
    this.display.dataset["state"] = state;
    this.state.dataset["state"] = state;
    const onHold = state === "active" && call?.held === true;
    const words = call ? callWords(call.state, call.end) : "Ready";
    this.state.textContent = onHold ? "On hold" : words;
    this.direction.textContent = call ? (call.direction === "incoming" ? "From" : "To") : "";
    this.showRemote(call);
    this.dialForm.hidden = !over;
    this.received.hidden = over;
    this.chips.classList.toggle("away", !over);
    this.callButton.hidden = !over;
    this.answer.hidden = !ringing;
    this.hangup.hidden = over;
    this.hangupLabel.textContent = ringing ? "Decline" : "Hang up";
    this.mute.hidden = state !== "active" && state !== "early";
    this.showMuted(call?.muted ?? false);
    this.hold.hidden = state !== "active";
    this.hold.setAttribute("aria-pressed", String(call?.held ?? false));
    document.title = ringing ? `${this.remote.textContent} is calling` : "Viaduct phone";
  }

  /** Not on a touch screen, where it would open the keyboard over the dial pad. */
  focusNumber(): void {
    if (!matchMedia("(pointer: fine)").matches) return;
    this.number.focus();
    this.number.select();
  }

  showMuted(on: boolean): void {
    this.mute.setAttribute("aria-pressed", String(on));
  }

  showSeconds(seconds: number | undefined): void {
    this.timer.hidden = seconds === undefined;
    this.timer.textContent = seconds === undefined ? "" : duration(seconds);
  }

  showDigits(digits: string): void {
    this.receivedHint.hidden = digits !== "";
    this.receivedDigits.hidden = digits === "";
    this.digits.textContent = digits;
  }

  showProblem(words: string): void {
    this.problem.hidden = words === "";
    this.problem.textContent = words;
  }

  private showRemote(call: Call | undefined): void {
    const { name, number } = call?.remote ?? { name: "", number: "" };
    this.remote.textContent = name || number;
    if (name && number && name !== number) {
      const small = document.createElement("small");
      small.textContent = number;
      this.remote.append(" ", small);
    }
  }
}
