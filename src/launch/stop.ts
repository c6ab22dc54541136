import { askingOnce, type Client } from "../api/client.ts";
import { deleteSession, getSession, hasEnded, type Session } from "../api/sessions.ts";
import type { Clock } from "../clock.ts";

/**
 * How a session was stopped: `had ended` where there was nothing left to stop, `revived` where the end
 * of its bring-up had brought it back and it was deleted again.
 */
export type Stopped = "stopped" | "had ended" | "revived";

export interface StopOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Told when a session that was being created is watched after its deletion. */
  onWatch: () => void;
}

/** A platform gives up on a bring-up after this long (PROTOCOL 3). */
const MOST_WATCHED_MS = 10 * 60_000;
/** A bring-up of which nothing has moved for so long has ended with the pod that was taken from it. */
const QUIET_MS = 60_000;

/** The end of a bring-up is waited for, at once on a machine of one's own and for minutes in a cluster. */
function watchDelay(look: number): number {
  const FIRST_MS = 100;
  const LONGEST_MS = 2_000;
  return Math.min(FIRST_MS * 1.25 ** look, LONGEST_MS);
}

/**
 * Deletes a session. One that is still `creating` is brought back by the end of its bring-up, which
 * the deletion does not call off (PROTOCOL 4): it is looked at until that has ended, well or not, and
 * deleted again.
 *
 * @throws LapError where it could not be deleted, or not be seen to stay so; the signal's reason when
 *   aborted.
 */
export async function stopSession(
  client: Client,
  session: Session,
  { clock, signal, onWatch }: StopOptions,
): Promise<Stopped> {
  const existed = await deleteSession(client, session.id, signal);
  // Also where it had ended: what a failed bring-up left behind goes with it.
  if (!existed || hasEnded(session)) return "had ended";
  if (session.status !== "creating") return "stopped";
  onWatch();
  const start = clock.now();
  let movedAt = start;
  let seen = "";
  for (let look = 0; ; look++) {
    await clock.sleep(watchDelay(look), signal);
    let fault: unknown;
    try {
      const now = await getSession(askingOnce(client), session.id, signal);
      if (!now || now.status === "failed") return "stopped";
      if (!hasEnded(now)) await deleteSession(client, session.id, signal);
      if (now.status === "ready") return "revived";
      const state = `${now.status} ${now.phase} ${now.phaseDetail}`;
      if (state !== seen) movedAt = clock.now();
      seen = state;
    } catch (error) {
      signal.throwIfAborted();
      fault = error;
    }
    const over = clock.now() - movedAt >= QUIET_MS || clock.now() - start >= MOST_WATCHED_MS;
    // What cannot be looked at may pass, until nothing more is waited for.
    if (over && fault !== undefined) throw fault;
    if (over) return "stopped";
  }
}
