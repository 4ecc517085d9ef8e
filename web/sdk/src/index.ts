export { connect, Client } from "./client.js";
export type { ClientEvents, ClientOptions, ClientState } from "./client.js";
export type {
  Call,
  CallEnd,
  CallEvents,
  CallOptions,
  CallState,
  HangupCause,
  Party,
} from "./call.js";
export { ErrorNumber, ViaductError, WarningNumber } from "./errors.js";
export type { Warning } from "./errors.js";
export type { AudioWish } from "./media.js";
export type { Platform, Socket } from "./platform.js";
