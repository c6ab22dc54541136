import { describe, expect, test } from "bun:test";
import {
  formatKeySequence,
  KeySyntaxError,
  literal,
  parseEscapeKey,
  parseKeySequence,
} from "../../src/keys/chord.ts";

function bytesOf(text: string): number[] {
  return parseKeySequence(text).map((chord) => chord.byte);
}

function refusal(parse: () => unknown): KeySyntaxError {
  try {
    parse();
  } catch (error) {
    if (error instanceof KeySyntaxError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("a key sequence is read in docker's syntax", () => {
  const accepted: [text: string, bytes: number[], shown: string][] = [
    ["ctrl-d", [4], "Ctrl-D"],
    ["ctrl-p,ctrl-q", [16, 17], "Ctrl-P Ctrl-Q"],
    ["CTRL-P,Ctrl-q", [16, 17], "Ctrl-P Ctrl-Q"],
    ["ctrl-p, ctrl-q", [16, 17], "Ctrl-P Ctrl-Q"],
    ["ctrl-p,ctrl-p", [16, 16], "Ctrl-P Ctrl-P"],
    ["ctrl-a,d", [1, 0x64], "Ctrl-A d"],
    ["ctrl-a,D", [1, 0x44], "Ctrl-A D"],
    ["ctrl-a, ", [1, 0x20], "Ctrl-A Space"],
    ["ctrl-a,ctrl-m", [1, 13], "Ctrl-A Ctrl-M"],
    ["ctrl-a,ctrl-[", [1, 27], "Ctrl-A Ctrl-["],
    ["ctrl-a,DEL", [1, 127], "Ctrl-A Del"],
    ["ctrl-@", [0], "Ctrl-@"],
    ["ctrl-z", [26], "Ctrl-Z"],
    ["ctrl-\\", [28], "Ctrl-\\"],
    ["ctrl-]", [29], "Ctrl-]"],
    ["ctrl-^", [30], "Ctrl-^"],
    ["ctrl-_", [31], "Ctrl-_"],
    ["none", [], "none"],
    [" None ", [], "none"],
  ];
  test.each(accepted)("%p is accepted", (text, bytes, shown) => {
    expect(bytesOf(text)).toEqual(bytes);
    expect(formatKeySequence(parseKeySequence(text))).toBe(shown);
  });

  const refused: [text: string, reason: RegExp][] = [
    ["", /no key is named/],
    ["   ", /no key is named/],
    ["ctrl-p,", /empty place/],
    [",ctrl-p", /empty place/],
    ["ctrl-p,,ctrl-q", /empty place/],
    ["ctrl-1", /cannot be typed/],
    ["ctrl-é", /cannot be typed/],
    ["ctrl-", /cannot be typed/],
    ["ctrl-dd", /cannot be typed/],
    ["ctrl-shift-d", /cannot be typed/],
    ["é", /not the name of a key/],
    ["f12", /not the name of a key/],
    ["^P", /not the name of a key/],
    ["none,ctrl-p", /not the name of a key/],
    ["ctrl-a,none", /not the name of a key/],
    ["d", /ordinary text/],
    ["~,.", /ordinary text/],
    ["ctrl-[", /Escape/],
    ["ctrl-m", /Enter/],
    ["ctrl-i", /Tab/],
    ["ctrl-j", /newline/],
    ["ctrl-h", /Backspace/],
    ["del", /Backspace/],
    ["del,ctrl-p", /Backspace/],
  ];
  test.each(refused)("%p is refused with a reason and a hint", (text, reason) => {
    const error = refusal(() => parseKeySequence(text));
    expect(error.message).toMatch(reason);
    // It stands behind the name of a flag.
    expect(error.message).toMatch(/^["a-z][^\n]*[^\n.]$/);
    expect(error.hint).toContain("ctrl-p,ctrl-q");
  });
});

describe("the lap key is one key with Ctrl", () => {
  test.each([
    ["ctrl-]", 29],
    ["Ctrl-^", 30],
    ["ctrl-t", 20],
  ])("%p is accepted", (text, byte) => {
    const chord = parseEscapeKey(text);
    expect(chord?.byte).toBe(byte);
    expect(chord?.name).toBe(text.toLowerCase());
  });

  test("none switches it off", () => {
    expect(parseEscapeKey("none")).toBeUndefined();
  });

  test.each([
    ["", /no key is named/],
    ["ctrl-a,d", /single key/],
    ["~", /ordinary text/],
    ["ctrl-[", /Escape/],
    ["ctrl-m", /Enter/],
    ["del", /Backspace/],
    ["ctrl-5", /cannot be typed/],
  ])("%p is refused", (text, reason) => {
    const error = refusal(() => parseEscapeKey(text));
    expect(error.message).toMatch(reason);
    expect(error.hint).toContain("ctrl-]");
  });

  test("its literal is the legacy byte", () => {
    const chord = parseEscapeKey("ctrl-]");
    expect(chord && [...literal(chord)]).toEqual([0x1d]);
  });
});
