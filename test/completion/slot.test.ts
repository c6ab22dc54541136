import { describe, expect, test } from "bun:test";
import type { LapArgs } from "../../src/commands/command.ts";
import { slotOf } from "../../src/completion/slot.ts";

const ARGS: LapArgs = {
  first: { type: "positional", required: true },
  rest: { type: "positional", required: false, repeated: true },
  agent: { type: "string", valueHint: "name" },
  follow: { type: "boolean", alias: "f" },
  tail: { type: "string", alias: "n" },
  tty: { type: "boolean", default: true, negativeDescription: "Without" },
};

/** The slot in a word: an argument's name and what stands before its value, or the flags given. */
function slot(words: string[], current = "", args = ARGS): string {
  const found = slotOf(args, words, current);
  if (!found) return "nothing";
  return found.kind === "flag"
    ? `a flag, not ${[...found.given].join(" ")}`
    : `${found.lead}${found.name}`;
}

describe("what is being typed", () => {
  test.each<[string[], string, string]>([
    [[], "", "first"],
    [[], "x", "first"],
    [["x"], "", "rest"],
    [["x", "y", "z"], "", "rest"],
    [[], "-", "a flag, not "],
    [[], "--ag", "a flag, not "],
    [["x", "--follow"], "-", "a flag, not follow"],
    [["--no-tty", "-f"], "--", "a flag, not tty follow"],
    [["--agent"], "", "agent"],
    [["--agent"], "--odd", "agent"],
    [["--agent", "bot"], "", "first"],
    [["--agent=bot"], "", "first"],
    [[], "--agent=", "--agent=agent"],
    [[], "--agent=bo", "--agent=agent"],
    [[], "--follow=", "nothing"],
    [[], "--first=", "a flag, not "],
    [["--follow"], "", "first"],
    [["-f"], "", "first"],
    [["-n"], "", "tail"],
    [["-n", "5"], "", "first"],
    [["--"], "-", "first"],
    [["--", "--agent"], "", "rest"],
    [["--agent", "--"], "", "first"],
    [["--unknown"], "", "first"],
  ])("lap %p %p", (words, current, expected) => {
    expect(slot(words, current)).toBe(expected);
  });

  test("nothing, where a command takes no more", () => {
    const args: LapArgs = { one: { type: "positional" } };
    expect(slot(["x"], "", args)).toBe("nothing");
    expect(slot([], "", {})).toBe("nothing");
  });
});
