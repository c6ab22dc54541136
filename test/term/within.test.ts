import { expect, spyOn, test } from "bun:test";
import { getEventListeners } from "node:events";
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

const ENDS: [how: string, work: () => Promise<void>][] = [
  ["ends", async () => {}],
  ["fails", () => Promise.reject(new Error("a fault"))],
];

test.each(ENDS)(
  "work that %s in time leaves no timer behind, which would keep lap running",
  async (_, work) => {
    using set = spyOn(globalThis, "setTimeout");
    using cleared = spyOn(globalThis, "clearTimeout");
    await within(NEVER_MS, work()).catch(() => {});
    expect(set).toHaveBeenCalledTimes(1);
    const [timer] = set.mock.results;
    expect(cleared.mock.calls.some(([called]) => called === timer?.value)).toBe(true);
  },
);

test.each(ENDS)("work that %s leaves nobody who listens to the signal", async (_, work) => {
  const { signal } = new AbortController();
  const result = withinOnce(signal, NEVER_MS, work()).catch(() => {});
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  await result;
  expect(getEventListeners(signal, "abort")).toBeEmpty();
});
