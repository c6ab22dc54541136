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
  return Buffer.concat(keys.take().map(({ bytes }) => bytes)).toString();
}

test("what is typed into a connection that is silent gets not too old while that is there", () => {
  const keys = new KeptKeys();
  keys.add(Buffer.from("old\r"), 0);
  keys.add(Buffer.from("silent"), 1_000, true);
  expect([keys.expire(60_000), keys.due, keys.bytes]).toEqual([4, undefined, 6]);
  expect(keys.takeUnsifted().map(({ at }) => at)).toEqual([1_000]);
  expect([keys.bytes, keys.takeUnsifted()]).toEqual([0, []]);
});

describe("what is typed while away", () => {
  test("comes in order, once, in the pieces in which it was typed", () => {
    const keys = keep([0, "l"], [1, "s\r"], [1, "pwd\r"]);
    expect([keys.empty, keys.bytes]).toEqual([false, 7]);
    expect(keys.take().map(({ bytes, at }) => [Buffer.from(bytes).toString(), at])).toEqual([
      ["l", 0],
      ["s\r", 1_000],
      ["pwd\r", 1_000],
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

  test("has room for 64 KiB to the byte; what does not fit goes whole, and all that follows it", () => {
    const keys = keep([0, "x".repeat(64 * KIB - 1)]);
    expect(keys.add(Buffer.from("a\r"), 0)).toBe(2);
    expect(keys.add(Buffer.from("\r"), 0)).toBe(1);
    expect(taken(keys)).toBe("x".repeat(64 * KIB - 1));
    expect(keys.add(Buffer.alloc(64 * KIB), 0)).toBe(0);
  });

  test("is kept again once what filled it is gone, from the next line on", () => {
    const keys = keep([0, `${"x".repeat(64 * KIB - 1)}\r`], [1, "rm -rf "]);
    expect(keys.expire(30_000)).toBe(64 * KIB);
    expect(keys.add(Buffer.from("y\rls\r"), 31_000)).toBe(2);
    expect(taken(keys)).toBe("ls\r");
  });

  test("goes without the whole line where a paste in it has no room", () => {
    const keys = keep([0, "ls\rcat "], [0, "<"], [0, "< "]);
    const large = Buffer.from(PASTE + "x".repeat(64 * KIB));
    expect(keys.add(large, 0)).toBe(large.length + 7);
    expect(keys.inLine).toBe(true);
    expect(keys.add(Buffer.from("EOF\rpwd\r"), 0)).toBe(4);
    expect(taken(keys)).toBe("ls\rpwd\r");
  });

  test("comes behind the end of a paste that was cut, which counts for nothing and gets not too old", () => {
    const keys = new KeptKeys();
    keys.closePaste();
    expect([keys.empty, keys.bytes, keys.inLine, keys.due]).toEqual([false, 0, false, undefined]);
    keys.add(Buffer.from("old\r"), 0);
    expect(keys.expire(3_600_000)).toBe(4);
    keys.add(Buffer.from("ls\r"), 3_600_000);
    expect(taken(keys)).toBe("\x1b[201~ls\r");
    expect([keys.empty, taken(keys)]).toEqual([true, ""]);
  });

  test.each([
    ["nothing", [], false],
    ["a line that is not ended", [[0, "ls"]], true],
    ["a line that is", [[0, "ls\r"]], false],
    ...["\x1b[13u", "\x1b[13;129:1u", "\x1b[57414u", "\x1bOM", "\n", "\x03"].map(
      (end): [string, [number, string][], boolean] => [
        `one that ${JSON.stringify(end)} ends`,
        [[0, `ls${end}`]],
        false,
      ],
    ),
    ["another begun in the same read", [[0, "ls\rpwd"]], true],
    ["a paste, whose lines end nothing", [[0, `${PASTE}ls\r`]], true],
  ] as [string, [number, string][], boolean][])("is in a line after %s", (_, typed, inLine) => {
    expect(keep(...typed).inLine).toBe(inLine);
  });
});

describe("what is older than 30 s goes, with the rest of its line, and nothing younger", () => {
  const rows: [string, [number, string][], number, string][] = [
    ["nothing before its time", [[0, "ls\r"]], 29.999, "ls\r"],
    ["all of it at its time", [[0, "ls\r"]], 30, ""],
    [
      "only what is old",
      [
        [0, "old\r"],
        [20, "new"],
        [29, "er\r"],
      ],
      32,
      "newer\r",
    ],
    [
      "one after another",
      [
        [0, "a\r"],
        [1, "b\r"],
        [2, "c\r"],
      ],
      31,
      "c\r",
    ],
    [
      "a line that is begun",
      [
        [0, "echo "],
        [20, "rm -rf x"],
      ],
      31,
      "",
    ],
    [
      "up to the line's end, wherever the reads cut it",
      [
        [0, "cd x\recho "],
        [20, "rm"],
        [21, ` -rf x\rls\rpw`],
        [22, "d\r"],
      ],
      31,
      "ls\rpwd\r",
    ],
    [
      "up to an Enter in kitty's encoding",
      [
        [0, "echo "],
        [20, "rm\x1b[13;1:1uls\x1b[13u"],
      ],
      31,
      "ls\x1b[13u",
    ],
    [
      "not up to an Enter in a paste",
      [
        [0, "cat "],
        [20, `${PASTE}a\rb`],
        [21, "c\rls\r"],
      ],
      31,
      "ls\r",
    ],
  ];
  test.each(rows)("%s", (_, typed, at, left) => {
    const keys = keep(...typed);
    const before = keys.bytes;
    const dropped = keys.expire(at * 1000);
    expect([dropped, keys.bytes]).toEqual([before - left.length, left.length]);
    expect(taken(keys)).toBe(left);
  });

  test("what is typed on in its line goes as well, up to and with its Enter", () => {
    const keys = keep([0, "echo "]);
    expect(keys.expire(30_000)).toBe(5);
    expect([keys.inLine, keys.add(Buffer.from("rm -rf "), 31_000)]).toEqual([true, 7]);
    expect([keys.add(Buffer.from("x"), 32_000), keys.add(Buffer.from("\r"), 33_000)]).toEqual([
      1, 1,
    ]);
    expect([keys.inLine, keys.add(Buffer.from("ls\r"), 34_000)]).toEqual([false, 0]);
    expect(taken(keys)).toBe("ls\r");
  });

  test("but where keys are read one by one: there is no line", () => {
    const keys = new KeptKeys(() => false);
    keys.add(Buffer.from("jjj"), 0);
    keys.add(Buffer.from("x"), 20_000);
    expect(keys.expire(30_000)).toBe(3);
    keys.add(Buffer.from("dd"), 31_000);
    expect(keys.add(Buffer.alloc(64 * KIB, PASTE), 32_000)).toBe(64 * KIB);
    expect(taken(keys)).toBe("xdd");
  });

  test("a paste that is agreed to behind such a loss is kept", () => {
    const keys = keep([0, "echo "]);
    keys.expire(30_000);
    expect(keys.add(Buffer.from(`${PASTE}a\rb`), 31_000)).toBe(0);
    expect(taken(keys)).toBe(`${PASTE}a\rb`);
  });

  test("what is typed once the link is back is not part of a line that was lost", () => {
    const keys = keep([0, "echo "]);
    keys.expire(30_000);
    keys.take();
    expect(keys.add(Buffer.from("ls"), 31_000)).toBe(0);
  });
});
