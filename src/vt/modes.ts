import {
  ABORT,
  COMMANDS,
  CSI,
  INPUT,
  PLACED,
  REPORTING,
  RESTORE_CURSOR,
  SAVE_CURSOR,
  SCREEN,
  TABLE,
  rowOf,
  visitAlternate,
  type Row,
} from "./changes.ts";
import { VtParser } from "./parser.ts";
import { Scanner } from "./scan.ts";
import { TerminalState, believe } from "./state.ts";

const [ORIGIN, REGION] = [rowOf("?6"), rowOf("region")];
const UNPLACED = TABLE.filter((row) => !PLACED.includes(row));
const [CURSOR, SGR, UTF8_MOUSE] = [rowOf("?25"), rowOf("sgr"), rowOf("?1005")];
/** Brings the cursor to the last line, which is a new one. */
export const BOTTOM = `${CSI}9999H\n`;

/** The foreground, the background and the cursor: in xterm each may be set as another in reverse video. */
const REVERSIBLE = ["osc10", "osc11", "osc12"].map(rowOf);

let shared: { scanner: Scanner | undefined } | undefined;

/**
 * A scanner costs 4 MiB of memory (measured), which somebody who only types at a shell should not pay:
 * so much is read without one first, in less than a millisecond altogether.
 */
const SCAN_AFTER_BYTES = 128 * 1024;

/** One for all watchers, which feed one after another by the same rules. */
export function sharedScanner(): Scanner | undefined {
  return (shared ??= { scanner: Scanner.create(TerminalState.rules) }).scanner;
}

function scannerAfter(fed: number): Scanner | undefined {
  return fed < SCAN_AFTER_BYTES ? undefined : sharedScanner();
}

/** Remembers what the remote changed of the local terminal, to undo just that. */
export class ModeWatcher {
  readonly #state = new TerminalState();
  readonly #parser: VtParser;

  /** @param scannerFor see `VtParser`. */
  constructor(scannerFor: (fed: number) => Scanner | undefined = scannerAfter) {
    this.#parser = new VtParser(this.#state, TerminalState.rules, scannerFor);
  }

  /** Takes bytes in the order in which they are written to the terminal, cut anywhere. */
  feed(bytes: Uint8Array): void {
    this.#parser.feed(bytes);
  }

  /** As `feed` of all these bytes in one, which costs less than to feed them one by one. */
  feedAll(chunks: readonly Uint8Array[]): void {
    this.#parser.feedAll(chunks);
  }

  /** True while the alternate screen is shown. */
  get alternateScreen(): boolean {
    return this.#state.alternate !== 0;
  }

  /** Whether the remote shows the cursor. */
  get cursorVisible(): boolean {
    return this.#state.rows[CURSOR] === 0;
  }

  /** Whether mouse reports without numbers are in UTF-8. */
  get utf8Mouse(): boolean {
    return this.#state.rows[UTF8_MOUSE] !== 0;
  }

  /** Whether a program on the main screen has saved its cursor, which it may bring back any time. */
  get cursorKept(): boolean {
    return this.#state.cursorKept;
  }

  /** True when the stream stands between sequences, strings and UTF-8 characters. */
  get atBoundary(): boolean {
    return this.unfinished === 0;
  }

  /** Bytes since the start of the sequence, string or character in which the stream stands; 0 in none. */
  get unfinished(): number {
    return this.#parser.unfinished;
  }

  /** True between the ESC and the backslash that end a string: a terminal may have acted upon that already. */
  get closing(): boolean {
    return this.#parser.closing;
  }

  /** True where some terminals are still in a string that others have ended, until an ST comes. */
  get stringOpen(): boolean {
    return this.#state.stringOpen;
  }

  /** True while the terminal may send what nobody typed, or keys that only the remote understands. */
  get reports(): boolean {
    const { rows, keyboard } = this.#state;
    return keyboard.current !== 0 || REPORTING.some((row) => rows[row] !== 0);
  }

  /** How often the terminal was made to do that; it only grows, and tells what is over already. */
  get reportsBegun(): number {
    return this.#state.reportsBegun;
  }

  /** How many questions the remote has asked that a terminal answers; it only grows. */
  get questions(): number {
    return this.#state.questions;
  }

