import { describe, expect, test } from "bun:test";
import { readToken, type Token } from "../../src/keys/decode.ts";

const MAX_CSI_BYTES = 128;

/** A string holds the bytes, each as one character. */
function tokens(text: string, utf8Mouse = false): Token[] {
  const bytes = Buffer.from(text, "latin1");
  const read: Token[] = [];
  for (let at = 0; at < bytes.length;) {
    const token = readToken(bytes, at, () => utf8Mouse);
    read.push(token);
    if (token.type === "partial") break;
    at = token.end;
  }
  return read;
}

/** Each unit's kind and length, a key's name with it. */
function units(text: string, utf8Mouse = false): string[] {
  let at = 0;
  return tokens(text, utf8Mouse).map((token) => {
    if (token.type === "partial") return token.hold ? "held" : "partial";
    const length = token.end - at;
    at = token.end;
    return `${token.type === "key" ? token.key.name : token.type} ${length}`;
  });
}

describe("a control sequence", () => {
  const digits = (bytes: number) => `\x1b[${"1".repeat(bytes - 2)}`;

  test.each<[what: string, text: string, units: string[]]>([
    ["of just under the most bytes waits for its end", digits(MAX_CSI_BYTES - 1), ["held"]],
    ["of the most, which has no end yet, is passed on", digits(MAX_CSI_BYTES), ["report 128"]],
    [
      "of more is passed on, and what follows is read anew",
      `${digits(MAX_CSI_BYTES)}2\x04`,
      ["report 128", "2 1", "ctrl-d 1"],
    ],
    ["ends with the last byte that it may have", `${digits(MAX_CSI_BYTES - 1)}~`, ["report 128"]],
  ])("%s", (_, text, expected) => {
    expect(units(text)).toEqual(expected);
  });
});

describe("a character of several bytes", () => {
  test.each<[what: string, text: string, units: string[]]>([
    ["whole", "\xc3\xa9", ["é 2"]],
    ["that is cut waits for its rest", "\xe2\x82", ["held"]],
    ["broken off by a key leaves the key", "\xc3\x04", ["stray 1", "ctrl-d 1"]],
    ["broken off after two bytes leaves the key", "\xe2\x82\x04", ["stray 2", "ctrl-d 1"]],
    ["broken off by a sequence leaves that", "\xf0\x9f\x98\x1b[A", ["stray 3", "up 3"]],
    ["broken off by another leaves the other", "\xe2\xc3\xa9", ["stray 1", "é 2"]],
    ["without its first byte is none", "\xa9\x04", ["stray 1", "ctrl-d 1"]],
  ])("%s", (_, text, expected) => {
    expect(units(text)).toEqual(expected);
  });
});

describe("a mouse report without numbers", () => {
  test.each<[what: string, text: string, utf8: boolean, units: string[]]>([
    ["of bytes", "\x1b[M !!x", false, ["report 6", "x 1"]],
    ["of bytes beyond ASCII", "\x1b[M \xc2\x84x", false, ["report 6", "x 1"]],
    ["of characters", "\x1b[M !!x", true, ["report 6", "x 1"]],
    ["of longer characters", "\x1b[M \xc2\x84\xdf\xbfx", true, ["report 8", "x 1"]],
    ["of characters, cut within one", "\x1b[M \xc2", true, ["partial"]],
    ["of characters, cut between them", "\x1b[M \xc2\x84", true, ["partial"]],
    ["broken off within one leaves the key", "\x1b[M \xc2\x04", true, ["report 5", "ctrl-d 1"]],
    ["at a place that cannot be told", "\x1b[M \0\0x", true, ["report 6", "x 1"]],
  ])("%s", (_, text, utf8, expected) => {
    expect(units(text, utf8)).toEqual(expected);
  });
});

