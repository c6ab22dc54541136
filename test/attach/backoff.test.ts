import { describe, expect, test } from "bun:test";
import { backoffDelay, tryTimeout } from "../../src/attach/backoff.ts";

describe("the wait before a try to come back", () => {
  for (const [attempt, ms] of [
    [0, 0],
    [1, 500],
    [2, 1_000],
    [3, 2_000],
    [4, 4_000],
    [5, 8_000],
    [6, 15_000],
    [7, 15_000],
    [1_000_000, 15_000],
  ] as const) {
    test(`is ${ms} ms before try ${attempt}, give or take a fifth`, () => {
      expect(backoffDelay(attempt, 0.5)).toBe(ms);
      expect(backoffDelay(attempt, 0)).toBe(Math.round(ms * 0.8));
      expect(backoffDelay(attempt, 1)).toBe(Math.round(ms * 1.2));
    });
  }
});

test("a try may take longer each time, up to 20 s", () => {
  const limits = [0, 1, 2, 7, 8, 9, 1_000_000].map(tryTimeout);
  expect(limits).toEqual([4_000, 6_000, 8_000, 18_000, 20_000, 20_000, 20_000]);
});
