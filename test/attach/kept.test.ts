import { describe, expect, test } from "bun:test";
import { KEPT_MS, KeptKeys } from "../../src/attach/kept.ts";

const KIB = 1024;
const PASTE = "\x1b[200~";
const PASTE_END = "\x1b[201~";

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

  test("has room for 64 KiB to the byte, and what does not fit goes whole", () => {
    const keys = keep([0, "x".repeat(64 * KIB - 1)]);
    expect(keys.add(Buffer.from("a\r"), 0)).toBe(2);
    expect(keys.add(Buffer.from("\r"), 0)).toBe(0);
    expect(keys.add(Buffer.from("\r"), 0)).toBe(1);
    expect(keys.bytes).toBe(64 * KIB);
    expect(taken(keys)).toEndWith("x\r");
    expect(keys.add(Buffer.alloc(64 * KIB), 0)).toBe(0);
  });
});

describe("what is too old goes, with the rest of its line", () => {
  for (const [sentence, typed, at, left] of [
    ["nothing before its time", [[0, "ls\r"]], 29.999, "ls\r"],
    ["a whole line", [[0, "ls\r"]], 30, ""],
    [
      "a line, and not the next one",
      [
        [0, "ls\r"],
        [1, "pwd\r"],
      ],
      30,
      "pwd\r",
    ],
    [
      "a line that was typed key by key, some of it later",
      [
        [0, "r"],
        [1, "m"],
        [2, " "],
        [3, "x"],
        [4, "\r"],
        [5, "pwd"],
      ],
      30,
      "pwd",
    ],
    [
      "the rest of a line up to its end within a later read",
      [
        [0, "rm "],
        [1, "x\rpwd\r"],
      ],
      30,
      "pwd\r",
    ],
    [
      "an old read with more than a line in it, and the rest of its last",
      [
        [0, "ls\rrm "],
        [1, "x\rpwd\r"],
      ],
      30,
      "pwd\r",
    ],
    [
      "a line without an end, all that came of it",
      [
        [0, "rm "],
        [1, "x y z"],
      ],
      30,
      "",
    ],
    [
      "a paste and what was typed behind it, though there are lines in it",
      [
        [0, `${PASTE}one\rtwo\r${PASTE_END}`],
        [1, "!\r"],
        [2, "ls\r"],
      ],
      30,
      "ls\r",
    ],
    [
      "a later paste that belongs to the line, with its lines",
      [
        [0, "echo "],
        [1, `${PASTE}one\rtwo${PASTE_END}`],
        [2, "\rls\r"],
      ],
      30,
      "ls\r",
    ],
    [
      "two lines that are both too old",
      [
        [0, "a\r"],
        [0.5, "b\r"],
        [1, "c\r"],
      ],
      30.6,
      "c\r",
    ],
  ] as const) {
    test(sentence, () => {
      const keys = keep(...typed);
      const before = keys.bytes;
      const dropped = keys.expire(at * 1000);
      expect([dropped, keys.bytes]).toEqual([before - left.length, left.length]);
      expect(taken(keys)).toBe(left);
    });
  }

  test("what is left is due when it is old itself, also where its read was cut", () => {
    const keys = keep([0, "rm "], [1, "x\rpwd\r"]);
    keys.expire(30_000);
    expect(keys.due).toBe(31_000);
    expect(keys.expire(31_000)).toBe(4);
    expect(keys.empty).toBe(true);
  });
});

/** Types each text at its second, as a person who goes on while the start is dropped. */
function typeOn(keys: KeptKeys, ...typed: readonly (readonly [seconds: number, text: string])[]) {
  return typed.map(([seconds, text]) => {
    keys.expire(seconds * 1000);
    return keys.add(Buffer.from(text), seconds * 1000);
  });
}

describe("a line that is still being typed when its start goes", () => {
  test("goes as it comes, up to its end", () => {
    const keys = keep([0, "rm -r "]);
    expect(typeOn(keys, [31, "x"], [35, "y"], [39, "\rls\r"], [39, "pwd"])).toEqual([1, 1, 1, 0]);
    expect(taken(keys)).toBe("ls\rpwd");
  });

  test("goes with what is pasted into it", () => {
    const keys = keep([0, "echo "]);
    const paste = `${PASTE}one\rtwo${PASTE_END}`;
    expect(typeOn(keys, [31, paste], [32, "\r"], [32, "ls"])).toEqual([paste.length, 1, 0]);
  });

  test("is over where nothing is typed for 5 s: by then the bell was heard", () => {
    const keys = keep([0, "rm -r "]);
    expect(typeOn(keys, [31, "x"], [36, "ls\r"])).toEqual([1, 0]);
  });

  test("is over where its end went as well", () => {
    expect(typeOn(keep([0, "rm\r"]), [31, "ls\r"])).toEqual([0]);
  });

  test("goes where there was no room for its start", () => {
    const keys = keep([0, "say "]);
    const paste = PASTE + "x".repeat(64 * KIB) + PASTE_END;
    expect(typeOn(keys, [1, paste], [2, "!\r"], [2, "ls"])).toEqual([paste.length, 2, 0]);
  });

  test("is forgotten with what was kept", () => {
    const keys = keep([0, "rm "]);
    keys.expire(30_000);
    keys.take();
    expect(keys.add(Buffer.from("x\r"), 30_000)).toBe(0);
  });
});

describe("an Enter", () => {
  for (const [sentence, typed, at, ends] of [
    ["where nothing was typed ends nothing", [], 0, false],
    ["behind text ends its line", [[0, "ls"]], 1, true],
    ["behind a line ends nothing", [[0, "ls\r"]], 1, false],
    ["behind a line and text ends that", [[0, "ls\rpwd"]], 1, true],
    ["behind a paste ends it, whatever the paste ends with", [[0, `${PASTE}\r`]], 1, true],
    ["behind a line whose start is gone ends that", [[0, "ls"]], 31, true],
  ] as const) {
    test(sentence, () => {
      const keys = keep(...typed);
      keys.expire(at * 1000);
      expect(keys.inLine(at * 1000)).toBe(ends);
    });
  }

  test("long after a line went ends nothing", () => {
    const keys = keep([0, "ls"]);
    keys.expire(30_000);
    expect([keys.inLine(34_999), keys.inLine(35_000)]).toEqual([true, false]);
  });
});
