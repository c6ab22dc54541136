const KIB = 1024;
/** What systems let a sender be ahead at first, more or less. */
export const FIRST_WINDOW = 64 * KIB;
/** As far as it is widened for a terminal whose pace nobody knows: it only kept up with what came. */
const WIDENED_WINDOW = 128 * KIB;
/** What the system lets it grow to. */
export const UNLIMITED = Number.POSITIVE_INFINITY;
/** A terminal that takes so many bytes in a millisecond has soon taken whatever a system holds. */
const FAST = 50_000;
/** So long keeps a terminal busy while lap and the sandbox are woken, in milliseconds. */
const WAKING_MS = 3;
/**
 * What may stand between lap and a slow terminal and takes so much at once: ssh with its window and its
 * system's buffers, some 12 MB.
 */
const BETWEEN_BYTES = 16 * KIB * KIB;

/**
 * How many bytes a sandbox near by may be ahead of lap: what keeps the terminal busy while more is
 * fetched, and little beyond, since all of it is shown before the answer to a Ctrl-C.
 *
 * @param pace bytes that the terminal takes in a millisecond.
 * @param taken bytes that it has taken in one go, and was not slow.
 */
export function windowFor(pace: number, taken: number): number {
  if (isFast(pace) && taken >= BETWEEN_BYTES) return UNLIMITED;
  return Math.max(Math.round(Math.min(pace, FAST) * WAKING_MS), FIRST_WINDOW);
}

/** Whether a terminal of this pace, see `windowFor`, is not a slow one. */
export function isFast(pace: number): boolean {
  return pace >= FAST;
}

/** A larger window, for a terminal that has kept up with one of so many bytes. */
export function widened(window: number): number {
  return Math.max(window, Math.min(2 * window, WIDENED_WINDOW));
}
