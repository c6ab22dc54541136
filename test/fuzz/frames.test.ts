import { expect, test } from "bun:test";
import { fuzzFrames } from "../support/fuzz/frames.ts";

const CASES = 160;
const AT_ONCE = 16;

for (let first = 1; first <= CASES; first += AT_ONCE) {
  test(`frames of any kind, seeds ${first} to ${first + AT_ONCE - 1}`, async () => {
    const seeds = Array.from({ length: AT_ONCE }, (_, index) => first + index);
    const faults = await Promise.all(seeds.map(fuzzFrames));
    const found = seeds.map((seed, index) => [seed, faults[index]]);
    expect(found).toEqual(seeds.map((seed) => [seed, []]));
  });
}
