import { describe, expect, test } from "bun:test";
import { TypedKeys } from "../../src/keys/typed.ts";

const ESC = "\x1b";

/** What stays of reads that come one after another. */
function typed(...reads: string[]): string {
  const filter = new TypedKeys(() => false);
  return reads
    .map((bytes) => Buffer.from(filter.take(Buffer.from(bytes, "latin1"), 0).keys))
    .map((keys) => keys.toString("latin1"))
    .join("");
}

/** The same of each read, with the milliseconds at which it comes. */
function typedAt(...reads: readonly (readonly [at: number, bytes: string])[]): string[] {
  const filter = new TypedKeys(() => false);
  return reads.map(([at, bytes]) =>
    Buffer.from(filter.take(Buffer.from(bytes), at).keys).toString(),
  );
}

describe("of what a terminal sends, the keys stay", () => {
  for (const keys of [
    "",
    "ls -l\r",
    "\x03",
    "\x7f",
    "\t",
    ESC,
    `${ESC}${ESC}`,
    `${ESC}x`,
    `${ESC}[A`,
    `${ESC}OA`,
    `${ESC}[1;5D`,
    `${ESC}[3~`,
    `${ESC}[15;2~`,
    `${ESC}[[A`,
    `${ESC}[97;5u`,
    `${ESC}[13;2u`,
    `${ESC}[27;5;13~`,
    `${ESC}[Z`,
    `a${ESC}[Bb${ESC}`,
    Buffer.from("é漢🎉").toString("latin1"),
  ]) {
    test(JSON.stringify(keys), () => expect(typed(keys)).toBe(keys));
  }
});

describe("what the terminal says by itself goes", () => {
  for (const [what, report] of [
    ["a click", `${ESC}[<0;10;10M`],
    ["the end of a click", `${ESC}[<0;10;10m`],
    ["a move", `${ESC}[<35;11;10M`],
    ["the wheel", `${ESC}[<64;11;10M`],
    ["a click of old terminals", `${ESC}[M !!`],
    ["a click of urxvt's", `${ESC}[32;10;10M`],
    ["the focus", `${ESC}[I`],
    ["the loss of it", `${ESC}[O`],
    ["device attributes", `${ESC}[?62;22c`],
    ["more of them", `${ESC}[>41;354;0c`],
    ["the place of the cursor", `${ESC}[?1;1R`],
    ["a mode", `${ESC}[?2026;2$y`],
    ["the window's size", `${ESC}[8;24;80t`],
    ["keyboard flags", `${ESC}[?1u`],
    ["the release of a key", `${ESC}[97;1:3u`],
    ["the release of an arrow", `${ESC}[1;1:3A`],
    ["shift alone", `${ESC}[57441;2u`],
  ] as const) {
    test(what, () => {
      expect(typed(report)).toBe("");
      expect(typed(`a${report}b`)).toBe("ab");
      expect(typed(`${report}${report}c`)).toBe("c");
      // A lone Escape at a read's end has waited for more, and is a key.
      for (let cut = 2; cut < report.length; cut++) {
        expect(typed(`a${report.slice(0, cut)}`, `${report.slice(cut)}b`)).toBe("ab");
      }
    });
  }

  for (const [what, string] of [
    ["a colour, ended by BEL", `${ESC}]11;rgb:0000/0000/0000\x07`],
    ["a colour, ended by ST", `${ESC}]11;rgb:0000/0000/0000${ESC}\\`],
    ["the terminal's name", `${ESC}P>|xterm(390)${ESC}\\`],
  ] as const) {
    test(`${what}, and what was typed behind it stays`, () => {
      expect(typed(string)).toBe("");
      expect(typed(`a${string}b`)).toBe("ab");
      for (let cut = 2; cut < string.length; cut++) {
        expect(typed(`a${string.slice(0, cut)}`, `${string.slice(cut)}b`)).toBe("ab");
      }
      expect(typed("a", ...string.slice(2).split(""), "b")).toBe(`a${string.slice(2)}b`);
    });
  }

  for (const part of [`${ESC}[<0;10`, `${ESC}[`, `${ESC}]11;rgb`, `${ESC}P>|x`]) {
    test(`the start of something, ${JSON.stringify(part)}`, () => {
      expect(typed(`a${part}`)).toBe("a");
    });
  }
});

