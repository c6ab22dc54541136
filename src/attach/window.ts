const KIB = 1024;
/** What systems let a sender be ahead at first, more or less. */
export const FIRST_WINDOW = 64 * KIB;
/** What they let that grow to, more or less. */
const LARGEST_WINDOW = 4096 * KIB;
/** So long keeps a terminal busy while lap and the sandbox are woken, in milliseconds. */
const WAKING_MS = 3;
/** Bytes that the fastest terminals take in a millisecond. */
const FASTEST = 80_000;

/**
 * How many bytes the sandbox may be ahead of lap: what keeps the terminal busy while more is fetched, and
 * little beyond, since all of it is shown before the answer to a Ctrl-C.
 *
 * @param pace bytes that the terminal takes in a millisecond.
 * @param roundTripMs how long a byte takes there and back.
 */
export function windowFor(pace: number, roundTripMs: number): number {
  const bytes = Math.round(Math.min(pace, FASTEST) * (roundTripMs + WAKING_MS));
  return Math.min(Math.max(bytes, FIRST_WINDOW), LARGEST_WINDOW);
}

/** A larger window, for a terminal that has kept up with one of so many bytes. */
export function widened(window: number, roundTripMs: number): number {
  return Math.max(window, Math.min(2 * window, windowFor(FASTEST, roundTripMs)));
}
