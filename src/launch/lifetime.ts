import type { Session } from "../api/sessions.ts";

/** A session's times in milliseconds, none of them negative; undefined where they mean nothing. */
export interface Lifetime {
  /** Since it was made. */
  age: number | undefined;
  /** Since the platform last counted it as used, of a ready one. */
  idle: number | undefined;
  /** Until the platform ends a ready one for being idle; null: never. */
  left: number | null | undefined;
  /** The platform does not say how long it lets a session idle: `left` is a guess. */
  guessed: boolean;
}

/** What today's platforms allow (PROTOCOL 4), for those that do not say. */
const USUAL_IDLE_TIMEOUT_MS = 15 * 60_000;

/**
 * How old a session is, and how long it lives on unused (PROTOCOL 4).
 *
 * @param now by the platform's clock, see `platformTime`.
 */
export function lifetime(session: Session, now: number): Lifetime {
  const { status, createdAt, lastSeenAt, idleTimeoutMs } = session;
  const since = (time: number | undefined) =>
    time === undefined ? undefined : Math.max(0, now - time);
  const age = since(createdAt);
  if (status !== "ready") return { age, idle: undefined, left: undefined, guessed: false };
  const idle = since(lastSeenAt ?? createdAt);
  if (idleTimeoutMs === null) return { age, idle, left: null, guessed: false };
  const left = idle === undefined ? undefined : (idleTimeoutMs ?? USUAL_IDLE_TIMEOUT_MS) - idle;
  return {
    age,
    idle,
    left: left && Math.max(0, left),
    guessed: idleTimeoutMs === undefined,
  };
}

/** A time further ahead than this is a mistake, not a clock's. */
const MOST_AHEAD_MS = 24 * 60 * 60_000;

/**
 * The time by the platform's clock, as far as its sessions show it: no earlier than the latest of
 * their times, so that a clock of this machine that is behind does not promise more than there is.
 */
export function platformTime(sessions: readonly Session[], now: number): number {
  return sessions
    .flatMap(({ createdAt = now, lastSeenAt = now }) => [createdAt, lastSeenAt])
    .filter((time) => time - now <= MOST_AHEAD_MS)
    .reduce((latest, time) => Math.max(latest, time), now);
}
