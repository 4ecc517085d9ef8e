import { Emitter } from "./emitter.js";
import { asViaductError, ErrorNumber, ViaductError, WarningNumber } from "./errors.js";
import { number, object, Refusal, text, type Json } from "./jsonrpc.js";
import { Media, type AudioWish, type MediaHooks } from "./media.js";
import type { Platform } from "./platform.js";

/**
 *   outgoing   new ─► trying ─► early ─► active        early: the far side's sounds before it answers
 *   incoming   ringing ─► answering ─► active
 *   both       active ◄─► recovering                   the connection to the server was lost
 *   any        ─► ended
 */
export type CallState =
  "new" | "trying" | "early" | "ringing" | "answering" | "active" | "recovering" | "ended";

export interface Party {
  readonly name: string;
  readonly number: string;
}

/** Why a call ended: Q.850 and FreeSWITCH cause codes with their names. 0 where the server named none. */
export interface CallEnd {
  readonly cause: string;
  readonly causeCode: number;
  readonly by: "us" | "server";
  readonly error?: ViaductError;
}

export interface CallOptions {
  /** Default: what connect() was given, or else true. */
  audio?: AudioWish;
  callerName?: string;
  callerNumber?: string;
  /** Strings and booleans that the server's dial plan can read. */
  variables?: Record<string, string | boolean>;
  /** The application plays a tone while `ringback` is true, so the server need not. */
  localRingback?: boolean;
  /**
   * Name this browser's addresses in its descriptions, so that the server may let it exchange media with another
   * browser directly. Costs the time to find them, a second at most.
   */
  gatherCandidates?: boolean;
}

export interface CallEvents {
  state: [state: CallState, call: Call];
  /** Whether the application should play a ringback tone now; only with localRingback. */
  ringback: [on: boolean];
  stream: [stream: MediaStream];
  /** The other end is somebody else now, or has become known. */
  remote: [party: Party];
  /** A digit, or several, that the far side pressed. */
  dtmf: [digits: string];
  /** This call was put on hold here, or taken back. What the far side does is not told. */
  held: [held: boolean];
}

/** What a call needs of its client. */
export interface CallHost {
  readonly platform: Platform;
  readonly rtc: RTCConfiguration;
  request(method: string, params: Json): Promise<Json>;
  forget(call: Call): void;
  warn(number: WarningNumber, detail: string): void;
}

export const hangupCodes = {
  NORMAL_CLEARING: 16,
  USER_BUSY: 17,
  CALL_REJECTED: 21,
  INCOMPATIBLE_DESTINATION: 88,
} as const;

export type HangupCause = keyof typeof hangupCodes;

/** One call. Made by Client.call() or given with the client's event "call". */
export class Call extends Emitter<CallEvents> {
  readonly id: string;
  readonly direction: "outgoing" | "incoming";
  /** Restored by the server after a reload of the page or the loss of the connection. */
  readonly recovered: boolean;
  /** Set once the state is "ended". */
  end: CallEnd | undefined;
  remoteStream: MediaStream | undefined;

  private current: CallState;
  private party: Party;
  private media: Media;
  private isMuted = false;
  private isHeld = false;
  private ringbackOn = false;
  /** The server knows of the call, so it must be told when we end it. */
  private known: boolean;
  /** The server's SDP is being applied; undefined until there is any. */
  private described: Promise<void> | undefined;
  private restarting = false;
  /** Settled when the server has read that we hung up. */
  private saidBye: Promise<unknown> | undefined;

  private constructor(
    private readonly host: CallHost,
    private readonly options: CallOptions,
    init: Pick<Call, "id" | "state" | "direction"> & { party: Party; recovered?: boolean },
  ) {
    super();
    this.id = init.id;
    this.current = init.state;
    this.party = init.party;
    this.recovered = init.recovered ?? false;
    this.direction = init.direction;
    this.known = init.state !== "new";
    this.media = this.newMedia();
  }

  static outgoing(host: CallHost, id: string, to: string, options: CallOptions): Call {
    const party = { name: "", number: to };
    const call = new Call(host, options, { id, state: "new", direction: "outgoing", party });
    void call.invite(to);
    return call;
  }

  static incoming(host: CallHost, id: string, params: Json, options: CallOptions): Call {
    const party = partyOf(params);
    const call = new Call(host, options, { id, state: "ringing", direction: "incoming", party });
    call.described = call.media.consider(text(params, "sdp") ?? "");
    call.described.catch((error) => call.fail(error, ErrorNumber.MediaNotAgreed));
    return call;
  }

