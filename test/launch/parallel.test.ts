import { expect, test } from "bun:test";
import { settleAll } from "../../src/launch/parallel.ts";

test("settles all in order, whichever fail, and no more than eight at once", async () => {
  let running = 0;
  let most = 0;
  const results = await settleAll(
    Array.from({ length: 50 }, (_, index) => index),
    async (index) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (index % 7 === 0) throw index;
      return index;
    },
  );
  const values = results.map((result) =>
    result.status === "fulfilled" ? result.value : -(result.reason as number),
  );
  expect(values.map(Math.abs)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  expect([values[7], values[8], most]).toEqual([-7, 8, 8]);
});

test("of nothing is nothing", async () => {
  expect(await settleAll([], () => Promise.reject())).toEqual([]);
});
