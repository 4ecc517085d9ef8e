import { asViaductError, ErrorNumber, ViaductError } from "./errors.js";
import type { Platform } from "./platform.js";

/** true: the browser's choice of microphone and of echo, noise and gain control. */
export type AudioWish = boolean | MediaTrackConstraints | MediaStream;

/** Milliseconds that an offer or answer waits for candidates: a STUN server that is not there must not delay it more. */
const gatherPatience = 1_000;

export interface MediaHooks {
  onRemoteStream(stream: MediaStream): void;
  onConnection(state: RTCPeerConnectionState): void;
}

/**
 * Microphone and peer connection of one call. The server lists its candidates in its SDP and learns ours from
 * the packets that reach it, so an offer or answer is ready as soon as the browser has made it.
 */
export class Media {
  readonly peer: RTCPeerConnection;
  localStream: MediaStream | undefined;
  private ownsLocalStream = false;
  private muted = false;
  private closed = false;
  private remoteStream: MediaStream | undefined;

  /** `gathers`: another browser may be the far end, so our description must say where we are. */
  constructor(
    private readonly platform: Platform,
    configuration: RTCConfiguration,
    private readonly hooks: MediaHooks,
    private readonly gathers = false,
  ) {
    this.peer = createPeer(platform, configuration);
    this.peer.addEventListener("track", (event) =>
      this.hear(event.streams[0] ?? new MediaStream([event.track])),
    );
    this.peer.addEventListener("connectionstatechange", () => {
      if (!this.closed) hooks.onConnection(this.peer.connectionState);
    });
  }

  /** The far end is another browser: the server says of itself that it is ICE-lite. */
  get isDirect(): boolean {
    const sdp = this.peer.remoteDescription?.sdp;
    return sdp !== undefined && !/^a=ice-lite\r?$/m.test(sdp);
  }

  /** The offer is made while the microphone opens, which takes longer. */
  async offer(audio: AudioWish): Promise<string> {
    const transceiver = this.peer.addTransceiver("audio", { direction: "sendrecv" });
    // Before the user has allowed it the microphone, a browser hides its addresses behind names.
    if (this.gathers) await this.openMicrophone(audio);
    const described = this.peer
      .createOffer()
      .then((offer) => this.peer.setLocalDescription(offer));
    described.catch(() => undefined); // reported below, unless the microphone fails first
    const track = await this.openMicrophone(audio);
    await notAgreed(described);
    if (track) await transceiver.sender.replaceTrack(track);
    if (this.gathers) await this.gathered();
    return this.localSdp();
  }

  /** A new offer for media that is up, with fresh ICE credentials: for another network. */
  async offerAgain(): Promise<string> {
    await notAgreed(
      this.peer
        .createOffer({ iceRestart: true })
        .then((offer) => this.peer.setLocalDescription(offer)),
    );
    return this.localSdp();
  }

  /** The answer to our offer. */
  async accept(sdp: string): Promise<void> {
    await notAgreed(this.peer.setRemoteDescription({ type: "answer", sdp }));
    // A later answer of another far end has a stream of its own: the track moves there, without an event.
    const track = this.peer.getReceivers()[0]?.track;
    const left = track && this.remoteStream && !this.remoteStream.getTracks().includes(track);
    if (left) this.hear(new MediaStream([track]));
  }

  /** The server's offer; `answer` may follow much later. */
  consider(sdp: string): Promise<void> {
    return notAgreed(this.peer.setRemoteDescription({ type: "offer", sdp }));
  }

  async answer(audio: AudioWish): Promise<string> {
    const track = await this.openMicrophone(audio);
    if (track) this.peer.addTrack(track, this.localStream!);
    await notAgreed(
      this.peer.createAnswer().then((answer) => this.peer.setLocalDescription(answer)),
    );
    if (this.gathers && this.isDirect) await this.gathered();
    return this.localSdp();
  }

  mute(on: boolean): void {
    this.muted = on;
    for (const track of this.localStream?.getAudioTracks() ?? []) track.enabled = !on;
  }

  /** Hands the open microphone over to the media that follows this one. */
  passMicrophoneTo(next: Media): void {
    next.localStream = this.localStream;
    next.ownsLocalStream = this.ownsLocalStream;
    next.muted = this.muted;
    this.ownsLocalStream = false;
  }

  close(): void {
    this.closed = true;
    this.peer.close();
    if (this.ownsLocalStream) stopTracks(this.localStream);
  }

  private hear(stream: MediaStream): void {
    this.remoteStream = stream;
    this.hooks.onRemoteStream(stream);
  }

  /** Until every candidate is in our description, or for as long as that is worth. */
  private gathered(): Promise<void> {
    return new Promise((resolve) => {
      const stopTimer = this.platform.after(gatherPatience, resolve);
      const look = (): void => {
        if (this.peer.iceGatheringState !== "complete") return;
        stopTimer();
        resolve();
      };
      this.peer.addEventListener("icegatheringstatechange", look);
      look();
    });
  }

  private async openMicrophone(audio: AudioWish): Promise<MediaStreamTrack | undefined> {
    if (audio === false) return undefined;
    if (!this.localStream) {
      const given = isStream(audio);
      const stream = given ? audio : await openMicrophone(this.platform, audio);
      if (this.closed) {
        if (!given) stopTracks(stream);
        throw new ViaductError(ErrorNumber.CallIsOver);
      }
      this.localStream = stream;
      this.ownsLocalStream = !given;
    }
    this.mute(this.muted);
    return this.localStream.getAudioTracks()[0];
  }

  private localSdp(): string {
    if (this.closed) throw new ViaductError(ErrorNumber.CallIsOver);
    return this.peer.localDescription?.sdp ?? "";
  }
}

function createPeer(platform: Platform, configuration: RTCConfiguration): RTCPeerConnection {
  try {
    return platform.createPeer({
      bundlePolicy: "max-bundle",
      rtcpMuxPolicy: "require",
      ...configuration,
    });
  } catch (thrown) {
    throw asViaductError(thrown, ErrorNumber.NoWebRtc);
  }
}

async function openMicrophone(
  platform: Platform,
  audio: true | MediaTrackConstraints,
): Promise<MediaStream> {
  try {
    return await platform.getMicrophone({ audio });
  } catch (thrown) {
    throw asViaductError(thrown, microphoneError((thrown as { name?: unknown })?.name));
  }
}

function microphoneError(name: unknown): ErrorNumber {
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return ErrorNumber.MicrophoneForbidden;
    case "NotFoundError":
    case "OverconstrainedError":
      return ErrorNumber.NoMicrophone;
    case "TypeError": // navigator.mediaDevices is missing
      return ErrorNumber.NoWebRtc;
    default:
      return ErrorNumber.MicrophoneFailed;
  }
}

async function notAgreed(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (thrown) {
    throw asViaductError(thrown, ErrorNumber.MediaNotAgreed);
  }
}

function isStream(audio: AudioWish): audio is MediaStream {
  return typeof audio === "object" && "getAudioTracks" in audio;
}

function stopTracks(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
