import { describe, expect, test } from "bun:test";
import { clean, cleanLine, formatAge, formatDuration } from "../../src/ui/text.ts";

describe("a server's text on one line of a terminal", () => {
  test.each([
    ["plain words stay", "refactor bot", "refactor bot"],
    ["letters of every script stay", "Übergröße 世界 שלום", "Übergröße 世界 שלום"],
    ["joined emoji stay", "👩‍💻 ok", "👩‍💻 ok"],
    ["colours go", "\x1b[31mred\x1b[0m", "red"],
    ["a screen's erasure goes", "a\x1b[2Jb", "ab"],
    ["a title goes", "a\x1b]0;owned\x07b", "ab"],
    ["a link goes, its words stay", "\x1b]8;;http://x\x1b\\docs\x1b]8;;\x1b\\", "docs"],
    ["an escape cut short does nothing", "a\x1b]0;owned", "a;owned"],
    ["C1 controls go", "a\u009b31mb", "ab"],
    ["bells and backspaces go", "a\x07b\x08c", "abc"],
    ["DEL goes", "a\x7fb", "ab"],
    ["line breaks become a space", "a\r\nb\nc", "a b c"],
    ["tabs and runs of spaces become one", "a\t  b", "a b"],
    ["line and paragraph separators become a space", "a\u2028b\u2029c", "a b c"],
    ["bidirectional overrides go", "a\u202eb\u202cc", "abc"],
    ["isolates go", "a\u2066b\u2069c", "abc"],
    ["marks of direction go", "a\u200e\u200f\u061cb", "ab"],
    ["spaces at the ends go", "  a  ", "a"],
    ["nothing is left of nothing", "\x1b[31m\u202e ", ""],
  ])("%s", (_, text, expected) => {
    expect(clean(text)).toBe(expected);
  });
});

test.each([
  [0, "0.0 s"],
  [420, "0.4 s"],
  [9_940, "9.9 s"],
  [9_960, "10 s"],
  [59_400, "59 s"],
  [59_600, "1 min 0 s"],
  [185_000, "3 min 5 s"],
  [600_000, "10 min 0 s"],
])("%p ms reads as %s", (ms, words) => {
  expect(formatDuration(ms)).toBe(words);
});

test.each([
  [0, "0 s"],
  [999, "0 s"],
  [119_999, "119 s"],
  [120_000, "2 min"],
  [119 * 60_000 + 59_999, "119 min"],
  [120 * 60_000, "2 h"],
  [47 * 3_600_000 + 1, "47 h"],
  [48 * 3_600_000, "2 d"],
  [1_000 * 86_400_000, "1000 d"],
])("%p ms are an age of %s", (ms, words) => {
  expect(formatAge(ms)).toBe(words);
});

describe("a line of a log", () => {
  test.each([
    ["keeps its indentation and its tabs", "  a\t b", "  a\t b"],
    ["loses its colours", "\x1b[1;31mred\x1b[0m", "red"],
    ["loses bells, overrides and C1 controls", "a\x07\u202eb\u009b31mc", "abc"],
    ["loses its end of DOS, and spaces before it", "a  \r", "a"],
    ["keeps what was drawn last over itself", "10%\r50%\r100%\r", "100%"],
    ["may be empty", "\r", ""],
  ])("%s", (_, text, expected) => {
    expect(cleanLine(text)).toBe(expected);
  });
});
