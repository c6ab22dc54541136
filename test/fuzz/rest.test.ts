import { expect, test } from "bun:test";
import { fuzzRest } from "../support/fuzz/rest.ts";

const CASES = 400;
const AT_ONCE = 40;

// `bun run fuzz` goes on from other seeds, for as long as it is told to.
for (let first = 1; first <= CASES; first += AT_ONCE) {
  test(`odd answers to any command, seeds ${first} to ${first + AT_ONCE - 1}`, async () => {
    const found: Record<number, string[]> = {};
    for (let seed = first; seed < first + AT_ONCE; seed++) {
      const faults = await fuzzRest(seed);
      if (faults.length > 0) found[seed] = faults;
    }
    expect(found).toEqual({});
  });
}
