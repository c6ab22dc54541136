const KIB = 1024;
/** What systems let a sender be ahead at first, more or less. */
export const FIRST_WINDOW = 64 * KIB;
/** What the fastest terminals need. */
export const LARGEST_WINDOW = 240 * KIB;
/** So long keeps a terminal busy while lap and the sandbox are woken, in milliseconds. */
const WAKING_MS = 3;

/**
 * How many bytes a sandbox near by may be ahead of lap: what keeps the terminal busy while more is
 * fetched, and little beyond, since all of it is shown before the answer to a Ctrl-C.
 *
 * @param pace bytes that the terminal takes in a millisecond.
 */
export function windowFor(pace: number): number {
  return Math.min(Math.max(Math.round(pace * WAKING_MS), FIRST_WINDOW), LARGEST_WINDOW);
}

/** A larger window, for a terminal that has kept up with one of so many bytes. */
export function widened(window: number): number {
  return Math.min(2 * window, LARGEST_WINDOW);
}
