import { BOTTOM } from "../vt/modes.ts";

/** A cursor was placed by an absolute position, which says nothing about what stands below it. */
const UNKNOWN = Number.NaN;
/* oxlint-disable no-control-regex */
/** A sequence, a string, a control, or text; the last one may be incomplete. */
const TOKEN =
  /\x1b\[(?<params>[\x20-\x3f]*)(?<final>[\x40-\x7e]?)|\x1b[\]PX^_][^\x07\x18\x1a\x1b]*\x07?|\x1b(?<escape>[\x20-\x2f]*[\x30-\x7e]?)|[\x00-\x1f]|[^\x00-\x1f]+/g;
/* oxlint-enable no-control-regex */
const ALTERNATE = /^\?(?:47|1047|1049)$/;

/** A cursor's row, and whether it may stand behind the first column. */
interface Place {
  row: number;
  behind: boolean;
}

/**
 * What brings the cursor from where this output leaves it to the start of a line below all that it shows;
 * empty where it stands there. By itself, neither CR nor LF begins a line.
 *
 * A program that draws in place moves the cursor back up: as far as it moves by rows it is followed, so
 * that the line comes right below what was drawn. After an absolute position it is the window's last one.
 *
 * @param output each byte as one character.
 * @param cut whether more came before that.
 */
export function freshLine(output: string, cut: boolean): string {
  const { row, behind, end } = followed(output, cut);
  if (Number.isNaN(row)) return BOTTOM;
  const down = end - row;
  if (down > 1) return `\x1b[${down - 1}B\r\n`;
  // It may stand behind what came before, too.
  return down === 1 || behind ? "\r\n" : "";
}

/** The cursor, in rows from where the output begins, and the row below all that is shown. */
class Cursor implements Place {
  row = 0;
  behind = false;
  end: number;
  #saved: Place | undefined;
  /** Whether nothing at all stands on the screen. */
  #blank = false;

  constructor(cut: boolean) {
    this.end = cut ? 1 : 0;
  }

  text(): void {
    this.#blank = false;
    this.behind = true;
    if (this.row >= this.end) this.end = this.row + 1;
  }

  control(char: string): void {
    if (char === "\r") this.behind = false;
    else if (char === "\t") this.behind = true;
    else if ("\n\v\f".includes(char)) this.row++;
  }

  escape(name: string): void {
    switch (name) {
      case "7":
        return this.#save();
      case "8":
        return this.#restore();
      case "M":
        return this.#move(-1);
      case "c":
        this.#erased();
        return this.#put(false);
    }
  }

  sequence(final: string, params: string): void {
    if (final === "l" && ALTERNATE.test(params)) return this.#rebase(1, true);
    if (!/^[\d;]*$/.test(params)) return;
    const [first = 0, second = 0] = params.split(";").map(Number);
    const count = Math.max(1, first);
    switch (final) {
      case "A":
        return this.#move(-count);
      case "B":
        return this.#move(count);
      case "E":
        return this.#move(count, false);
      case "F":
        return this.#move(-count, false);
      case "C":
        return this.#move(0, true);
      case "G":
        return this.#move(0, count > 1);
      case "H":
      case "f":
        return this.#put(second > 1);
      case "d":
        return this.#put(this.behind);
      case "r":
        return this.#put(false);
      case "s":
        return this.#save();
      case "u":
        return this.#restore();
      case "J":
        return first === 0 ? this.#erasedBelow() : first === 2 ? this.#erased() : undefined;
      case "K":
        return this.#erasedLine(first);
    }
  }

  #move(rows: number, behind = this.behind): void {
    this.row += rows;
    this.behind = behind;
  }

  /** Somewhere on the screen. */
  #put(behind: boolean): void {
    if (this.#blank) this.#rebase(0, behind);
    else this.row = UNKNOWN;
    this.behind = behind;
  }

  #save(): void {
    this.#saved = { row: this.row, behind: this.behind };
  }

  #restore(): void {
    ({ row: this.row, behind: this.behind } = this.#saved ?? { row: UNKNOWN, behind: true });
  }

  #erased(): void {
    this.#rebase(0, this.behind);
    this.#blank = true;
  }

  #erasedBelow(): void {
    if (Number.isNaN(this.row)) return this.#rebase(this.behind ? 1 : 0, this.behind);
    this.end = Math.min(this.end, this.behind ? this.row + 1 : this.row);
  }

  #erasedLine(part: number): void {
    const whole = part === 2 || (part === 0 && !this.behind);
    if (whole && this.end === this.row + 1) this.end = this.row;
  }

  /** Nothing stands below the cursor but so many rows, its own among them. */
  #rebase(rows: number, behind: boolean): void {
    [this.row, this.end, this.behind, this.#saved] = [0, rows, behind, undefined];
  }
}

function followed(output: string, cut: boolean): Cursor {
  const cursor = new Cursor(cut);
  for (const { 0: token, groups = {} } of output.matchAll(TOKEN)) {
    const { params, final = "", escape } = groups;
    if (params !== undefined) cursor.sequence(final, params);
    else if (escape !== undefined) cursor.escape(escape);
    else if (token >= " ") cursor.text();
    else cursor.control(token);
  }
  return cursor;
}
