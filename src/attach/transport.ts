import type { Endpoint } from "./endpoint.ts";

/** How a connection ended. */
export interface TransportEnd {
  /** The WebSocket close code: 1005 for a close without one, 1006 for a path that dropped. */
  code: number;
  reason: string;
}

export interface TransportListeners {
  /** Bytes for the screen. */
  onData(bytes: Uint8Array): void;
  /** The sandbox answered a ping. */
  onPong(): void;
  onEnd(end: TransportEnd): void;
}

/** A joined connection to a sandbox's terminal. */
export interface Transport {
  /** Keystrokes as they are: a binary frame, which is never taken for a message (PROTOCOL 6.4). */
  sendInput(bytes: Uint8Array): void;
  /** A control message: a text frame. */
  sendResize(columns: number, rows: number): void;
  /** Bytes accepted and not yet on the wire. */
  readonly buffered: number;
  /** Stops reading, so that the sandbox is held back instead of memory filled. */
  pause(): void;
  resume(): void;
  ping(): void;
  /** Leaves: what was sent is still delivered, nothing more is heard. Not waited for. */
  close(): void;
}

/**
 * Opens a connection.
 *
 * @throws UpgradeError where it is refused or nobody answers, and the signal's reason when aborted.
 */
export type Connect = (
  endpoint: Endpoint,
  listeners: TransportListeners,
  signal: AbortSignal,
) => Promise<Transport>;
