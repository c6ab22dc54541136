/** Numbers from 0 to 1 (without that), the same on every run (mulberry32). */
export function fractions(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Whole numbers from 0 up to what is asked for (without that). */
export type Below = (limit: number) => number;

/** Whole numbers, the same on every run. */
export function random(seed: number): Below {
  const next = fractions(seed);
  return (limit) => Math.floor(next() * limit);
}

export function pick<T>(below: Below, from: readonly T[]): T {
  return from[below(from.length)] as T;
}
