import { expect, test } from "bun:test";
import { FIRST_WINDOW, LARGEST_WINDOW, widened, windowFor } from "../../src/attach/window.ts";

test.each<[name: string, megabytesPerSecond: number, window: number]>([
  ["a slow terminal: what systems begin with", 1, FIRST_WINDOW],
  ["one of 20 MB/s", 20, FIRST_WINDOW],
  ["one of 50 MB/s: what it takes until more is there", 50, 150_000],
  ["the fastest", 100, LARGEST_WINDOW],
  ["one that took all at once", Number.POSITIVE_INFINITY, LARGEST_WINDOW],
])("the window for %s", (_, megabytesPerSecond, window) => {
  expect(windowFor(megabytesPerSecond * 1000)).toBe(window);
});

test.each<[window: number, wider: number]>([
  [FIRST_WINDOW, 2 * FIRST_WINDOW],
  [2 * FIRST_WINDOW, LARGEST_WINDOW],
  [LARGEST_WINDOW, LARGEST_WINDOW],
])("a window of %d is widened to %d", (window, wider) => {
  expect(widened(window)).toBe(wider);
});
