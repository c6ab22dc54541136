import { KEPT } from "./handler.ts";

const SEMICOLON = 0x3b;

/** A row of the table in changes.ts, and the state which it gets. */
export type Change = readonly [row: string, state: 0 | 1];

/** What an operating system command changes, given its number and the fields that follow it. */
export function changesOf(number: number, fields: readonly string[]): Change[] {
  const [first = "", second = ""] = fields;
  if (number >= 10 && number <= 19) return coloursFrom(number, fields);
  if (number >= 110 && number <= 119) return [[`osc${number - 100}`, 0]];
  switch (number) {
    case 4:
    case 5:
      return fields.some((value, index) => index % 2 === 1 && isColour(value))
        ? [[`osc${number}`, 1]]
        : [];
    case 9:
      return first === "4" ? [["progress", second === "" || second === "0" ? 0 : 1]] : [];
    case 22:
      return first.startsWith("?") ? [] : [["pointer", first === "" ? 0 : 1]];
    case 104:
    case 105:
      // With an index it resets that colour only, and others may be changed.
      return fields.length === 0 ? [[`osc${number - 100}`, 0]] : [];
    default:
      return [];
  }
}

/** How many answers an operating system command asks for. */
export function questionsIn(number: number, fields: readonly string[]): number {
  // OSC 21 asks by `key=?`, OSC 22 by a list which begins with `?`; each is answered at once.
  if (number === 21) return fields.some((field) => field.endsWith("=?")) ? 1 : 0;
  if (number === 22) return fields[0]?.startsWith("?") ? 1 : 0;
  if (number === 99) return fields[0]?.split(":").includes("p=?") ? 1 : 0;
  if (number === 1337) return /^Report(?:CellSize$|Variable=)/.test(fields[0] ?? "") ? 1 : 0;
  if (number === 5522) return fields[0]?.split(":").includes("type=read") ? 1 : 0;
  const each =
    number === 4 ||
    number === 5 ||
    number === 50 ||
    number === 52 ||
    (number >= 10 && number <= 19);
  return each ? fields.filter((field) => field === "?").length : 0;
}

// Titles and links are frequent, and so told from their bytes: to make a string takes longer (measured).

/** The number that an operating system command begins with; -1 where there is none, or one of five digits. */
export function numberOf(command: Uint8Array, length: number): number {
  let number = 0;
  for (let at = 0; at < length; at++) {
    const byte = command[at]!;
    if (byte === SEMICOLON) return at > 0 ? number : -1;
    if (at === 4 || byte < 0x30 || byte > 0x39) return -1;
    number = number * 10 + byte - 0x30;
  }
  return length > 0 ? number : -1;
}

/** Whether `8;parameters;address` opens a link; without an address it closes one. */
export function opensLink(command: Uint8Array, length: number): boolean {
  // A link that is cut short is an open one: what closes it is short.
  if (length === KEPT) return true;
  let fields = 0;
  for (let at = 0; at < length; at++) {
    if (command[at] === SEMICOLON && ++fields === 2) {
      return at + 1 < length && command[at + 1] !== SEMICOLON;
    }
  }
  return false;
}

/** Each further colour is that of the next number: 10;a;b sets 10 and 11. */
function coloursFrom(number: number, values: readonly string[]): Change[] {
  return values.flatMap((value, index): Change[] =>
    number + index <= 19 && isColour(value) ? [[`osc${number + index}`, 1]] : [],
  );
}

/** `?` asks for the colour. */
function isColour(value: string): boolean {
  return value !== "" && value !== "?";
}
