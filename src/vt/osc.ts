import { KEPT } from "./parser.ts";

/** A row of the table in changes.ts, and the state which it gets. */
export type Change = readonly [row: string, state: 0 | 1];

/** What an operating system command changes, given what stands between `ESC ]` and its end. */
export function changesOf(command: string): Change[] {
  const [name, ...fields] = command.split(";");
  const number = name !== undefined && /^\d{1,4}$/.test(name) ? Number(name) : -1;
  const first = fields[0] ?? "";
  if (number >= 10 && number <= 19) return coloursFrom(number, fields);
  if (number >= 110 && number <= 119) return [[`osc${number - 100}`, 0]];
  switch (number) {
    case 0:
    case 1:
    case 2:
      return [["title", 1]];
    case 4:
    case 5:
      return fields.some((value, index) => index % 2 === 1 && isColour(value))
        ? [[`osc${number}`, 1]]
        : [];
    case 8: {
      // A link that is cut short is an open one: what closes it is short.
      const open = command.length === KEPT || (fields[1] ?? "") !== "";
      return [["link", open ? 1 : 0]];
    }
    case 9: {
      const off = fields[1] === undefined || fields[1] === "" || fields[1] === "0";
      return first === "4" ? [["progress", off ? 0 : 1]] : [];
    }
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
export function questionsIn(command: string): number {
  if (!command.includes("?")) return 0;
  const [name, ...fields] = command.split(";");
  if (!/^(4|5|1\d|21|22|52)$/.test(name!)) return 0;
  // OSC 21 asks by `key=?`, OSC 22 by a list which begins with `?`; each is answered at once.
  if (name === "21") return fields.some((field) => field.endsWith("=?")) ? 1 : 0;
  if (name === "22") return fields[0]!.startsWith("?") ? 1 : 0;
  return fields.filter((field) => field === "?").length;
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
