import { describe, expect, test } from "bun:test";
import { typedKeys } from "../../src/keys/typed.ts";

const ESC = "\x1b";

function typed(bytes: string): string {
  const { keys } = typedKeys(Buffer.from(bytes, "latin1"));
  return Buffer.from(keys).toString("latin1");
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
    });
  }

  for (const part of [`${ESC}[<0;10`, `${ESC}[`, `${ESC}]11;rgb`, `${ESC}P>|x`]) {
    test(`the start of something, ${JSON.stringify(part)}`, () => {
      expect(typed(`a${part}`)).toBe("a");
    });
  }
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
      expect(typedKeys(Buffer.from(bytes)).names).toEqual([...names]);
    });
  }
});
