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

/** Input that did not get to the sandbox, or may not have. */
export interface Undelivered {
  /** Bytes that were still waiting for a connection, or for one that stalls. */
  unsent?: number;
  /** Bytes before them that were sent and may not have arrived. */
  uncertain?: number | undefined;
}

/** How an attachment ended. The terminal is the person's again by then. */
export type AttachEnd =
  /**
   * `livesMs`: how long the session lives by itself, where it does not live for ever. `stopping`: the
   * platform was asked to stop the session, and has not answered.
   */
  | ({ kind: "detached"; livesMs?: number | undefined; stopping?: boolean } & Undelivered)
  /** The program in the sandbox ended by itself. */
  | ({ kind: "exited" } & Undelivered)
  /** The person stopped the session with the lap key. */
  | { kind: "stopped" }
  /**
   * The connection ended otherwise; `quiet` where nothing had come over it, `repeated` where it was
   * closed at once, again and again.
   */
  | ({
      kind: "closed";
      code: number;
      reason: string;
      quiet: boolean;
      repeated: boolean;
    } & Undelivered)
  /** There is no coming back after a loss, for this reason. */
  | ({ kind: "failed"; error: unknown } & Undelivered)
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
  return end.kind === "detached" ? { ...end, ...withCut(end, cut) } : end;
}

/** What had been sent, and was cut off on its way out of here, is no more uncertain. */
function withCut({ unsent = 0, uncertain = 0 }: Undelivered, cut: number): Undelivered {
  return { unsent: unsent + cut, uncertain: Math.max(0, uncertain - cut) || undefined };
}
