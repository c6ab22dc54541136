import type { Clock } from "../clock.ts";
import type { Chord, KeySequence } from "../keys/chord.ts";
import type { Terminal } from "../term/terminal.ts";
import { Bridge } from "./bridge.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Connect } from "./transport.ts";
import type { WarmthPolicy } from "./warmth.ts";
import type { Locate } from "./whereabouts.ts";

export interface AttachOptions {
  /** Where the session is at first. */
  endpoint: Endpoint;
  connect: Connect;
  /** Asks where the session is now, to come back to it. Undefined: a lost connection is the end. */
  locate: Locate | undefined;
  /** Told, before the terminal is taken over, why joining takes time, and that it is over. */
  waiting: { update(label: string): void; done(): void };
  warmth: WarmthPolicy;
  terminal: Terminal;
  clock: Clock;
  signal: AbortSignal;
  detachKeys: KeySequence;
  /** Undefined: no lap key. */
  escapeKey: Chord | undefined;
  /** Send nothing: neither input nor sizes. */
  readOnly: boolean;
  /** Shown in connection info. */
  sessionId: string;
  /** Ends the session on the platform. Answers why that failed, in words fit for the screen. */
  stopSession: (signal: AbortSignal) => Promise<string | undefined>;
}

/** How an attachment ended. The terminal is the person's again by then. */
export type AttachEnd =
  /**
   * `livesMs`: how long the session lives by itself, where it does not live for ever. `unsent`: bytes
   * of input that were still waiting for a connection, or for one that stalls. `stopping`: the platform was asked to stop the
   * session, and has not answered.
   */
  | { kind: "detached"; livesMs?: number | undefined; unsent: number; stopping?: boolean }
  /** The program in the sandbox ended by itself; `unsent` as above. */
  | { kind: "exited"; unsent?: number }
  /** The person stopped the session with the lap key. */
  | { kind: "stopped" }
  /**
   * The connection ended otherwise; `quiet` where nothing had come over it, `repeated` where it was
   * closed at once, again and again. `uncertain`: bytes of input that may not have arrived.
   * `unsent` as above.
   */
  | {
      kind: "closed";
      code: number;
      reason: string;
      quiet: boolean;
      repeated: boolean;
      uncertain?: number;
      unsent?: number;
    }
  /** There is no coming back after a loss, for this reason; `unsent` as above. */
  | { kind: "failed"; error: unknown; unsent: number }
  /** The local terminal is gone. */
  | { kind: "hangup" };

/**
 * Joins the local terminal, which is hushed by then, to a sandbox's until one of them, or the person,
 * ends it. Raw mode is entered once the connection is open, and left before this returns or throws. A
 * connection that is lost meanwhile is opened again, for as long as the session lives.
 *
 * @throws UpgradeError where the connection does not open; what `locate` throws before it has; the
 *   signal's reason when aborted.
 */
export async function attach(options: AttachOptions): Promise<AttachEnd> {
  const { terminal, signal, waiting } = options;
  const ended = Promise.withResolvers<AttachEnd>();
  const bridge = new Bridge(options, ended);
  const onAbort = () => ended.reject(signal.reason);
  let joined = false;
  let cut = 0;
  let end: AttachEnd;
  try {
    await bridge.open(signal, waiting.update);
    joined = true;
    waiting.done();
    signal.addEventListener("abort", onAbort);
    signal.throwIfAborted();
    bridge.start();
    end = await ended.promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
    if (joined) cut = await bridge.leave();
    else await terminal.close();
  }
  // It ended otherwise, but a terminal that did not read held that up until the signal came.
  if (terminal.pending > 0) signal.throwIfAborted();
  return end.kind === "detached" ? { ...end, unsent: end.unsent + cut } : end;
}