describe("keys of urxvt", () => {
  test.each<[text: string, units: string[]]>([
    ["\x1b[7$x", ["shift-home 4", "x 1"]],
    ["\x1b[7^", ["ctrl-home 4"]],
    ["\x1b[7@", ["ctrl-shift-home 4"]],
    ["\x1b[23$", ["shift-f11 5"]],
    ["\x1b[a", ["shift-up 3"]],
    ["\x1b[d", ["shift-left 3"]],
    ["\x1b[99^", ["report 5"]],
    ["\x1b[99$x", ["report 6"]],
    // Those of the terminal itself, a mode and its attributes, are none.
    ["\x1b[4;2$y", ["report 7"]],
    ["\x1b[1c", ["report 4"]],
  ])("%j", (text, expected) => {
    expect(units(text)).toEqual(expected);
  });
});

describe("key records of Windows", () => {
  test.each<[what: string, text: string, unit: string]>([
    ["a letter", "\x1b[65;30;97;1;0;1_", "a 17"],
    ["its release", "\x1b[65;30;97;0;0;1_", "release 17"],
    ["Ctrl-D", "\x1b[68;32;4;1;8;1_", "ctrl-d 16"],
    ["Ctrl-]", "\x1b[221;27;29;1;8;1_", "ctrl-] 18"],
    ["AltGr and what it types", "\x1b[57;10;93;1;9;1_", "] 17"],
    ["Alt and a letter", "\x1b[88;45;120;1;2;1_", "alt-x 18"],
    ["a letter beyond ASCII", "\x1b[222;40;228;1;0;1_", "ä 19"],
    ["an arrow", "\x1b[38;72;0;1;256;1_", "key-38 18"],
    ["Ctrl alone", "\x1b[17;29;0;1;8;1_", "report 16"],
  ])("%s", (_, text, unit) => {
    expect(units(text)).toEqual([unit]);
  });
});

describe("Ctrl with a key that stands for a control byte as well", () => {
  test.each([
    [" ", "ctrl-@"],
    ["2", "ctrl-@"],
    ["3", "ctrl-["],
    ["4", "ctrl-\\"],
    ["5", "ctrl-]"],
    ["6", "ctrl-^"],
    ["7", "ctrl-_"],
    ["/", "ctrl-_"],
    ["~", "ctrl-^"],
  ])("%j is %s", (key, name) => {
    const report = `\x1b[${key.charCodeAt(0)};5u`;
    expect(units(report)).toEqual([`${name} ${report.length}`]);
  });
});

describe("an SS3, and what is typed with Alt", () => {
  test.each<[what: string, text: string, units: string[]]>([
    ["an arrow", "\x1bOA", ["up 3"]],
    ["a key of the keypad", "\x1bOj", ["keypad-j 3"]],
    ["Alt-O and a control key", "\x1bO\x04", ["alt-O 2", "ctrl-d 1"]],
    ["Alt-O and a digit", "\x1bO5", ["alt-O 2", "5 1"]],
    ["Alt-O and Backspace", "\x1bO\x7f", ["alt-O 2", "backspace 1"]],
  ])("%s", (_, text, expected) => {
    expect(units(text)).toEqual(expected);
  });
});

describe("what the terminal opens to answer, and what is typed with Alt", () => {
  test.each<[what: string, text: string, units: string[]]>([
    ["DECRQSS", "\x1bP1$r", ["string 3", "$ 1", "r 1"]],
    ["XTGETTCAP refused", "\x1bP0+r", ["string 3", "+ 1", "r 1"]],
    ["XTVERSION", "\x1bP>|", ["string 3", "| 1"]],
    ["tertiary device attributes", "\x1bP!|", ["string 3", "| 1"]],
    ["a colour", "\x1b]1", ["string 3"]],
    ["an icon's label", "\x1b]L", ["string 3"]],
    ["kitty's graphics", "\x1b_G", ["string 3"]],
    ["Alt-P and a letter", "\x1bPx", ["alt-P 2", "x 1"]],
    ["Alt-] and a letter", "\x1b]x", ["alt-] 2", "x 1"]],
    ["Alt-_ and a letter", "\x1b_x", ["alt-_ 2", "x 1"]],
    ["either, so far", "\x1bP", ["partial"]],
  ])("%s", (_, text, expected) => {
    expect(units(text)).toEqual(expected);
  });
});
