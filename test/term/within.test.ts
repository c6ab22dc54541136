import { expect, test } from "bun:test";
import { within, withinOnce } from "../../src/term/within.ts";
import { settled } from "../support/clock.ts";

const SOON_MS = 1;
const NEVER_MS = 1_000_000;

test("without a signal, work takes as long as it takes", async () => {
  const work = Promise.withResolvers<void>();
  let result: boolean | undefined;
  void withinOnce(new AbortController().signal, 0, work.promise).then((over) => (result = over));
  // Behind whatever no time at all would have ended.
  await within(0, new Promise<void>(() => {}));
  expect(result).toBeUndefined();
  work.resolve();
  await settled();
  expect(result).toBe(true);
});

test.each([
  ["before", true],
  ["meanwhile", false],
])("with a signal that came %s, it takes no longer than it may", async (_, early) => {
  const ending = new AbortController();
  if (early) ending.abort();
  const result = withinOnce(ending.signal, SOON_MS, new Promise<void>(() => {}));
  ending.abort();
  expect(await result).toBe(false);
});

test("work that ends within that time is waited for", async () => {
  const work = Promise.withResolvers<void>();
  const result = withinOnce(AbortSignal.abort(), NEVER_MS, work.promise);
  work.resolve();
  expect(await result).toBe(true);
});
