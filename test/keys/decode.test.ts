import { describe, expect, test } from "bun:test";
import { readToken, type Token } from "../../src/keys/decode.ts";

const MAX_CSI_BYTES = 128;

/** A string holds the bytes, each as one character. */
function tokens(text: string): Token[] {
  const bytes = Buffer.from(text, "latin1");
  const read: Token[] = [];
  for (let at = 0; at < bytes.length;) {
    const token = readToken(bytes, at);
    read.push(token);
    if (token.type === "partial") break;
    at = token.end;
  }
  return read;
}

/** Each unit's kind and length, a key's name with it. */
function units(text: string): string[] {
  let at = 0;
  return tokens(text).map((token) => {
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
