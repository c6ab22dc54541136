import { expect, test } from "bun:test";
import { addHint, Interrupted, LapError, UsageError } from "../src/errors.ts";

test("an error carries a sentence, a next step, an exit code and its cause", () => {
  const cause = new Error("below");
  const error = new LapError("it broke", { hint: "mend it", exitCode: 4, cause });
  expect([error.message, error.hint, error.exitCode, error.cause, error.name]).toEqual([
    "it broke",
    "mend it",
    4,
    cause,
    "LapError",
  ]);
  expect(new UsageError("x").name).toBe("UsageError");
});

test("one more line of hint changes nothing else", () => {
  const more = addHint(new UsageError("unknown flag", "a"), "b");
  expect([more.message, more.hint, more.exitCode]).toEqual(["unknown flag", "a\nb", 2]);
  expect(addHint(new LapError("x"), "b").hint).toBe("b");
  const interrupted = addHint(new Interrupted("SIGTERM", "stopped"), "b");
  expect(interrupted).toBeInstanceOf(Interrupted);
  expect([interrupted.message, interrupted.hint, interrupted.exitCode]).toEqual([
    "stopped",
    "b",
    143,
  ]);
});
