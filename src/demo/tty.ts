import type { PodLog } from "./podlog.ts";

/** A connected client as the program's side sees it. */
export interface TtyClient {
  /** Sends a text frame; never dropped, so mind `buffered`. */
  send(text: string): void;
  /** Ends the connection; without a code the client sees 1005. */
  close(code?: number, reason?: string): void;
  /** Bytes that were sent and that the client has not taken yet. */
  buffered(): number;
}

/** The program's side as one client's connection sees it. */
export interface TtyLink {
  keys(bytes: Uint8Array): void;
  resize(cols: number, rows: number): void;
  /** The client took some of what was buffered. */
  drained(): void;
  /** The client is gone. */
  closed(): void;
}

/** What the connections of one session talk to. */
export interface Tty {
  attach(client: TtyClient): TtyLink;
  /** The program's recent output, where that is kept. */
  readonly log?: PodLog;
  /** Ends the program; resolves once nothing of it is left. */
  stop(): Promise<void>;
}

/** A message of a client, told apart as the harness does it (PROTOCOL 6.4). */
export type ClientFrame =
  | { type: "keys"; bytes: Uint8Array }
  | { type: "resize"; cols: number; rows: number }
  | { type: "ping" };

/** The size field of a PTY is 16 bits wide. */
const MAX_SIZE = 0xffff;

/** Binary is typed. Text is typed too, unless it is a well-formed resize or ping. */
export function readFrame(message: string | Uint8Array): ClientFrame {
  if (typeof message !== "string") return { type: "keys", bytes: message };
  return readControl(message) ?? { type: "keys", bytes: new TextEncoder().encode(message) };
}

function readControl(text: string): ClientFrame | undefined {
  if (!text.startsWith("{")) return undefined;
  let value: { type?: unknown; cols?: unknown; rows?: unknown };
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (value.type === "ping") return { type: "ping" };
  const [cols, rows] = [size(value.cols), size(value.rows)];
  if (value.type !== "resize" || cols === undefined || rows === undefined) return undefined;
  return { type: "resize", cols, rows };
}

function size(value: unknown): number | undefined {
  if (typeof value !== "number" || !(value >= 1)) return undefined;
  return Math.min(Math.trunc(value), MAX_SIZE);
}
