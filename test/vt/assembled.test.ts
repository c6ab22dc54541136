import { expect, test } from "bun:test";
import { assemble } from "../../scripts/assemble.ts";
import { CODE } from "../../src/vt/assembled.ts";

test("the code is what scan.wat assembles to", async () => {
  expect(await assemble()).toBe(CODE);
});
