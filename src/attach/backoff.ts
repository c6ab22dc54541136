const STEPS_MS = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000];
/** Keeps the laps that one rollout cut off from coming back in step. */
const JITTER = 0.2;

/**
 * How long to wait before a try to reconnect, in milliseconds: nothing, then longer each time.
 *
 * @param attempt tries since the connection was lost, from 0.
 * @param random from 0 to 1.
 */
export function backoffDelay(attempt: number, random: number): number {
  const step = STEPS_MS[Math.min(attempt, STEPS_MS.length - 1)] as number;
  return Math.round(step * (1 + JITTER * (2 * random - 1)));
}

/**
 * How long one try may take, in milliseconds. Short at first: a packet that a dead network swallowed
 * is sent again ever later, while a new try goes at once. Then longer, for networks that are slow.
 */
export function tryTimeout(attempt: number): number {
  return Math.min(4_000 + 2_000 * attempt, 20_000);
}