  /** How many of the questions were for the primary device attributes (DA1). */
  get attributeQuestions(): number {
    return this.#state.attributeQuestions;
  }

  /** ASCII that brings the terminal back to how it was; empty where nothing is changed. */
  undo(): string {
    const { rows, doubted, alternateDoubted, stringOpen } = this.#state;
    const state = rows.map((value, row) => value || doubted[row]!);
    let out = this.#parser.atGround && !stringOpen ? "" : ABORT;
    out += undoRows(INPUT, state);
    // On the main screen ?1049l goes to the saved cursor.
    if (alternateDoubted) out += `${SAVE_CURSOR}${CSI}?1049l`;
    const [main, alternate] = [this.#state.keyboards[0].undo(), this.#state.keyboards[1].undo()];
    if (this.#state.alternate !== 0) {
      out += alternate + undoRows(PLACED, state);
      state[ORIGIN] = 0;
      state[REGION] ||= this.#state.regionBelow;
      const { cursorKept } = this.#state;
      // Where a terminal has no other screen the shell goes on below this one; else that is not seen.
      if (this.#state.alternate === 1049) out += bottom(state);
      out += `${CSI}?${this.#state.alternate}l`;
      // ?47 and ?1047 leave the cursor where it was on the other screen, amid what stands on this one.
      if (this.#state.alternate !== 1049) out += cursorKept ? RESTORE_CURSOR : bottom(state);
      if (this.#state.alternate === 1049 || cursorKept) believe(state, this.#state.cursors[0]);
    } else out += visitAlternate(alternate);
    out += main;
    // Turning origin mode off homes the cursor, and ESC 8 would turn it on again; so the shell
    // goes on at the bottom.
    const homing = undoRows(PLACED, state);
    if (state[ORIGIN] !== 0) out += homing + bottom(state);
    else if (homing !== "") out += SAVE_CURSOR + homing + RESTORE_CURSOR;
    if (this.#state.wasReversed && REVERSIBLE.some((row) => state[row] !== 0)) {
      for (const row of REVERSIBLE) state[row] = 1;
    }
    return out + undoRows(SCREEN, state) + undoRows(COMMANDS, state) + this.#state.titles.undo();
  }

  /**
   * ASCII that sets a fresh terminal to the watched state, for a stream that goes on from here.
   * Not what SGR and the palette colour, tab stops, the pointer, progress, titles, links and saved cursors:
   * their content is not kept.
   */
  redo(): string {
    const [main, alternate] = [this.#state.keyboards[0].redo(), this.#state.keyboards[1].redo()];
    const screen =
      this.#state.alternate === 0
        ? visitAlternate(alternate)
        : `${CSI}?${this.#state.alternate}h${alternate}`;
    return (
      main +
      screen +
      this.#state.titles.redo() +
      this.#redoPlaced() +
      redoRows(UNPLACED, this.#state.rows)
    );
  }

  /** Margins home the cursor. On the main screen it stays by the shell's last line, which may be below them. */
  #redoPlaced(): string {
    const { rows, alternate } = this.#state;
    const homing = redoRows(PLACED, rows);
    if (homing === "" || alternate !== 0 || rows[ORIGIN] !== 0) return homing;
    return `\n${SAVE_CURSOR}${homing}${RESTORE_CURSOR}${CSI}A`;
  }

  /**
   * Of `redo` what does nothing where it is so already: sets again what a shell in between may have turned
   * off for itself. It pushes nothing, shows no other screen and moves no cursor.
   */
  renew(): string {
    const { rows, keyboard } = this.#state;
    return keyboard.renew() + redoRows(INPUT, rows) + redoRows(SCREEN, rows);
  }
}

/** As BOTTOM, but without colour, which the new line would be filled with. */
function bottom(state: Int32Array): string {
  return state[SGR] === 0 ? BOTTOM : `${CSI}0m${BOTTOM}`;
}

function undoRows(rows: readonly Row[], state: Int32Array): string {
  return rows.map((row) => (state[rowOf(row.id)] === 0 ? "" : row.undo)).join("");
}

function redoRows(rows: readonly Row[], state: Int32Array): string {
  const redone = rows.map((row) => {
    const value = state[rowOf(row.id)]!;
    return value === 0 ? "" : (row.redo?.(value) ?? "");
  });
  return redone.join("");
}
