import { ErrorNumber, ViaductError } from "./errors.js";
import type { Platform } from "./platform.js";

export type Json = Record<string, unknown>;

/** An error reply of the server. */
export class Refusal extends Error {
  constructor(
    readonly code: number,
    readonly data: Json,
  ) {
    super(text(data, "message") ?? `error ${code}`);
  }
}

interface Pending {
  resolve(result: Json): void;
  reject(error: Error): void;
  stopTimer(): void;
}

export interface JsonRpcOptions {
  platform: Platform;
  timeout: number;
  send(text: string): void;
  /** A request of the server; it has been replied to already. */
  onRequest(method: string, params: Json): void;
  onUnreadable(why: string): void;
}

/** JSON-RPC 2.0 as Verto speaks it: both sides send requests, every request is replied to. */
export class JsonRpc {
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;

  constructor(private readonly options: JsonRpcOptions) {}

  /** Rejects with Refusal when the server says no, with ViaductError when it says nothing. */
  request(method: string, params: Json): Promise<Json> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const stopTimer = this.options.platform.after(this.options.timeout, () => {
        this.pending.delete(id);
        reject(new ViaductError(ErrorNumber.NoReply, method));
      });
      this.pending.set(id, { resolve, reject, stopTimer });
      this.send({ jsonrpc: "2.0", method, params, id });
    });
  }

  receive(data: unknown): void {
    let message: unknown;
    try {
      message = JSON.parse(String(data));
    } catch {
      return this.options.onUnreadable("not JSON");
    }
    if (!isObject(message)) return this.options.onUnreadable("not an object");
    if (typeof message["method"] === "string") {
      this.serve(message["method"], message["id"], object(message, "params"));
    } else {
      this.settle(message);
    }
  }

  /** The connection is gone: nothing will be replied to any more. */
  fail(error: ViaductError): void {
    const all = [...this.pending.values()];
    this.pending.clear();
    for (const one of all) {
      one.stopTimer();
      one.reject(error);
    }
  }

  private serve(method: string, id: unknown, params: Json): void {
    if (id !== undefined && id !== null) this.send({ jsonrpc: "2.0", id, result: { method } });
    this.options.onRequest(method, params);
  }

  private settle(message: Json): void {
    const id = message["id"];
    const one = typeof id === "number" ? this.pending.get(id) : undefined;
    if (!one) return; // late, or never asked
    this.pending.delete(id as number);
    one.stopTimer();
    if (isObject(message["error"])) {
      const error = message["error"];
      one.reject(new Refusal(number(error, "code") ?? 0, error));
    } else {
      one.resolve(object(message, "result"));
    }
  }

  private send(message: Json): void {
    this.options.send(JSON.stringify(message));
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member that should be an object; an empty one where it is none. */
export function object(from: Json, name: string): Json {
  const value = from[name];
  return isObject(value) ? value : {};
}

/** A member that is a non-empty string. */
export function text(from: Json, name: string): string | undefined {
  const value = from[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function number(from: Json, name: string): number | undefined {
  const value = from[name];
  return typeof value === "number" ? value : undefined;
}
