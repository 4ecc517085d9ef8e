import type { CallEnd, CallState, ClientState, ViaductError } from "@viaduct/sdk";

const clientStates: Record<ClientState, string> = {
  connecting: "Connecting",
  authenticating: "Logging in",
  ready: "Connected",
  disconnected: "Connection lost, trying again",
  closed: "Not logged in",
};

const callStates: Record<CallState, string> = {
  new: "Preparing the microphone",
  trying: "Calling",
  early: "Calling",
  ringing: "Incoming call",
  answering: "Answering",
  active: "In call",
  recovering: "Restoring the call",
  ended: "Call ended",
};

const causes: Record<number, string> = {
  1: "This number does not exist",
  3: "No way to this number",
  17: "Busy",
  18: "No answer",
  19: "No answer",
  20: "This user is not logged in anywhere",
  21: "Declined",
  27: "The other device is out of reach",
  34: "All lines are in use",
  41: "The far side cannot be reached",
  42: "All lines are in use",
  58: "No media with the far side",
  88: "No codec in common with the far side",
  102: "The call was lost",
  487: "The caller gave up",
  502: "Answered on another device",
  603: "Declined",
  606: "This user is not logged in anywhere",
  701: "The server is shutting down",
  702: "Answered on another device",
  802: "No answer",
  804: "No sound came from the far side",
  805: "Answered on another device",
  806: "This user is not logged in anywhere",
};

const errors: Record<number, string> = {
  101: "The server cannot be reached.",
  102: "The connection to the server was lost.",
  103: "This session is now open in another tab.",
  104: "The server does not reply.",
  201: "User or password is wrong.",
  202: "This session belongs to another user. Close the tab and open a new one.",
  305: "Browser and server could not agree on media.",
  306: "The sound did not get through. Is UDP to the server blocked?",
  307: "The call did not survive the loss of the connection.",
  401: "The microphone is not allowed. Allow it in the browser's site settings, then call again.",
  402: "No microphone was found. Plug one in, then call again.",
  403: "The microphone does not start. Another program may be using it.",
  404: "This page cannot use the microphone. Open it over https, or on localhost.",
};

export function clientWords(state: ClientState, user: string): string {
  return state === "ready" ? `Connected as ${user}` : clientStates[state];
}

export function callWords(state: CallState, end: CallEnd | undefined): string {
  if (state !== "ended" || !end) return callStates[state];
  const toldAsError = end.error !== undefined && !isToldByCause(end.error);
  if (end.by === "us" || end.causeCode === 16 || toldAsError) return callStates.ended;
  return causes[end.causeCode] ?? `Call ended: ${end.cause || "no reason given"}`;
}

/** The server's refusals: the cause of the call's end says more than the error. */
export function isToldByCause(error: ViaductError): boolean {
  return error.number === 301 || error.number === 302;
}

export function errorWords(error: ViaductError): string {
  return errors[error.number] ?? `${error.message}.`;
}

export function duration(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}
