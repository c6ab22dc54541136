import { expect, test } from "bun:test";
import { wrap } from "../src/width.ts";

test.each([
  ["", 5, [""]],
  ["fits well", 9, ["fits well"]],
  ["breaks at words", 9, ["breaks at", "words"]],
  ["breaks a-word-that-is-longer", 8, ["breaks", "a-word-t", "hat-is-l", "onger"]],
  ["  indented is that", 10, ["  indented", "is that"]],
  ["name     value", 9, ["name", "value"]],
  ["世界世界 世界", 5, ["世界", "世界", "世界"]],
  ["👩‍👩‍👧👩‍👩‍👧 x", 3, ["👩‍👩‍👧", "👩‍👩‍👧", "x"]],
  ["abc", 1, ["a", "b", "c"]],
  ["世", 1, ["世"]],
])("%j in %d columns", (text, columns, lines) => expect(wrap(text, columns)).toEqual(lines));
