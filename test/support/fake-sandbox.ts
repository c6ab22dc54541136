import type { Endpoint } from "../../src/attach/endpoint.ts";
import type { Connect, Transport, TransportListeners } from "../../src/attach/transport.ts";
import { UpgradeError } from "../../src/attach/transport.ts";
import type { Locate, Whereabouts } from "../../src/attach/whereabouts.ts";
import { Secret } from "../../src/net/secret.ts";

export const ENDPOINT: Endpoint = { url: "ws://sandbox/tty", token: new Secret("secret") };
export const READY: Whereabouts = { kind: "ready", endpoint: ENDPOINT };

/** A refused upgrade, or without a status a host that is out of reach. */
export function refused(status?: number): UpgradeError {
  const passing = status === undefined || status >= 500;
  return new UpgradeError(`refused (${status})`, "hint", {
    ...(status === undefined ? {} : { status }),
    passing,
  });
}

/** One connection of lap's, from the sandbox's side. */
export class FakeConnection implements Transport {
  /** What lap did, in order: `size 80x24`, `input ls`, `pause`, `resume`, `limit 65536`, `close`, `terminate`. */
  readonly events: string[] = [];
  readonly pings: number[] = [];
  buffered = 0;
  /** False: its end is known, and not told yet. */
  open = true;
  /** Whether pings are answered at once. */
  answers = true;
  readonly endpoint: Endpoint;
  readonly #listeners: TransportListeners;
  readonly #note: (event: string) => void;

  constructor(endpoint: Endpoint, listeners: TransportListeners, note: (event: string) => void) {
    this.endpoint = endpoint;
    this.#listeners = listeners;
    this.#note = (event) => {
      this.events.push(event);
      note(event);
    };
  }

  say(text: string): void {
    this.#listeners.onData(Buffer.from(text));
  }

  pong(id = this.pings.at(-1) ?? 0): void {
    this.#listeners.onPong(id);
  }

  /** Ends it; 1006: the path drops. */
  end(code = 1006, reason = ""): void {
    this.#listeners.onEnd({ code, reason });
  }

  /** All that was typed into it, as one. */
  get input(): string {
    const typed = this.events.filter((event) => event.startsWith("input "));
    return typed.map((event) => event.slice("input ".length)).join("");
  }

  sendInput(bytes: Uint8Array): void {
    this.#note(`input ${Buffer.from(bytes).toString()}`);
  }

  sendResize(columns: number, rows: number): void {
    this.#note(`size ${columns}x${rows}`);
  }

  pause(): void {
    this.#note("pause");
  }

  resume(): void {
    this.#note("resume");
  }

  limit(bytes: number): void {
    this.#note(`limit ${bytes}`);
  }

  ping(id: number): void {
    this.pings.push(id);
    if (this.answers) queueMicrotask(() => this.pong(id));
  }

  async close(): Promise<number> {
    this.#note("disconnected");
    return this.buffered;
  }

  terminate(): void {
    this.#note("terminated");
  }
}

/** A session's sandbox, and what the platform says of it, without any network. */
export class FakeSandbox {
  readonly connections: FakeConnection[] = [];
  /** Asked before every try to come back; may throw. */
  whereabouts: (signal: AbortSignal) => Whereabouts | Promise<Whereabouts> = () => READY;
  /** What an upgrade meets before it is taken; may throw. */
  upgrade: (signal: AbortSignal) => void | Promise<void> = () => {};
  /** Whether connections answer pings. */
  answers = true;
  /** Told what lap does with any connection. */
  note: (event: string) => void = () => {};

  readonly connect: Connect = async (endpoint, listeners, signal) => {
    signal.throwIfAborted();
    await this.upgrade(signal);
    const connection = new FakeConnection(endpoint, listeners, this.note);
    connection.answers = this.answers;
    this.connections.push(connection);
    this.note("connected");
    return connection;
  };

  readonly locate: Locate = async (signal) => {
    signal.throwIfAborted();
    return this.whereabouts(signal);
  };

  /** The newest connection. */
  get connection(): FakeConnection {
    const connection = this.connections.at(-1);
    if (!connection) throw new Error("lap has not connected");
    return connection;
  }

  /** From now on the sandbox is out of reach. */
  vanish(): void {
    this.upgrade = () => {
      throw refused();
    };
  }

  /** It is in reach again. */
  appear(): void {
    this.upgrade = () => {};
  }
}

/** Never answers, until the signal. */
export function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );
}
