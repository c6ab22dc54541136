import { expect, test } from "bun:test";
import { END_SIGNALS } from "../../src/errors.ts";
import { ignores } from "../../src/term/ignored.ts";

test.each([
  ["0000000000001000", []],
  ["0000000001001001", ["SIGHUP"]],
  ["0000000000000002", ["SIGINT"]],
  ["0000000000004000", ["SIGTERM"]],
  ["ffffffffffffffff", END_SIGNALS],
])("SigIgn %s", (mask, ignored) => {
  const status = `Name:\tlap\nSigBlk:\tffffffffffffffff\nSigIgn:\t${mask}\nSigCgt:\tffffffffffffffff\n`;
  expect(END_SIGNALS.filter((signal) => ignores(status, signal))).toEqual(ignored as never);
});

test("a status that says nothing of it ignores nothing", () => {
  expect(ignores("Name:\tlap\n", "SIGHUP")).toBe(false);
});
