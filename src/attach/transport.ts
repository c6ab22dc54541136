import { LapError } from "../errors.ts";
import type { Route } from "../net/route.ts";
import type { Endpoint } from "./endpoint.ts";

/** The terminal could not be joined. */
export class UpgradeError extends LapError {
  /** The HTTP status of the refusal, where there was an answer. */
  readonly status: number | undefined;
  /** Whether it may mend by itself within seconds. */
  readonly passing: boolean;

  constructor(message: string, hint: string, cause: { status?: number; passing: boolean }) {
    super(message, { hint });
    this.status = cause.status;
    this.passing = cause.passing;
  }
}

/** The WebSocket close code of a path that dropped. */
export const ABNORMAL_CLOSURE = 1006;

/** How a connection ended. */
export interface TransportEnd {
  /** The WebSocket close code, 1005 for a close without one. */
  code: number;
  reason: string;
}

export interface TransportListeners {
  /** Bytes for the screen. */
  onData(bytes: Uint8Array): void;
  /** The sandbox answered the ping of that number. */
  onPong(id: number): void;
  onEnd(end: TransportEnd): void;
}

/** A joined connection to a sandbox's terminal. */
export interface Transport {
  /** False once its end is known, which is told a little later: what is sent meanwhile is thrown away. */
  readonly open: boolean;
  /** Keystrokes as they are: a binary frame, which is never taken for a message (PROTOCOL 6.4). */
  sendInput(bytes: Uint8Array): void;
  /** A control message: a text frame. */
  sendResize(columns: number, rows: number): void;
  /** Bytes accepted and not yet on the wire. */
  readonly buffered: number;
  /** Stops reading, so that the sandbox is held back instead of memory filled. */
  pause(): void;
  resume(): void;
  /**
   * Has what the system takes in ahead of lap grow to about so many bytes and no further, where the other
   * end is near by. It never shrinks. Before the first call it grows, as it does with `UNLIMITED`.
   */
  limit(bytes: number): void;
  /** Asks the sandbox for an answer which carries this number. */
  ping(id: number): void;
  /**
   * Leaves: what was sent is still delivered, for a moment, and nothing more is heard. Answers at its end
   * how many bytes were not on the wire by then.
   */
  close(): Promise<number>;
  /** Gives the connection up, with all that waits in it. */
  terminate(): void;
}

/**
 * Opens a connection.
 *
 * @param route how to get there.
 * @throws UpgradeError where it is refused or nobody answers, and the signal's reason when aborted.
 */
export type Connect = (
  endpoint: Endpoint,
  listeners: TransportListeners,
  signal: AbortSignal,
  route?: Route,
) => Promise<Transport>;
