import { Call, callIdOf, hangupCodes, type CallHost, type CallOptions } from "./call.js";
import { Emitter } from "./emitter.js";
import {
  asViaductError,
  ErrorNumber,
  ViaductError,
  WarningNumber,
  type Warning,
} from "./errors.js";
import { JsonRpc, Refusal, text, type Json } from "./jsonrpc.js";
import type { AudioWish } from "./media.js";
import { browserPlatform, uuid, type Platform, type Socket } from "./platform.js";

/**
 *   connecting ─► authenticating ─► ready ─► disconnected ─► connecting ...
 *   any ─► closed                             for good: see `error`
 */
export type ClientState = "connecting" | "authenticating" | "ready" | "disconnected" | "closed";

export interface ClientOptions {
  /** Of the server's WebSocket: wss://host/ or, on the same machine, ws://localhost:port/. */
  url: string;
  login: string;
  password: string;
  /** Of all calls, unless a call says otherwise. */
  audio?: AudioWish;
  localRingback?: boolean;
  gatherCandidates?: boolean;
  /** Strings and booleans that the dial plan sees on every call. */
  variables?: Record<string, string | boolean>;
  /** Strings and booleans for whatever checks the password. */
  loginParams?: Record<string, string | boolean>;
  /** Default: kept in sessionStorage, so that calls outlive a reload of the page. */
  sessionId?: string;
  rtc?: RTCConfiguration;
  /** Milliseconds; 10,000 by default. */
  requestTimeout?: number;
  /** Milliseconds from the loss of the connection to the next attempt; 1,000 by default. */
  reconnectDelay?: number;
  /** For tests. */
  platform?: Platform;
}

export interface ClientEvents {
  state: [state: ClientState];
  /** An incoming call (state "ringing"), or one that the server restores ("recovering"). */
  call: [call: Call];
  /** Why the state has become "disconnected" or "closed". */
  error: [error: ViaductError];
  warning: [warning: Warning];
}

/** Connects and logs in. Listeners may be added until the caller returns to its event loop. */
export function connect(options: ClientOptions): Client {
  return new Client(options);
}

export class Client extends Emitter<ClientEvents> {
  /** The reason for the last "disconnected" or "closed", if there was one. */
  error: ViaductError | undefined;

  private current: ClientState = "connecting";
  private wasReady = false;
  private socket: Socket | undefined;
  private rpc: JsonRpc | undefined;
  private sessionId: string;
  private stopTimer: () => void = () => undefined;
  private readonly platform: Platform;
  private readonly calls = new Map<string, Call>();
  /** Calls that the server has restored on this connection. */
  private readonly offeredAgain = new Set<string>();
  private readonly host: CallHost;

  constructor(private readonly options: ClientOptions) {
    super();
    this.platform = options.platform ?? browserPlatform();
    this.sessionId = options.sessionId ?? this.storedSessionId();
    this.host = {
      platform: this.platform,
      rtc: options.rtc ?? {},
      request: (method, params) => this.request(method, params),
      forget: (call) => this.calls.delete(call.id),
      warn: (number, detail) => this.emit("warning", { number, detail }),
    };
    queueMicrotask(() => this.open());
  }

  get state(): ClientState {
    return this.current;
  }

  /** Calls that are not over. */
  get activeCalls(): readonly Call[] {
    return [...this.calls.values()].filter((call) => call.state !== "ended");
  }

  /** Resolves when logged in, rejects when that will never be. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): boolean => {
        if (this.current === "ready") resolve();
        else if (this.current === "closed")
          reject(this.error ?? new ViaductError(ErrorNumber.NotLoggedIn));
        else return false;
        return true;
      };
      if (settle()) return;
      const off = this.on("state", () => {
        if (settle()) off();
      });
    });
  }

  /** Starts a call; throws when not logged in. What goes wrong later ends the call: see Call.end. */
  call(number: string, options: CallOptions = {}): Call {
    if (this.current !== "ready") throw new ViaductError(ErrorNumber.NotLoggedIn);
    const id = uuid(this.platform);
    const call = Call.outgoing(this.host, id, number, { ...this.callOptions(), ...options });
    this.calls.set(id, call);
    return call;
  }

  /** Hangs up all calls and logs out. */
  close(): void {
    if (this.current === "closed") return;
    for (const call of this.activeCalls) call.hangup();
    this.shut();
    this.setState("closed");
  }

  private callOptions(): CallOptions {
    const { audio, localRingback, gatherCandidates } = this.options;
    return {
      ...(audio !== undefined && { audio }),
      ...(localRingback !== undefined && { localRingback }),
      ...(gatherCandidates !== undefined && { gatherCandidates }),
    };
  }

  // Connection