  static attached(host: CallHost, id: string, params: Json, options: CallOptions): Call {
    const party = partyOf(params);
    const direction = isForUs(params) ? "incoming" : "outgoing";
    const init = { id, state: "recovering", direction, party, recovered: true } as const;
    const call = new Call(host, options, init);
    void call.attach(params);
    return call;
  }

  get state(): CallState {
    return this.current;
  }
  get remote(): Party {
    return this.party;
  }
  get ringback(): boolean {
    return this.ringbackOn;
  }
  get muted(): boolean {
    return this.isMuted;
  }
  /** Survives the loss of the connection and a reload of the page. */
  get held(): boolean {
    return this.isHeld;
  }
  get localStream(): MediaStream | undefined {
    return this.media.localStream;
  }
  /** Replaced when the call is recovered, or its media comes to the server. */
  get peerConnection(): RTCPeerConnection {
    return this.media.peer;
  }

  /** Answers a ringing call. After a microphone error (4xx) it still rings and can be answered again. */
  async answer(options: Pick<CallOptions, "audio"> = {}): Promise<void> {
    if (this.current !== "ringing") throw this.wrongState();
    if (options.audio !== undefined) this.options.audio = options.audio;
    this.setState("answering");
    try {
      await this.described;
      const sdp = await this.media.answer(this.audio);
      await this.request("verto.answer", { sdp });
    } catch (thrown) {
      if (this.isOver) throw new ViaductError(ErrorNumber.CallIsOver);
      if (thrown instanceof ViaductError && isMicrophoneError(thrown)) {
        this.setState("ringing");
        throw thrown;
      }
      throw this.fail(thrown, ErrorNumber.CallIsOver);
    }
    this.become("active", "answering");
  }

  /** Ends the call in any state; a ringing one is declined. Of no effect when it is over. */
  hangup(cause?: HangupCause): void {
    if (this.isOver) return;
    const name = cause ?? (this.current === "ringing" ? "CALL_REJECTED" : "NORMAL_CLEARING");
    this.sayBye(name);
    this.finish({ cause: name, causeCode: hangupCodes[name], by: "us" });
  }

