import { expect, test } from "bun:test";
import { FIRST_WINDOW, UNLIMITED, widened, windowFor } from "../../src/attach/window.ts";

test.each<[name: string, megabytesPerSecond: number, window: number]>([
  ["a slow terminal: what systems begin with", 1, FIRST_WINDOW],
  ["one of 20 MB/s", 20, FIRST_WINDOW],
  ["one of 40 MB/s: what it takes until more is there", 40, 120_000],
  ["a fast one", 50, UNLIMITED],
  ["one that took all at once", Number.POSITIVE_INFINITY, UNLIMITED],
])("the window for %s", (_, megabytesPerSecond, window) => {
  expect(windowFor(megabytesPerSecond * 1000)).toBe(window);
});

test.each<[window: number, wider: number]>([
  [FIRST_WINDOW, 2 * FIRST_WINDOW],
  [100_000, 128 * 1024],
  [140_000, 140_000],
  [UNLIMITED, UNLIMITED],
])("a window of %p is widened to %p", (window, wider) => {
  expect(widened(window)).toBe(wider);
});
