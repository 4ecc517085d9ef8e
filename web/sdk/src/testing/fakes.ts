import type { Json } from "../jsonrpc.js";
import type { Platform, Socket } from "../platform.js";

/** Lets everything run that waits for nothing but promises. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The server's end of a WebSocket: what the client sent, and how to reply. */
export class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;
  readonly sent: Json[] = [];
  private nextId = 1_000_000_000;

  constructor(readonly url: string) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.closed = true;
  }

  /** The latest request of this method. */
  asked(method: string): { id: unknown; params: any } | undefined {
    return this.sent.filter((one) => one["method"] === method).at(-1) as never;
  }
  count(method: string): number {
    return this.sent.filter((one) => one["method"] === method).length;
  }
  async reply(method: string, result: Json): Promise<void> {
    await this.give({ jsonrpc: "2.0", id: this.asked(method)?.id, result });
  }
  async refuse(method: string, error: Json): Promise<void> {
    await this.give({ jsonrpc: "2.0", id: this.asked(method)?.id, error });
  }
  /** Returns the id of the request. */
  async ask(method: string, params: Json): Promise<number> {
    const id = this.nextId++;
    await this.give({ jsonrpc: "2.0", id, method, params });
    return id;
  }
  async give(message: unknown): Promise<void> {
    await this.giveText(JSON.stringify(message));
  }
  async giveText(data: string): Promise<void> {
    this.onmessage?.({ data });
    await settled();
  }
}

export class FakeTrack {
  enabled = true;
  stopped = false;
  stop(): void {
    this.stopped = true;
  }
}

export class FakeStream {
  readonly track = new FakeTrack();
  getTracks(): FakeTrack[] {
    return [this.track];
  }
  getAudioTracks(): FakeTrack[] {
    return [this.track];
  }
}

/** A peer connection that believes every SDP but an empty one, and keeps to the order of offer and answer. */
export class FakePeer extends EventTarget {
  localDescription: { type: string; sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  connectionState = "new";
  iceGatheringState = "new";
  closed = false;
  readonly tracks: unknown[] = [];
  receivers: unknown[] = [];

  addTransceiver(): unknown {
    return { sender: { replaceTrack: async (track: unknown) => void this.tracks.push(track) } };
  }
  addTrack(track: unknown): void {
    this.tracks.push(track);
  }
  async createOffer(options?: { iceRestart?: boolean }): Promise<unknown> {
    const sdp = options?.iceRestart ? "offer of another network" : "offer of the browser";
    return { type: "offer", sdp };
  }
  async createAnswer(): Promise<unknown> {
    if (this.remoteDescription?.type !== "offer") throw new Error("no offer to answer");
    return { type: "answer", sdp: `answer to ${this.remoteDescription.sdp}` };
  }
  async setLocalDescription(description: { type: string; sdp: string }): Promise<void> {
    this.localDescription = description;
    if (description.type === "offer") this.remoteDescription = null; // an answer is due
  }
  async setRemoteDescription(description: { type: string; sdp: string }): Promise<void> {
    if (description.sdp === "") throw new Error("empty SDP");
    if (description.type === "answer" && this.localDescription?.type !== "offer")
      throw new Error("no offer made");
    if (this.remoteDescription) throw new Error("a second remote description");
    this.remoteDescription = description;
  }
  getReceivers(): unknown[] {
    return this.receivers;
  }
  close(): void {
    this.closed = true;
  }

  /** All candidates are known. */
  gathered(): void {
    this.iceGatheringState = "complete";
    if (this.localDescription) this.localDescription.sdp += " with addresses";
    this.dispatchEvent(new Event("icegatheringstatechange"));
  }
  connection(state: string): void {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }
  hear(stream: unknown): void {
    this.dispatchEvent(Object.assign(new Event("track"), { streams: [stream], track: {} }));
  }
}

/** A browser whose time stands still until it is told. */
export class FakeBrowser implements Platform {
  readonly sockets: FakeSocket[] = [];
  readonly peers: FakePeer[] = [];
  readonly microphones: FakeStream[] = [];
  readonly constraints: unknown[] = [];
  microphoneError: Error | undefined;
  peerError: Error | undefined;
  readonly stored = new Map<string, string>();
  readonly store = {
    getItem: (key: string) => this.stored.get(key) ?? null,
    setItem: (key: string, value: string) => void this.stored.set(key, value),
  };
  private now = 0;
  private timers: { at: number; task: () => void }[] = [];
  private seed = 0;

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }
  get peer(): FakePeer {
    return this.peers.at(-1)!;
  }

  openSocket(url: string): Socket {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    return socket;
  }
  createPeer(): RTCPeerConnection {
    if (this.peerError) throw this.peerError;
    const peer = new FakePeer();
    this.peers.push(peer);
    return peer as unknown as RTCPeerConnection;
  }
  async getMicrophone(constraints: unknown): Promise<MediaStream> {
    this.constraints.push(constraints);
    if (this.microphoneError) throw this.microphoneError;
    const stream = new FakeStream();
    this.microphones.push(stream);
    return stream as unknown as MediaStream;
  }
  random(bytes: Uint8Array): void {
    this.seed += 1;
    bytes.fill(this.seed);
  }
  after(milliseconds: number, task: () => void): () => void {
    const timer = { at: this.now + milliseconds, task };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  }
  /** How many timers run. */
  get waiting(): number {
    return this.timers.length;
  }
  async pass(milliseconds: number): Promise<void> {
    this.now += milliseconds;
    const due = this.timers.filter((one) => one.at <= this.now);
    this.timers = this.timers.filter((one) => one.at > this.now);
    for (const one of due) one.task();
    await settled();
  }
}