  /** Sends digits to the far side; resolved when the server has taken them. */
  async dtmf(digits: string): Promise<void> {
    if (!/^[0-9*#A-D]+$/i.test(digits)) throw new ViaductError(ErrorNumber.BadDigits);
    if (this.current !== "active" && this.current !== "early") throw this.wrongState();
    try {
      await this.request("verto.info", { dtmf: digits });
    } catch (thrown) {
      throw asViaductError(thrown, ErrorNumber.ServerError);
    }
  }

  /**
   * Looks for a way to the server anew, as after a change of the network; sound goes on over the old way while
   * there is one. The call does so by itself when its media is interrupted.
   */
  async restartIce(): Promise<void> {
    if (this.current !== "active") throw this.wrongState();
    if (this.restarting) return;
    const media = this.media;
    this.restarting = true;
    try {
      const sdp = await media.offerAgain();
      const reply = await this.request("verto.modify", { action: "updateMedia", sdp });
      await media.accept(text(reply, "sdp") ?? "");
    } catch (thrown) {
      const isDead = media === this.media && media.peer.connectionState === "failed";
      if (isDead && this.current === "active")
        throw this.fail(new ViaductError(ErrorNumber.MediaLost), ErrorNumber.MediaLost);
      throw asViaductError(thrown, ErrorNumber.MediaNotAgreed);
    } finally {
      this.restarting = false;
    }
  }

  /** The far side hears music and we nothing, until unhold(). */
  hold(): Promise<void> {
    return this.modify({ action: "hold" });
  }

  unhold(): Promise<void> {
    return this.modify({ action: "unhold" });
  }

  /**
   * Connects the far side with a number, or with the far side of another call of this client. Resolved when the
   * server has begun; the call ends when somebody took it, and goes on as before when nobody did.
   */
  transfer(to: string | Call): Promise<void> {
    if (typeof to === "string") return this.modify({ action: "transfer", destination: to });
    return this.modify({ action: "replace", replaceCallID: to.id });
  }

  mute(on = true): void {
    this.isMuted = on;
    this.media.mute(on);
  }

  unmute(): void {
    this.mute(false);
  }

  getStats(): Promise<RTCStatsReport> {
    return this.media.peer.getStats();
  }

  // What follows is for Client.

  /** A server request that names this call. */
  receive(method: string, params: Json): void {
    if (this.isOver) return;
    switch (method) {
      case "verto.media":
        void this.progress(text(params, "sdp"), "early");
        break;
      case "verto.answer":
        void this.progress(text(params, "sdp"), "active");
        break;
      case "verto.bye":
        this.finish({ ...causeOf(params), by: "server" });
        break;
      case "verto.display":
        this.setParty(text(params, "display_name"), text(params, "display_number"));
        break;
      case "verto.info":
        this.info(params);
        break;
      case "verto.attach":
        void this.attach(params);
        break;
      default: // of a newer server
    }
  }

  /** The connection is gone. The server keeps answered calls for a while, and no others. */
  connectionLost(error: ViaductError): void {
    if (this.isOver) return;
    if (this.current === "active" || this.current === "recovering") this.setState("recovering");
    else this.abandon(error);
  }

  /** The call is over and there is nobody to tell. */
  abandon(error: ViaductError): void {
    if (this.isOver) return;
    this.finish({ cause: "NORMAL_TEMPORARY_FAILURE", causeCode: 41, by: "server", error });
  }

  private get isOver(): boolean {
    return this.current === "ended";
  }

  private get audio(): AudioWish {
    return this.options.audio ?? true;
  }

  private async invite(to: string): Promise<void> {
    try {
      const sdp = await this.media.offer(this.audio);
      this.known = true;
      await this.request("verto.invite", { sdp }, this.inviteParams(to));
    } catch (thrown) {
      this.fail(thrown, ErrorNumber.CallRefused);
      return;
    }
    this.become("trying", "new");
  }

  private inviteParams(to: string): Json {
    const { callerName, callerNumber, localRingback, variables } = this.options;
    return {
      destination_number: to,
      ...(callerName !== undefined && { caller_id_name: callerName }),
      ...(callerNumber !== undefined && { caller_id_number: callerNumber }),
      userVariables: { ...variables, ...(localRingback && { localRingback: "true" }) },
    };
  }

  /** The server's answer comes once, with whichever of verto.media and verto.answer is first. */
  private async progress(sdp: string | undefined, state: "early" | "active"): Promise<void> {
    if (this.direction === "incoming") return;
    if (!this.described) {
      this.described = this.media.accept(sdp ?? "");
      this.updateRingback();
    }
    try {
      await this.described;
    } catch (thrown) {
      this.fail(thrown, ErrorNumber.MediaNotAgreed);
      return;
    }
    if (state === "early") this.become("early", "new", "trying");
    else this.become("active", "new", "trying", "early");
  }

  /** The server offers new media for an answered call; the open microphone is reused. */
  private async attach(params: Json): Promise<void> {
    const party = partyOf(params);
    this.setParty(party.name || undefined, party.number || undefined);
    this.setHeld(text(params, "holdState"));
    const media = this.newMedia();
    this.media.passMicrophoneTo(media);
    this.media.close();
    this.media = media;
    // A call that is up stays so: media that went to another browser comes to the server now.
    if (this.current !== "active") this.setState("recovering");
    try {
      await media.consider(text(params, "sdp") ?? "");
      const sdp = await media.answer(this.audio);
      await this.request("verto.attach", { sdp }, { attach: true });
    } catch (thrown) {
      const lost = thrown instanceof ViaductError && thrown.number === ErrorNumber.ConnectionLost;
      if (this.media === media && !lost) this.fail(thrown, ErrorNumber.NotRecovered);
      return;
    }
    if (this.media === media) this.become("active", "recovering");
  }

  private info(params: Json): void {
    const digits = text(params, "dtmf");
    if (digits) this.emit("dtmf", digits);
  }

  private setParty(name: string | undefined, number: string | undefined): void {
    const party = { name: name ?? this.party.name, number: number ?? this.party.number };
    if (party.name === this.party.name && party.number === this.party.number) return;
    this.party = party;
    this.emit("remote", party);
  }

  private async modify(params: Json): Promise<void> {
    if (this.current !== "active") throw this.wrongState();
    let reply: Json;
    try {
      reply = await this.request("verto.modify", params);
    } catch (thrown) {
      throw asViaductError(thrown, ErrorNumber.ServerError);
    }
    this.setHeld(text(reply, "holdState"));
  }

  private setHeld(state: string | undefined): void {
    const held = state === "held";
    if (held === this.isHeld || this.isOver) return;
    this.isHeld = held;
    this.emit("held", held);
  }

  private newMedia(): Media {
    const hooks: MediaHooks = {
      onRemoteStream: (stream) => {
        if (media !== this.media || this.isOver) return;
        this.remoteStream = stream;
        this.emit("stream", stream);
      },
      onConnection: (state) => {
        if (media === this.media) this.mediaConnection(state);
      },
    };
    const { platform, rtc } = this.host;
    const media = new Media(platform, rtc, hooks, this.options.gatherCandidates);
    return media;
  }

  private mediaConnection(state: RTCPeerConnectionState): void {
    if (state === "disconnected") {
      this.host.warn(WarningNumber.MediaInterrupted, this.id);
      // Where even the server cannot be asked, "failed" or the client's reconnecting comes next.
      if (this.current === "active") this.restartIce().catch(() => undefined);
    } else if (state === "failed" && this.current !== "recovering" && !this.restarting) {
      // No way between two browsers: the server, asked for another one, is it.
      if (this.current === "active" && this.media.isDirect)
        return void this.restartIce().catch(() => undefined);
      this.fail(new ViaductError(ErrorNumber.MediaLost), ErrorNumber.MediaLost);
    }
  }

  private request(method: string, params: Json, dialog: Json = {}): Promise<Json> {
    const dialogParams = { callID: this.id, ...dialog };
    return this.host.request(method, { ...params, dialogParams });
  }

  private sayBye(cause: HangupCause): void {
    if (!this.known) return;
    const params = { cause, causeCode: hangupCodes[cause] };
    this.saidBye = this.request("verto.bye", params).catch(() => undefined); // it may be over there too
  }

  /** Ends the call because of an error and returns it; `number` is what a refusal of the server means. */
  private fail(thrown: unknown, number: ErrorNumber): ViaductError {
    const error = asViaductError(thrown, number);
    if (this.isOver) return error;
    const notAgreed = error.number === ErrorNumber.MediaNotAgreed;
    const cause = notAgreed ? "INCOMPATIBLE_DESTINATION" : "NORMAL_CLEARING";
    if (thrown instanceof Refusal) {
      this.finish({ ...causeOf(thrown.data), by: "server", error });
    } else {
      this.sayBye(cause);
      this.finish({ cause, causeCode: hangupCodes[cause], by: "us", error });
    }
    return error;
  }

  private finish(end: CallEnd): void {
    this.end = end;
    this.media.close();
    // What crosses our bye is still for this call, or it would seem to be a new one.
    if (this.saidBye) void this.saidBye.then(() => this.host.forget(this));
    else this.host.forget(this);
    this.setState("ended");
  }

  private wrongState(): ViaductError {
    const number = this.isOver ? ErrorNumber.CallIsOver : ErrorNumber.WrongState;
    return new ViaductError(number, this.current);
  }

  private become(state: CallState, ...from: CallState[]): void {
    if (from.includes(this.current)) this.setState(state);
  }

  private setState(state: CallState): void {
    if (state === this.current) return;
    this.current = state;
    this.updateRingback();
    this.emit("state", state, this);
  }

  private updateRingback(): void {
    const on =
      this.options.localRingback === true && this.current === "trying" && !this.described;
    if (on === this.ringbackOn) return;
    this.ringbackOn = on;
    this.emit("ringback", on);
  }
}

function isMicrophoneError(error: ViaductError): boolean {
  return error.number >= 400 && error.number < 500;
}

/** display_direction is seen from the server: a call that leaves it comes to us. */
function isForUs(params: Json): boolean {
  return text(params, "display_direction") === "outbound";
}

/** Who is at the other end. */
function partyOf(params: Json): Party {
  const side = isForUs(params) ? "caller" : "callee";
  return {
    name: text(params, `${side}_id_name`) ?? "",
    number: text(params, `${side}_id_number`) ?? "",
  };
}

function causeOf(from: Json): { cause: string; causeCode: number } {
  return { cause: text(from, "cause") ?? "", causeCode: number(from, "causeCode") ?? 0 };
}

/** Which call a server request is about; some servers wrap it in dialogParams. */
export function callIdOf(params: Json): string | undefined {
  return text(params, "callID") ?? text(object(params, "dialogParams"), "callID");
}
