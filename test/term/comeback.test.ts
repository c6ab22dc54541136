import { expect, test } from "bun:test";
import { Comeback } from "../../src/term/comeback.ts";
import { settled } from "../support/clock.ts";

/** A comeback whose takeovers end when the test says so, and what came of it. */
function stage() {
  const events: string[] = [];
  const ends: ((worked: boolean) => void)[] = [];
  const comeback = new Comeback(
    (signal) => {
      events.push("taken");
      const { promise, resolve } = Promise.withResolvers<boolean>();
      signal.addEventListener("abort", () => resolve(false));
      ends.push(resolve);
      return promise;
    },
    (worked) => events.push(worked ? "done" : "failed"),
  );
  const end = async (worked: boolean) => {
    ends.shift()?.(worked);
    await settled();
  };
  return { comeback, events, end };
}

test("however often it is asked for meanwhile, it is done once more and told once", async () => {
  const { comeback, events, end } = stage();
  for (let times = 0; times < 3; times++) comeback.begin();
  await end(true);
  expect(events).toEqual(["taken", "taken"]);
  await end(true);
  expect(events).toEqual(["taken", "taken", "done"]);
  comeback.begin();
  await end(true);
  expect(events.slice(3)).toEqual(["taken", "done"]);
});

test("one that fails is told, and not tried again", async () => {
  const { comeback, events, end } = stage();
  comeback.begin();
  comeback.begin();
  await end(false);
  expect(events).toEqual(["taken", "failed"]);
});

test("one that is given up is over then and not told, and the next one is", async () => {
  const { comeback, events, end } = stage();
  comeback.begin();
  comeback.begin();
  await comeback.giveUp();
  expect(events).toEqual(["taken"]);
  await comeback.giveUp();
  comeback.begin();
  await end(true); // of the one given up
  await end(true);
  expect(events).toEqual(["taken", "taken", "done"]);
});
