import { describe, expect, test } from "bun:test";
import { KEPT_MS, KeptKeys } from "../../src/attach/kept.ts";

const KIB = 1024;
const PASTE = "\x1b[200~";

/** Keeps each text from its second on. */
function keep(...typed: readonly (readonly [seconds: number, text: string])[]): KeptKeys {
  const keys = new KeptKeys();
  for (const [seconds, text] of typed) keys.add(Buffer.from(text), seconds * 1000);
  return keys;
}

function taken(keys: KeptKeys): string {
  return Buffer.concat(keys.take()).toString();
}

describe("what is typed while away", () => {
  test("comes in order, once, in the pieces in which it was typed", () => {
    const keys = keep([0, "l"], [1, "s\r"], [1, "pwd\r"]);
    expect([keys.empty, keys.bytes]).toEqual([false, 7]);
    expect(keys.take().map((bytes) => Buffer.from(bytes).toString())).toEqual([
      "l",
      "s\r",
      "pwd\r",
    ]);
    expect([keys.empty, keys.bytes, keys.due, keys.take()]).toEqual([true, 0, undefined, []]);
  });

  test("is a copy: the buffer that it was read into is read into again", () => {
    const keys = new KeptKeys();
    const read = Buffer.from("ls\r");
    keys.add(read, 0);
    read.fill("x");
    expect(taken(keys)).toBe("ls\r");
  });

  test("is due when its first key is 30 s old", () => {
    expect(KEPT_MS).toBe(30_000);
    expect(keep([7, "l"], [8, "s"]).due).toBe(37_000);
  });

  test("has room for 64 KiB to the byte; what does not fit goes whole, what fits after it stays", () => {
    const keys = keep([0, "x".repeat(64 * KIB - 1)]);
    expect(keys.add(Buffer.from("a\r"), 0)).toBe(false);
    expect(keys.add(Buffer.from("\r"), 0)).toBe(true);
    expect(keys.add(Buffer.from("\r"), 0)).toBe(false);
    expect(keys.bytes).toBe(64 * KIB);
    expect(taken(keys)).toEndWith("x\r");
    expect(keys.add(Buffer.alloc(64 * KIB), 0)).toBe(true);
  });

  test.each([
    ["nothing", [], false],
    ["a line that is not ended", [[0, "ls"]], true],
    ["a line that is", [[0, "ls\r"]], false],
    ["a paste, whose lines end nothing", [[0, `${PASTE}ls\r`]], true],
  ] as [string, [number, string][], boolean][])("is in a line after %s", (_, typed, inLine) => {
    expect(keep(...typed).inLine).toBe(inLine);
  });
});

describe("what is older than 30 s goes, and nothing younger", () => {
  const rows: [string, [number, string][], number, string][] = [
    ["nothing before its time", [[0, "ls\r"]], 29.999, "ls\r"],
    ["all of it at its time", [[0, "ls\r"]], 30, ""],
    [
      "only what is old",
      [
        [0, "old"],
        [20, "new"],
        [29, "er\r"],
      ],
      32,
      "newer\r",
    ],
    [
      "one after another",
      [
        [0, "a"],
        [1, "b"],
        [2, "c"],
      ],
      31,
      "c",
    ],
  ];
  test.each(rows)("%s", (_, typed, at, left) => {
    const keys = keep(...typed);
    const before = keys.bytes;
    const dropped = keys.expire(at * 1000);
    expect([dropped, keys.bytes]).toEqual([before - left.length, left.length]);
    expect(taken(keys)).toBe(left);
  });
});
