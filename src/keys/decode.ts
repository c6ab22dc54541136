import {
  altKey,
  isModifierRecord,
  type Key,
  keyOfByte,
  keyOfRecord,
  keyOfReport,
  withModifiers,
} from "./keycode.ts";

/** One unit of terminal input; `end` is where the next one begins. */
export type Token =
  /** `repeat`: it was pressed before, and is held down. */
  | { readonly type: "key"; readonly end: number; readonly key: Key; readonly repeat?: true }
  | { readonly type: "release"; readonly end: number }
  /** Not a key by itself: mouse, focus, an answer of the terminal, a bare modifier. */
  | { readonly type: "report"; readonly end: number; readonly mouse?: true }
  /** Not UTF-8: a key of another encoding. */
  | { readonly type: "stray"; readonly end: number }
  | { readonly type: "paste"; readonly end: number }
  /** OSC, DCS or APC: what follows up to its terminator is not typed. */
  | { readonly type: "string"; readonly end: number }
  /** More bytes are needed. `hold` says that they may yet become a key or a paste. */
  | { readonly type: "partial"; readonly hold: boolean; readonly mouse?: boolean };

/** A question about the terminal, asked only where it matters. */
export type Asked = () => boolean;

const never: Asked = () => false;

export const ESC = 0x1b;
export const BEL = 0x07;
const BACKSLASH = 0x5c;
const DOLLAR = 0x24;

/** Longer control sequences are passed on unread; the longest key report is about 50 bytes. */
const MAX_CSI_BYTES = 128;

const X10_MOUSE_VALUES = 3;
const MODIFY_OTHER_KEYS = 27;
const REPEAT = 2;
const RELEASE = 3;

const FINAL_NAMES = new Map(
  Object.entries({
    A: "up",
    B: "down",
    C: "right",
    D: "left",
    E: "begin",
    F: "end",
    H: "home",
    M: "enter",
    P: "f1",
    Q: "f2",
    R: "f3",
    S: "f4",
  }),
);

/** The numbers before a "~". */
const TILDE_NAMES = new Map([
  [1, "home"],
  [2, "insert"],
  [3, "delete"],
  [4, "end"],
  [5, "pageup"],
  [6, "pagedown"],
  [7, "home"],
  [8, "end"],
  ...[11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24].map(
    (number, at) => [number, `f${at + 1}`] as const,
  ),
]);

/** The last bytes behind such a number, with what is held; urxvt has some of its own (its rxvtRef(7)). */
const NUMBERED = new Map([
  ["~", ""],
  ["^", "ctrl-"],
  ["@", "ctrl-shift-"],
]);
const URXVT_ARROWS = new Map([
  ["a", "shift-up"],
  ["b", "shift-down"],
  ["c", "shift-right"],
  ["d", "shift-left"],
]);

/** How many bytes end a string at `at`: BEL is one, ST two; 0 where it goes on. */
export function stringEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] === BEL) return 1;
  return bytes[at] === ESC && bytes[at + 1] === BACKSLASH ? 2 : 0;
}

/**
 * Reads the unit of input that begins at `at`.
 *
 * @param utf8Mouse whether mouse reports without numbers are in UTF-8 (mode 1005).
 */
export function readToken(bytes: Uint8Array, at: number, utf8Mouse: Asked = never): Token {
  const byte = bytes[at] ?? 0;
  if (byte === ESC) return readEscape(bytes, at, utf8Mouse);
  if (byte < 0x80) return { type: "key", end: at + 1, key: keyOfByte(byte) };
  return readCharacter(bytes, at);
}

