import { describe, expect, test } from "bun:test";
import { FULL_RESET } from "../../src/vt/reset.ts";
import { KeyboardFlags, TitleStack } from "../../src/vt/stacks.ts";

const MAX_DEPTH = 255;
const MAX_TITLES = 10;

describe("keyboard flags", () => {
  test.each<[pushes: number, undo: string]>([
    [0, ""],
    [1, "\x1b[<1u"],
    [MAX_DEPTH, `\x1b[<${MAX_DEPTH}u`],
    [MAX_DEPTH + 1, `\x1b[<${MAX_DEPTH}u`],
    [10_000, `\x1b[<${MAX_DEPTH}u`],
  ])("pushed %d times", (pushes, undo) => {
    const flags = new KeyboardFlags();
    for (let push = 1; push <= pushes; push++) flags.push(push === pushes ? 5 : 1);
    expect(flags.undo()).toBe(undo);
    expect(flags.current).toBe(pushes > 0 ? 5 : 0);
    expect(flags.redo().split("\x1b[>").length - 1).toBe(Math.min(pushes, MAX_DEPTH));
  });

  test("pushed without end come off with as many pops as are kept", () => {
    const flags = new KeyboardFlags();
    for (let push = 0; push < 10_000; push++) flags.push(1);
    flags.pop(MAX_DEPTH);
    expect([flags.undo(), flags.current]).toEqual(["", 0]);
  });
});

describe("titles", () => {
  test.each([0, 1, MAX_TITLES, MAX_TITLES + 1, 10_000])("pushed %d times", (pushes) => {
    const titles = new TitleStack();
    for (let push = 0; push < pushes; push++) titles.push(0);
    const kept = Math.min(pushes, MAX_TITLES);
    expect(titles.undo()).toBe("\x1b[23;0t".repeat(kept));
    expect(titles.redo()).toBe("\x1b[22;0t".repeat(kept));
  });

  test("beyond those that a terminal keeps, the oldest are gone", () => {
    const titles = new TitleStack();
    titles.push(1);
    for (let push = 0; push < MAX_TITLES; push++) titles.push(2);
    expect(titles.undo()).toBe("\x1b[23;2t".repeat(MAX_TITLES));
  });
});

test("a full reset leaves grapheme clusters as they are: some terminals have them on from the start", () => {
  expect(FULL_RESET).not.toContain("?2027");
  expect(FULL_RESET).toContain("\x1b[?2026l");
});
