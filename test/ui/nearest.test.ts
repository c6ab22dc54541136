import { expect, test } from "bun:test";
import { nearest } from "../../src/ui/nearest.ts";

const NAMES = ["refactor-bot", "review-bot", "docs", "Docs-Writer", "a"];

test.each([
  ["a letter missing", "refactorbot", ["refactor-bot"]],
  ["letters swapped", "reveiw-bot", ["review-bot"]],
  ["another case", "DOCS", ["docs", "Docs-Writer"]],
  ["a beginning", "ref", ["refactor-bot"]],
  ["a part", "bot", ["review-bot", "refactor-bot"]],
  ["more than the name", "docs-writers", ["Docs-Writer", "docs"]],
  ["something else", "kubernetes", []],
  ["nothing", "", ["a"]],
])("%s: '%s'", (_, typed, expected) => {
  expect(nearest(typed, NAMES)).toEqual(expected);
});

test("no more than asked for, and each once", () => {
  const names = ["bot-1", "bot-2", "bot-2", "bot-3", "bot-4"];
  expect(nearest("bot-", names, 2)).toEqual(["bot-1", "bot-2"]);
  expect(nearest("bot-2", names)).toHaveLength(3);
});