function readEscape(bytes: Uint8Array, at: number, utf8Mouse: Asked): Token {
  const next = bytes[at + 1];
  if (next === undefined) return { type: "partial", hold: true };
  const letter = String.fromCharCode(next);
  if (letter === "[") return readCsi(bytes, at, utf8Mouse);
  if (letter === "O") return readSs3(bytes, at);
  // Alt-] and Alt-P begin with the same bytes as an OSC or DCS, so the third byte decides.
  const openings = { "]": /[0-9lL]/, P: /[0-9>!]/, _: /G/ }[letter];
  if (openings) {
    const third = bytes[at + 2];
    if (third === undefined) return { type: "partial", hold: false };
    if (openings.test(String.fromCharCode(third))) return { type: "string", end: at + 3 };
  }
  if (next < 0x20 || next >= 0x7f) return { type: "key", end: at + 1, key: keyOfByte(ESC) };
  return { type: "key", end: at + 2, key: altKey(next) };
}

function readSs3(bytes: Uint8Array, at: number): Token {
  const final = bytes[at + 2];
  if (final === undefined) return { type: "partial", hold: false };
  const letter = String.fromCharCode(final);
  const typed = final < 0x40 || final > 0x7e;
  if (typed) return { type: "key", end: at + 2, key: altKey(bytes[at + 1] ?? 0) };
  const name = FINAL_NAMES.get(letter) ?? `keypad-${letter}`;
  return { type: "key", end: at + 3, key: named(name) };
}

function readCsi(bytes: Uint8Array, at: number, utf8Mouse: Asked): Token {
  const start = at + 2;
  if (bytes[start] === 0x4d) return readX10Mouse(bytes, start + 1, utf8Mouse());
  if (bytes[start] === 0x5b) return readConsoleKey(bytes, start + 1);
  const limit = Math.min(bytes.length, at + MAX_CSI_BYTES);
  let end = start;
  while (end < limit && isBetween(bytes[end], 0x30, 0x39)) end++;
  if (bytes[end] === DOLLAR) {
    const name = TILDE_NAMES.get(Number(textOf(bytes, start, end)));
    // By ECMA-48 more would follow; urxvt ends Shift and such a key with it.
    if (name !== undefined) return { type: "key", end: end + 1, key: named(`shift-${name}`) };
  }
  while (end < limit && isBetween(bytes[end], 0x20, 0x3f)) end++;
  if (end === limit) {
    if (limit - at === MAX_CSI_BYTES) return { type: "report", end };
    // Keys and pastes have numbers alone; "<", "?" and the like open mouse reports and answers.
    const hold = start === limit || isBetween(bytes[start], 0x30, 0x3b);
    return { type: "partial", hold, mouse: bytes[start] === 0x3c };
  }
  // A control byte breaks the sequence off and is a key in its own right.
  if (!isBetween(bytes[end], 0x40, 0x7e)) return { type: "report", end };
  const event = readParameters(textOf(bytes, start, end), textOf(bytes, end, end + 1));
  return { ...event, end: end + 1 };
}

/** The Linux console's F1 to F5, ESC [ [ and A to E. */
function readConsoleKey(bytes: Uint8Array, at: number): Token {
  const final = bytes[at];
  if (final === undefined) return { type: "partial", hold: false };
  if (!isBetween(final, 0x41, 0x45)) return { type: "report", end: at };
  return { type: "key", end: at + 1, key: named(`f${final - 0x40}`) };
}

/**
 * Three values of 32 and more, or 0 where xterm cannot express the place: a byte each, or in mode 1005 a
 * character, of two bytes from 128 on. Another control byte cannot belong to the report, so a key is
 * never lost in one that was cut short.
 */
function readX10Mouse(bytes: Uint8Array, start: number, utf8: boolean): Token {
  let end = start;
  for (let value = 0; value < X10_MOUSE_VALUES; value++) {
    const byte = bytes[end];
    if (byte === undefined) return { type: "partial", hold: false, mouse: true };
    if (byte !== 0 && byte < 0x20) return { type: "report", end, mouse: true };
    end++;
    if (!utf8 || !isBetween(byte, 0xc2, 0xdf)) continue;
    if (end === bytes.length) return { type: "partial", hold: false, mouse: true };
    if (isBetween(bytes[end], 0x80, 0xbf)) end++;
  }
  return { type: "report", end, mouse: true };
}

type Event =
  | { type: "release" | "paste" }
  | { type: "report"; mouse?: true }
  | { type: "key"; key: Key; repeat?: true };

