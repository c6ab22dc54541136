import { expect, test } from "bun:test";
import { FIRST_WINDOW, UNLIMITED, widened, windowFor } from "../../src/attach/window.ts";

const MIB = 1024 * 1024;

test.each<[name: string, megabytesPerSecond: number, takenMib: number, window: number]>([
  ["a slow terminal: what systems begin with", 1, 64, FIRST_WINDOW],
  ["one of 20 MB/s", 20, 64, FIRST_WINDOW],
  ["one of 40 MB/s: what it takes until more is there", 40, 64, 120_000],
  ["a fast one", 50, 16, UNLIMITED],
  ["one that took all at once", Number.POSITIVE_INFINITY, 16, UNLIMITED],
  ["one that took no more than what stands before it may have", 50, 15, 150_000],
  ["one of which that took all at once", Number.POSITIVE_INFINITY, 15, 150_000],
])("the window for %s", (_, megabytesPerSecond, takenMib, window) => {
  expect(windowFor(megabytesPerSecond * 1000, takenMib * MIB)).toBe(window);
});

test.each<[window: number, wider: number]>([
  [FIRST_WINDOW, 2 * FIRST_WINDOW],
  [100_000, 128 * 1024],
  [140_000, 140_000],
  [UNLIMITED, UNLIMITED],
])("a window of %p is widened to %p", (window, wider) => {
  expect(widened(window)).toBe(wider);
});
