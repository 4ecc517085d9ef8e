/** The part of a WebSocket that is used. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send(text: string): void;
  close(): void;
}

/** All that the SDK asks of its surroundings, so that tests can be the surroundings. */
export interface Platform {
  /** Throws when the address is none. */
  openSocket(url: string): Socket;
  createPeer(configuration: RTCConfiguration): RTCPeerConnection;
  getMicrophone(constraints: MediaStreamConstraints): Promise<MediaStream>;
  random(bytes: Uint8Array<ArrayBuffer>): void;
  /** Survives a reload of the page, and is not shared between tabs. */
  readonly store: Pick<Storage, "getItem" | "setItem"> | undefined;
  /** Runs `task` after `milliseconds`, unless the returned function is called before. */
  after(milliseconds: number, task: () => void): () => void;
}

export function browserPlatform(): Platform {
  return {
    openSocket: (url) => new WebSocket(url) as Socket,
    createPeer: (configuration) => new RTCPeerConnection(configuration),
    getMicrophone: (constraints) => navigator.mediaDevices.getUserMedia(constraints),
    random: (bytes) => void crypto.getRandomValues(bytes),
    store: sessionStore(),
    after(milliseconds, task) {
      const timer = setTimeout(task, milliseconds);
      return () => clearTimeout(timer);
    },
  };
}

function sessionStore(): Storage | undefined {
  try {
    return globalThis.sessionStorage;
  } catch {
    return undefined; // forbidden by the user's settings
  }
}

/** A random UUID. crypto.randomUUID is missing on pages that are not served securely. */
export function uuid(platform: Platform): string {
  const bytes = new Uint8Array(16);
  platform.random(bytes);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [0, 8, 12, 16, 20].map((at, i, all) => hex.slice(at, all[i + 1])).join("-");
}