const REPORT: Event = { type: "report" };

function readParameters(parameters: string, final: string): Event {
  // With "m" alone a terminal also answers what modifyOtherKeys is set to.
  const mouse = final === "M" || (final === "m" && parameters.startsWith("<"));
  if (mouse) return { type: "report", mouse };
  if (!/^[0-9:;]*$/.test(parameters)) return REPORT;
  const fields = parameters.split(";").map((field) => field.split(":").map(toNumber));
  const [first = [], second = [], third = []] = fields;
  const code = first[0];
  const modifiers = Math.max(1, second[0] ?? 1) - 1;

  if (final === "_") return readRecord(fields.map(([number]) => number));
  if (final === "u" && code !== undefined) {
    if (fields.flat().some((number) => (number ?? 0) > 0x10ffff)) return REPORT;
    if (isBareModifier(code)) return REPORT;
    const text = third.filter((number) => number !== undefined);
    const report = { code, shifted: first[1], base: first[2], modifiers, text };
    return eventOf(keyOfReport(report), second[1]);
  }
  if (final === "~" && code === 200) return { type: "paste" };
  if (final === "~" && code === MODIFY_OTHER_KEYS && fields.length === 3) {
    const typed = third[0] ?? 0;
    if (typed > 0x10ffff) return REPORT;
    // xterm names the character that the key types, Shift included, kitty the bare key.
    return { type: "key", key: keyOfReport({ code: typed, shifted: typed, modifiers }) };
  }
  const name = nameOf(parameters, final, code);
  return name === undefined ? REPORT : eventOf(named(withModifiers(modifiers, name)), second[1]);
}

/** The name of a key that types nothing, without modifiers as xterm tells them. */
function nameOf(parameters: string, final: string, code = 0): string | undefined {
  const held = NUMBERED.get(final);
  if (held !== undefined) return TILDE_NAMES.has(code) ? held + TILDE_NAMES.get(code) : undefined;
  if (final === "Z") return "shift-tab";
  // With numbers R is the answer to "where is the cursor?", and others of urxvt's letters are no keys.
  if (final === "R") return undefined;
  return FINAL_NAMES.get(final) ?? (parameters === "" ? URXVT_ARROWS.get(final) : undefined);
}

/** A key as Windows records it (github.com/microsoft/terminal, doc/specs/#4999): `Vk;Sc;Uc;Kd;Cs;Rc`. */
function readRecord([virtual = 0, , unicode = 0, down = 0, state = 0]: (
  number | undefined
)[]): Event {
  if (unicode > 0xffff || isModifierRecord(virtual)) return REPORT;
  return down === 0
    ? { type: "release" }
    : { type: "key", key: keyOfRecord({ virtual, unicode, state }) };
}

/** @param event what kitty says that happened to the key; a press where it says nothing. */
function eventOf(key: Key, event: number | undefined): Event {
  if (event === RELEASE) return { type: "release" };
  return event === REPEAT ? { type: "key", key, repeat: true } : { type: "key", key };
}

function readCharacter(bytes: Uint8Array, at: number): Token {
  const lead = bytes[at] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4) return { type: "stray", end: at + 1 };
  for (let end = at + 1; end < at + length; end++) {
    if (end >= bytes.length) return { type: "partial", hold: true };
    if (!isBetween(bytes[end], 0x80, 0xbf)) return { type: "stray", end };
  }
  const end = at + length;
  const name = Buffer.from(bytes.subarray(at, end)).toString("utf8");
  return { type: "key", end, key: named(name) };
}

/** A key that no single byte stands for. */
function named(name: string): Key {
  return { byte: undefined, name };
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

/** Caps, scroll and num lock, and left Shift to ISO level 5 shift, pressed by themselves. */
function isBareModifier(code: number): boolean {
  return isBetween(code, 57358, 57360) || isBetween(code, 57441, 57454);
}

function isBetween(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}

function toNumber(text: string): number | undefined {
  return text === "" ? undefined : Number(text);
}
