/** What can go wrong, each with a number that stays. web/sdk/README.md tells what to do about them. */
export const ErrorNumber = {
  CannotConnect: 101,
  ConnectionLost: 102,
  Replaced: 103,
  NoReply: 104,
  LoginRefused: 201,
  SessionInUse: 202,
  NotLoggedIn: 203,
  CallRefused: 301,
  CallIsOver: 302,
  WrongState: 303,
  BadDigits: 304,
  MediaNotAgreed: 305,
  MediaLost: 306,
  NotRecovered: 307,
  MicrophoneForbidden: 401,
  NoMicrophone: 402,
  MicrophoneFailed: 403,
  NoWebRtc: 404,
  ServerError: 501,
} as const;

export type ErrorNumber = (typeof ErrorNumber)[keyof typeof ErrorNumber];

const texts: Record<ErrorNumber, string> = {
  101: "The server cannot be reached",
  102: "The connection to the server is lost",
  103: "This session was taken over by another connection",
  104: "The server does not reply",
  201: "The server refused the login",
  202: "The session belongs to another user",
  203: "Not logged in",
  301: "The server refused the call",
  302: "The call is over",
  303: "The call is in no state for this",
  304: "Only the digits 0-9, *, # and A-D can be sent",
  305: "Browser and server could not agree on media",
  306: "The media path is lost",
  307: "The call did not survive the loss of the connection",
  401: "The microphone is not allowed",
  402: "There is no microphone",
  403: "The microphone does not start",
  404: "This page cannot use the microphone: it needs https or localhost, and WebRTC",
  501: "The server reports an error",
};

export class ViaductError extends Error {
  override readonly name = "ViaductError";

  /** `detail`: what the browser or the server said about it. */
  constructor(
    readonly number: ErrorNumber,
    readonly detail: string = "",
  ) {
    super(`${number} ${texts[number]}${detail ? `: ${detail}` : ""}`);
  }
}

/** What goes on nonetheless. */
export const WarningNumber = {
  UnreadableMessage: 601,
  MediaInterrupted: 602,
} as const;

export type WarningNumber = (typeof WarningNumber)[keyof typeof WarningNumber];

export interface Warning {
  readonly number: WarningNumber;
  readonly detail: string;
}

/** Any thrown thing as one of ours; `number` is used where it is not. */
export function asViaductError(thrown: unknown, number: ErrorNumber): ViaductError {
  if (thrown instanceof ViaductError) return thrown;
  return new ViaductError(number, thrown instanceof Error ? thrown.message : String(thrown));
}