  private open(): void {
    if (this.current === "closed") return;
    this.setState("connecting");
    let socket: Socket;
    try {
      socket = this.platform.openSocket(this.options.url);
    } catch (thrown) {
      this.closeFor(asViaductError(thrown, ErrorNumber.CannotConnect));
      return;
    }
    this.socket = socket;
    this.rpc = new JsonRpc({
      platform: this.platform,
      timeout: this.options.requestTimeout ?? 10_000,
      send: (message) => socket.send(message),
      onRequest: (method, params) => this.receive(method, params),
      onUnreadable: (why) => this.host.warn(WarningNumber.UnreadableMessage, why),
    });
    const { rpc } = this;
    socket.onopen = () => void this.login();
    socket.onmessage = (event) => rpc.receive(event.data);
    socket.onclose = () =>
      this.lost(
        this.current === "connecting" ? ErrorNumber.CannotConnect : ErrorNumber.ConnectionLost,
      );
    this.stopTimer = this.platform.after(this.options.requestTimeout ?? 10_000, () =>
      this.lost(ErrorNumber.NoReply),
    );
  }

  private async login(): Promise<void> {
    this.setState("authenticating");
    const { login, password, loginParams, variables } = this.options;
    try {
      const result = await this.request("login", {
        login,
        passwd: password,
        loginParams: loginParams ?? {},
        userVariables: variables ?? {},
      });
      const given = text(result, "sessid");
      if (given) this.keepSessionId(given);
    } catch (thrown) {
      if (thrown instanceof Refusal) this.closeFor(loginError(thrown));
      // Otherwise the connection is lost, which is dealt with there.
    }
  }

  /** Logged in, and every surviving call has been offered again. */
  private clientReady(): void {
    if (this.current !== "authenticating") return;
    this.stopTimer();
    this.wasReady = true;
    this.error = undefined;
    for (const call of this.activeCalls) {
      if (!this.offeredAgain.has(call.id))
        call.abandon(new ViaductError(ErrorNumber.NotRecovered));
    }
    this.offeredAgain.clear();
    this.setState("ready");
  }

  /** Before the first login a lost connection is the end; afterwards it is made again and again. */
  private lost(number: ErrorNumber): void {
    const error = new ViaductError(number);
    if (!this.wasReady) {
      this.closeFor(error);
      return;
    }
    this.shut();
    this.error = error;
    this.offeredAgain.clear();
    for (const call of this.activeCalls) call.connectionLost(error);
    this.setState("disconnected");
    this.emit("error", error);
    // A listener may have closed the client.
    if (this.current !== "disconnected") return;
    this.stopTimer = this.platform.after(this.options.reconnectDelay ?? 1_000, () => this.open());
  }

  private closeFor(error: ViaductError): void {
    this.error = error;
    this.shut();
    for (const call of this.activeCalls) call.abandon(error);
    this.setState("closed");
    this.emit("error", error);
  }

  private shut(): void {
    this.stopTimer();
    const { socket, rpc } = this;
    this.socket = undefined;
    this.rpc = undefined;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    rpc?.fail(new ViaductError(ErrorNumber.ConnectionLost));
  }

  private request(method: string, params: Json): Promise<Json> {
    if (!this.rpc) return Promise.reject(new ViaductError(ErrorNumber.ConnectionLost));
    return this.rpc.request(method, { ...params, sessid: this.sessionId });
  }

  // Requests of the server

  private receive(method: string, params: Json): void {
    if (method === "verto.clientReady") return this.clientReady();
    if (method === "verto.punt") return this.closeFor(new ViaductError(ErrorNumber.Replaced));
    const id = callIdOf(params);
    if (!id) return; // pings, and events that are not subscribed to
    if (method === "verto.attach") this.offeredAgain.add(id);
    const call = this.calls.get(id);
    if (call) call.receive(method, params);
    else if (method === "verto.invite") this.newCall(Call.incoming, id, params);
    else if (method === "verto.attach") this.newCall(Call.attached, id, params);
  }

  private newCall(make: typeof Call.incoming, id: string, params: Json): void {
    let call: Call;
    try {
      call = make(this.host, id, params, this.callOptions());
    } catch (thrown) {
      // The browser makes no peer connection: nobody here can take the call.
      const cause = "INCOMPATIBLE_DESTINATION";
      const bye = { cause, causeCode: hangupCodes[cause], dialogParams: { callID: id } };
      this.request("verto.bye", bye).catch(() => undefined);
      this.emit("error", asViaductError(thrown, ErrorNumber.NoWebRtc));
      return;
    }
    this.calls.set(id, call);
    this.emit("call", call);
  }

  // Session id

  private get storeKey(): string {
    return `viaduct.session.${this.options.login}`;
  }

  private storedSessionId(): string {
    const stored = this.platform.store?.getItem(this.storeKey);
    if (stored) return stored;
    const made = uuid(this.platform);
    this.keepSessionId(made);
    return made;
  }

  private keepSessionId(id: string): void {
    this.sessionId = id;
    try {
      this.platform.store?.setItem(this.storeKey, id);
    } catch {
      // Full or forbidden: calls will not outlive a reload, all else works.
    }
  }

  private setState(state: ClientState): void {
    if (state === this.current) return;
    this.current = state;
    this.emit("state", state);
  }
}

function loginError(refusal: Refusal): ViaductError {
  const inUse = /session in use/i.test(refusal.message);
  return new ViaductError(
    inUse ? ErrorNumber.SessionInUse : ErrorNumber.LoginRefused,
    refusal.message,
  );
}
