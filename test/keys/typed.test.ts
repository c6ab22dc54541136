import { describe, expect, test } from "bun:test";
import { TypedKeys } from "../../src/keys/typed.ts";

const ESC = "\x1b";

/** What stays of reads that come one after another. */
function typed(...reads: string[]): string {
  const filter = new TypedKeys();
  return reads
    .map((bytes) => Buffer.from(filter.take(Buffer.from(bytes, "latin1"), 0).keys))
    .map((keys) => keys.toString("latin1"))
    .join("");
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

  test("is forgotten after 5 s, and so is a string that does not end", () => {
    for (const begun of [`${ESC}[<35;10`, `${ESC}]11;rgb:`]) {
      const filter = new TypedKeys();
      const take = (bytes: string, now: number) =>
        Buffer.from(filter.take(Buffer.from(bytes), now).keys).toString();
      expect([take(begun, 0), take("ab", 5_000)]).toEqual(["", "ab"]);
    }
  });
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
      expect(new TypedKeys().take(Buffer.from(bytes), 0).names).toEqual([...names]);
    });
  }
});