describe("what a read has cut", () => {
  for (const key of [
    `${ESC}[A`,
    `${ESC}OA`,
    `${ESC}[1;5D`,
    `${ESC}[97;5u`,
    `${ESC}]`,
    "\xc3\xa9",
  ]) {
    test(`comes whole with the next: ${JSON.stringify(key)}`, () => {
      for (let cut = 1; cut < key.length; cut++) {
        expect(typed(`a${key.slice(0, cut)}`, `${key.slice(cut)}b`)).toBe(`a${key}b`);
      }
    });
  }

  test("is forgotten after 5 s", () => {
    expect(typedAt([0, `${ESC}[<35;10`], [5_000, "ab"])).toEqual(["", "ab"]);
  });
});

describe("what could have begun an answer was typed", () => {
  for (const [when, reads, expected] of [
    [
      "in 100 ms nothing follows its introducer",
      [
        [0, `${ESC}]`],
        [100, "1s"],
      ],
      ["", `${ESC}]1s`],
    ],
    [
      "so with Alt-[",
      [
        [0, `${ESC}[`],
        [100, "x"],
      ],
      ["", `${ESC}[x`],
    ],
    [
      "a line is ended in it",
      [
        [0, `a${ESC}]`],
        [50, "ls -la\r"],
      ],
      ["a", `${ESC}]ls -la\r`],
    ],
    ["a key's sequence follows", [[0, `${ESC}P12${ESC}[A`]], [`${ESC}P12${ESC}[A`]],
    [
      "it pauses for a second",
      [
        [0, `${ESC}P1`],
        [999, "2"],
        [1_999, "3"],
      ],
      ["", "", `${ESC}P123`],
    ],
  ] as const) {
    test(`where ${when}`, () => expect(typedAt(...reads)).toEqual([...expected]));
  }

  test("and its keys have names", () => {
    const filter = new TypedKeys(() => false);
    const { names } = filter.take(Buffer.from(`${ESC}]10\r`), 0);
    expect(names).toEqual(["alt-]", "1", "0", "enter"]);
  });

  test("but not where it is longer than anybody types without a pause", () => {
    const long = `${ESC}]52;c;${"A".repeat(300)}`;
    expect(typedAt([0, long], [10, ESC], [20, "\\a"])).toEqual(["", "", "a"]);
    expect(typedAt([0, long], [1_010, "a"])).toEqual(["", "a"]);
    expect(typedAt([0, `${long}\x07${ESC}]1\r`])).toEqual([`${ESC}]1\r`]);
  });
});

test("keys of another encoding than UTF-8 stay", () => {
  expect(typed("caf\xe9 ok\r")).toBe("caf\xe9 ok\r");
});

test("of a click in UTF-8 (mode 1005) nothing stays", () => {
  const filter = new TypedKeys(() => true);
  const { keys } = filter.take(Buffer.from(`a${ESC}[M \xc2\x84yb`, "latin1"), 0);
  expect(Buffer.from(keys).toString()).toBe("ab");
});

describe("keys have names, whatever encodes them", () => {
  for (const [bytes, names] of [
    ["", []],
    ["ls\r", ["l", "s", "enter"]],
    [`${ESC}[13u`, ["enter"]],
    [`${ESC}[13;1:1u`, ["enter"]],
    [`${ESC}[13;1:3u`, []],
    [`${ESC}[13;2u`, ["shift-enter"]],
    [`${ESC}OM`, ["enter"]],
    [`${ESC}[A${ESC}[<0;1;1M${ESC}`, ["up", "escape"]],
    [`${ESC}[I`, []],
  ] as const) {
    test(`${JSON.stringify(bytes)}: ${names.join(", ")}`, () => {
      expect(new TypedKeys(() => false).take(Buffer.from(bytes), 0).names).toEqual([...names]);
    });
  }
});
