import { ApiError, type Client, PlatformUnreachable } from "../api/client.ts";
import { getSession, type Session } from "../api/sessions.ts";
import type { Clock } from "../clock.ts";
import { LapError } from "../errors.ts";
import { clean, formatDuration } from "../ui/text.ts";

/** Delays between polls: at once, then growing. The longest decides how long after `ready` lap notices. */
export function pollDelay(poll: number): number {
  const FIRST_MS = 100;
  const LONGEST_MS = 400;
  return Math.min(FIRST_MS * 1.25 ** poll, LONGEST_MS);
}

/** How long the platform may be out of reach while a session starts. */
const OUTAGE_MS = 30_000;

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
 * @throws LapError where it failed, died, is gone or took too long, with the phases seen.
 */
export async function waitUntilReady(
  client: Client,
  session: Session,
  { clock, signal, timeoutMs, onPhase }: WaitOptions,
): Promise<Session> {
  const start = clock.now();
  const phases: string[] = [];
  let current: Session | undefined = session;
  let reachedAt = start;
  for (let poll = 0; ; poll++) {
    if (!current) throw new SessionEnded(`session ${session.id} is gone`, { hint: NEW_HINT });
    if (current.status === "ready") return current;
    if (current.status !== "creating") throw ended(current, phases);
    const label = phaseWords(current) ?? "creating";
    if (phases.at(-1) !== label) phases.push(label);
    onPhase(label);
    const waited = clock.now() - start;
    if (waited >= timeoutMs) {
      throw new LapError(`the session is not ready after ${formatDuration(waited)}`, {
        hint: `Phases seen: ${phases.join(" → ")}.`,
      });
    }
    // The first poll follows the create at once: a warm sandbox is often ready by then.
    if (poll > 0) await clock.sleep(Math.min(pollDelay(poll - 1), timeoutMs - waited), signal);
    try {
      current = await getSession(client, session.id, signal);
      reachedAt = clock.now();
    } catch (error) {
      if (!isPassing(error) || clock.now() - reachedAt > OUTAGE_MS) throw error;
    }
  }
}

const NEW_HINT = "Run `lap <agent> --new` for a fresh sandbox.";

/** A session that is there no more, or will not become ready. */
export class SessionEnded extends LapError {}

/** Words for a session that will not become ready, after the phases that were seen of it. */
export function ended(session: Session, before: readonly string[] = []): SessionEnded {
  const reason = session.failureReason ? `: ${session.failureReason}` : "";
  const last = phaseWords(session);
  const phases = last && last !== before.at(-1) ? [...before, last] : before;
  const seen = phases.length > 0 ? `Phases seen: ${phases.join(" → ")}.\n` : "";
  return new SessionEnded(`session ${session.id} is ${session.status}${reason}`, {
    hint: `${seen}${NEW_HINT}`,
  });
}

/** What bring-up is doing, as a label: phases repeat and go backwards (PROTOCOL 3). */
export function phaseWords({ phase, phaseDetail }: Session): string | undefined {
  // After a restart `ready` is left over from before.
  if (!phase || phase === "ready") return undefined;
  const words = phase.replaceAll("_", " ");
  return clean(phaseDetail ? `${words} (${phaseDetail})` : words);
}

/** Whether an answer says nothing of the session: the platform may be itself again in a moment. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof PlatformUnreachable ||
    (error instanceof ApiError &&
      (error.status >= 500 || error.status === 429 || (error.status === 404 && !error.missing)))
  );
}
