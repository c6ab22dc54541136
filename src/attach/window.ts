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
 * How many bytes a sandbox near by may be ahead of lap: what keeps the terminal busy while more is
 * fetched, and little beyond, since all of it is shown before the answer to a Ctrl-C.
 *
 * @param pace bytes that the terminal takes in a millisecond.
 */
export function windowFor(pace: number): number {
  return pace >= FAST ? UNLIMITED : Math.max(Math.round(pace * WAKING_MS), FIRST_WINDOW);
}

/** A larger window, for a terminal that has kept up with one of so many bytes. */
export function widened(window: number): number {
  return Math.max(window, Math.min(2 * window, WIDENED_WINDOW));
}
