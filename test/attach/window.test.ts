import { expect, test } from "bun:test";
import { FIRST_WINDOW, widened, windowFor } from "../../src/attach/window.ts";

const KIB = 1024;

test.each<[name: string, megabytesPerSecond: number, roundTripMs: number, window: number]>([
  ["a slow terminal near by: what systems begin with", 1, 0.2, FIRST_WINDOW],
  ["one of 20 MB/s", 20, 0.2, FIRST_WINDOW],
  ["one of 50 MB/s: what it takes until more is there", 50, 1, 200_000],
  ["a slow terminal far away", 1, 150, 153_000],
  ["a fast one: as much as is on the way meanwhile", 20, 50, 1_060_000],
  ["the fastest: no more than systems give", 80, 150, 4096 * KIB],
  ["one that took all at once", Number.POSITIVE_INFINITY, 0, 240_000],
])("the window for %s", (_, megabytesPerSecond, roundTripMs, window) => {
  expect(windowFor(megabytesPerSecond * 1000, roundTripMs)).toBe(window);
});

test.each<[name: string, window: number, roundTripMs: number, wider: number]>([
  ["doubles", FIRST_WINDOW, 1, 2 * FIRST_WINDOW],
  ["near by, it ends where no terminal needs more", 2 * FIRST_WINDOW, 0, 240_000],
  ["and stays there", 240_000, 0, 240_000],
  ["far away it goes on", 512 * KIB, 50, 1024 * KIB],
  ["to what systems give", 3000 * KIB, 150, 4096 * KIB],
  ["one that is wider stays", 4096 * KIB, 0, 4096 * KIB],
])("widened: %s", (_, window, roundTripMs, wider) => {
  expect(widened(window, roundTripMs)).toBe(wider);
});
