import { askingOnce, type Client } from "../api/client.ts";
import { isPassing } from "../api/faults.ts";
import { getSession, type Session } from "../api/sessions.ts";
import type { Clock } from "../clock.ts";
import { LapError } from "../errors.ts";
import { clean, formatDuration } from "../ui/text.ts";
import { explainStart } from "./explain.ts";

/** Delays between polls: at once, then growing. The longest decides how long after `ready` lap notices. */
export function pollDelay(poll: number): number {
  const FIRST_MS = 100;
  const LONGEST_MS = 400;
  return Math.min(FIRST_MS * 1.25 ** poll, LONGEST_MS);
}

/** How long the platform may be out of reach while a session starts. */
export const OUTAGE_MS = 30_000;

export interface WaitOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Give up after this long. */
  timeoutMs: number;
  /** Told at every poll what bring-up is doing. */
  onPhase: (label: string) => void;
}

/**
 * Polls a session, at once and then at growing intervals, until it is ready.
 *
 * @throws LapError where it failed, died, is gone or took too long, with the phases seen and with what
 *   the platform knows of a start that failed or takes too long.
 */
export async function waitUntilReady(
  client: Client,
  session: Session,
  options: WaitOptions,
): Promise<Session> {
  const { clock, signal, timeoutMs, onPhase } = options;
  const start = clock.now();
  const phases: string[] = [];
  let current: Session | undefined = session;
  let reachedAt = start;
  for (let poll = 0; ; poll++) {
    if (!current) throw new SessionEnded(`session ${session.id} is gone`, { hint: NEW_HINT });
    if (current.status === "ready") return current;
    if (current.status !== "creating") {
      // One that was dead before anybody waited is no start that failed.
      const started = current.status === "failed" || phases.length > 0;
      const why = started ? await explainStart(client, session.id, options) : [];
      throw ended(current, phases, why);
    }
    const label = phaseWords(current) ?? "creating";
    if (phases.at(-1) !== label) phases.push(label);
    onPhase(label);
    const waited = clock.now() - start;
    if (waited >= timeoutMs) {
      const why = await explainStart(client, session.id, options);
      throw new LapError(`the session is not ready after ${formatDuration(waited)}`, {
        hint: [`Phases seen: ${phases.join(" → ")}.`, ...why].join("\n"),
      });
    }
    // The first poll follows the create at once: a warm sandbox is often ready by then.
    if (poll > 0) await clock.sleep(Math.min(pollDelay(poll - 1), timeoutMs - waited), signal);
    try {
      current = await getSession(askingOnce(client), session.id, signal);
      reachedAt = clock.now();
    } catch (error) {
      if (!isPassing(error) || clock.now() - reachedAt > OUTAGE_MS) throw error;
    }
  }
}

const NEW_HINT = "Run `lap <agent> --new` for a fresh sandbox.";

/** A session that is there no more, or will not become ready. */
export class SessionEnded extends LapError {}

/**
 * Words for a session that will not become ready, after the phases that were seen of it.
 *
 * @param why what else is known about it, in lines.
 */
export function ended(
  session: Session,
  before: readonly string[] = [],
  why: readonly string[] = [],
): SessionEnded {
  const reason = session.failureReason ? `: ${session.failureReason}` : "";
  const last = phaseWords(session);
  const phases = last && last !== before.at(-1) ? [...before, last] : before;
  const seen = phases.length > 0 ? [`Phases seen: ${phases.join(" → ")}.`] : [];
  return new SessionEnded(`session ${session.id} is ${session.status}${reason}`, {
    hint: [...seen, ...why, NEW_HINT].join("\n"),
  });
}

/** What bring-up is doing, as a label: phases repeat and go backwards (PROTOCOL 3). */
export function phaseWords({ phase, phaseDetail }: Session): string | undefined {
  // After a restart `ready` is left over from before.
  if (!phase || phase === "ready") return undefined;
  const words = phase.replaceAll("_", " ");
  return clean(phaseDetail ? `${words} (${phaseDetail})` : words);
}
