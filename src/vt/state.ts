/**
 * What the remote changed of the terminal, sequence by sequence.
 *
 * Terminals differ. Where they do, a change is believed and a restore is not: undoing what is
 * already undone costs a few bytes, a state left behind spoils the shell.
 */
import {
  ANSI_MODES,
  COMMANDS,
  DISABLED,
  INPUT,
  PRIVATE_MODES,
  ROW,
  SOFT,
  TABLE,
  WITH_CURSOR,
  rowOf,
} from "./changes.ts";
import { changesOf, opensLink, questionsIn } from "./osc.ts";
import { KeyboardFlags, TitleStack } from "./stacks.ts";
import { ABSENT, keyOf, type CommandText, type ControlSequence, type VtHandler } from "./parser.ts";
import type { ScanRules } from "./scan.ts";

const [SGR, SHIFT, G0] = [rowOf("sgr"), rowOf("shift"), rowOf("g0")];
const [REGION, COLUMN_MODE, COLUMNS] = [rowOf("region"), rowOf("?69"), rowOf("columns")];
const [CURSOR, SHAPE, KEYPAD] = [rowOf("?25"), rowOf("shape"), rowOf("?66")];
const [UTF8, EIGHT_BIT] = [rowOf("utf8"), rowOf("8-bit")];
const [TITLE, LINK] = [rowOf("title"), rowOf("link")];
/** What each row's mode is in a fresh terminal. */
const FRESH = TABLE.map((row) => row.on ?? false);
/** These change which screen is shown, or save the cursor. */
const SCREEN_MODES = [47, 1047, 1048, 1049];
/** The window operations (CSI … t) that the terminal answers. */
const WINDOW_REPORTS = [11, 13, 14, 15, 16, 18, 19, 20, 21];
/** DECRQSS and XTGETTCAP. */
const DEVICE_QUESTIONS = ["$q", "+q"].map(keyOf);
/** The final byte that designates ASCII. */
const ASCII = 0x42;
/** A character set known to be another, but not by one letter. */
const UNNAMED = -1;

/** Takes what a `VtParser` reports. */
export class TerminalState implements VtHandler {
  /** By the rows of `TABLE`. */
  readonly rows = new Int32Array(TABLE.length);
  readonly titles = new TitleStack();
  /** Those of the main and of the alternate screen. */
  readonly keyboards = [new KeyboardFlags(), new KeyboardFlags()] as const;
  /** What the saved cursors of the main and the alternate screen hold. */
  readonly cursors = [new Int32Array(TABLE.length), new Int32Array(TABLE.length)] as const;
  /** The mode that showed the alternate screen, or 0 on the main one. */
  alternate = 0;
  /** The main screen's scroll region while the alternate one is shown: not all share it. */
  regionBelow = 0;
  /** How many questions the remote has asked that a terminal answers. */
  questions = 0;
  /** How many of them were for the primary device attributes (DA1). */
  attributeQuestions = 0;
  /** What XTSAVE (CSI ? n s) kept. */
  readonly #kept = new Int32Array(TABLE.length);

  // One table for all: with functions of its own for each state, their calls are not inlined.
  static readonly #escapes = keyed<(state: TerminalState) => void>({
    c: (state) => state.#reset(),
    "7": (state) => state.#saveCursor(),
    "8": (state) => state.#restoreCursor(),
    "=": (state) => state.#put(KEYPAD, 1),
    ">": (state) => state.#put(KEYPAD, 0),
    n: (state) => state.#put(SHIFT, 2),
    o: (state) => state.#put(SHIFT, 3),
    "~": (state) => state.#put(SHIFT, 4),
    "}": (state) => state.#put(SHIFT, 5),
    "|": (state) => state.#put(SHIFT, 6),
    "%@": (state) => state.#put(UTF8, 1),
    "%G": (state) => state.#put(UTF8, 0),
    " G": (state) => state.#put(EIGHT_BIT, 1),
    " F": (state) => state.#put(EIGHT_BIT, 0),
  });
  static readonly #controls = keyed<(state: TerminalState, sequence: ControlSequence) => void>({
    m: (state, sequence) => state.#graphics(sequence),
    "?h": (state, sequence) => state.#modes(PRIVATE_MODES, true, sequence),
    "?l": (state, sequence) => state.#modes(PRIVATE_MODES, false, sequence),
    h: (state, sequence) => state.#modes(ANSI_MODES, true, sequence),
    l: (state, sequence) => state.#modes(ANSI_MODES, false, sequence),
    "?s": (state, sequence) => state.#keep(sequence),
    "?r": (state, sequence) => state.#bringBack(sequence),
    r: (state, sequence) => state.#put(REGION, pair(sequence)),
    // With column margins allowed, CSI s sets them; without, it saves the cursor.
    s: (state, sequence) => {
      if (state.rows[COLUMN_MODE] === 0) state.#saveCursor();
      else state.#put(COLUMNS, pair(sequence));
    },
    u: (state) => state.#restoreCursor(),
    ">u": (state, sequence) => state.#keyboard.push(sequence.param(0, 0)),
    "<u": (state, sequence) => state.#keyboard.pop(sequence.param(0, 1)),
    "=u": (state, sequence) => state.#keyboard.set(sequence.param(0, 0), sequence.param(1, 1)),
    ">m": (state, sequence) => state.#keyResource(sequence),
    ">n": (state, sequence) => state.#disableResource(sequence),
    " q": (state, sequence) => state.#put(SHAPE, sequence.param(0, 0)),
    "!p": (state) => state.#softReset(),
    t: (state, sequence) => {
      state.#titleStack(sequence);
      state.#ask(WINDOW_REPORTS.includes(sequence.param(0, 0)));
    },
    c: (state, sequence) => {
      const asked = sequence.param(0, 0) === 0;
      state.#ask(asked);
      if (asked) state.attributeQuestions++;
    },
    ">c": (state, sequence) => state.#ask(sequence.param(0, 0) === 0),
    "=c": (state, sequence) => state.#ask(sequence.param(0, 0) === 0),
    ">q": (state, sequence) => state.#ask(sequence.param(0, 0) === 0),
    n: (state, sequence) => state.#ask([5, 6].includes(sequence.param(0, 0))),
    "?n": (state) => state.#ask(true),
    $p: (state) => state.#ask(true),
    "?$p": (state) => state.#ask(true),
    "?u": (state) => state.#ask(true),
  });

  /** What a parser is to report. */
  static readonly rules: ScanRules = {
    finals: Array.from(TerminalState.#controls.keys(), (key) => key & 0xff),
    escapes: [...TerminalState.#escapes.keys()].filter((key) => key <= 0xff),
    noted: PRIVATE_MODES,
    stops: SCREEN_MODES,
  };

  mode(row: number, on: boolean): void {
    this.rows[row] = on === FRESH[row] ? 0 : 1;
    if (row === COLUMN_MODE && !on) this.#put(COLUMNS, 0);
  }

  shift(byte: number): void {
    this.#put(SHIFT, byte === 0x0e ? 1 : 0);
  }

  escape(key: number): void {
    const designated = key > 0xffff ? key >> 16 : key >> 8;
    if (designated >= 0x28 && designated <= 0x2f) this.#designate(designated, key);
    else TerminalState.#escapes.get(key)?.(this);
  }

  control(key: number, sequence: ControlSequence): void {
    TerminalState.#controls.get(key)?.(this, sequence);
  }

  osc(number: number, command: CommandText): void {
    if (number >= 0 && number <= 2) return this.#put(TITLE, 1);
    if (number === 8) return this.#put(LINK, opensLink(command.text()) ? 1 : 0);
    const fields = command.text().split(";").slice(1);
    for (const [id, value] of changesOf(number, fields)) this.#put(rowOf(id), value);
    this.questions += questionsIn(number, fields);
  }

  device(key: number): void {
    this.#ask(DEVICE_QUESTIONS.includes(key));
  }

  #ask(asked: boolean): void {
    if (asked) this.questions++;
  }

  #put(row: number, value: number): void {
    this.rows[row] = value;
  }

  /** `( ) * +` name a set of 94 characters for G0 to G3, `- . /` one of 96 for G1 to G3. */
  #designate(intermediate: number, key: number): void {
    if (intermediate === 0x2c) return;
    const small = intermediate <= 0x2b;
    const final = key & 0xff;
    const named = small && key <= 0xffff;
    const row = G0 + intermediate - (small ? 0x28 : 0x2c);
    this.rows[row] = !named ? UNNAMED : final === ASCII ? 0 : final;
  }

  /** SGR is clean after a plain 0, unless that 0 is part of a colour: 38;5;0, 38;2;r;g;0, 4:0. */
  #graphics(sequence: ControlSequence): void {
    const { count } = sequence;
    let dirty = this.rows[SGR]!;
    for (let index = 0; index < count; index++) {
      const value = sequence.param(index, 0);
      if (sequence.isSub(index)) {
        if (value > 0) dirty = 1;
        continue;
      }
      dirty = value > 0 ? 1 : 0;
      if (value !== 38 && value !== 48 && value !== 58) continue;
      if (index + 1 === count || sequence.isSub(index + 1)) continue;
      const kind = sequence.param(index + 1, 0);
      index += kind === 2 ? 4 : kind === 5 ? 2 : count;
    }
    this.rows[SGR] = sequence.overflowed ? 1 : dirty;
  }

  #keyResource(sequence: ControlSequence): void {
    const resource = sequence.param(0, 0);
    if (!ROW.has(`>${resource}`)) return;
    const value = sequence.count > 1 ? sequence.param(1, 0) : ABSENT;
    this.#put(rowOf(`>${resource}`), resource === 4 && value === 0 ? 0 : value + 1);
  }

  /** Without a number it is modifyFunctionKeys; off is what modifyOtherKeys was. */
  #disableResource(sequence: ControlSequence): void {
    const resource = sequence.param(0, 2);
    if (ROW.has(`>${resource}`)) this.#put(rowOf(`>${resource}`), resource === 4 ? 0 : DISABLED);
  }

  #modes(modes: ReadonlyMap<number, number>, on: boolean, sequence: ControlSequence): void {
    for (let index = 0; index < sequence.count; index++) {
      const number = sequence.param(index, 0);
      if (modes === PRIVATE_MODES && SCREEN_MODES.includes(number)) this.#screen(number, on);
      else {
        const row = modes.get(number);
        if (row !== undefined) this.mode(row, on);
      }
    }
  }

  #screen(number: number, on: boolean): void {
    const cursorToo = number === 1048 || number === 1049;
    if (cursorToo && on) this.#saveCursor();
    if (number !== 1048 && on) this.#enterAlternate(number);
    else if (number !== 1048) this.#leaveAlternate();
    if (cursorToo && !on) this.#restoreCursor();
  }

  #enterAlternate(number: number): void {
    if (this.alternate !== 0) return;
    this.alternate = number;
    this.regionBelow = this.rows[REGION]!;
  }

  #leaveAlternate(): void {
    this.alternate = 0;
    this.rows[REGION] ||= this.regionBelow;
    this.regionBelow = 0;
  }

  get #keyboard(): KeyboardFlags {
    return this.keyboards[this.#shown];
  }

  #titleStack(sequence: ControlSequence): void {
    const [action, kind] = [sequence.param(0, 0), sequence.param(1, 0)];
    if (kind > 2) return;
    if (action === 22) this.titles.push(kind);
    else if (action === 23) this.titles.pop(kind);
  }

  /** XTSAVE and XTRESTORE. */
  #keep(sequence: ControlSequence): void {
    for (const row of keptRows(sequence)) this.#kept[row] = this.rows[row]!;
  }

  #bringBack(sequence: ControlSequence): void {
    for (const row of keptRows(sequence)) {
      if (this.#kept[row] !== 0) this.rows[row] = this.#kept[row]!;
    }
  }

  /** Which of the pairs belongs to the screen that is shown. */
  get #shown(): 0 | 1 {
    return this.alternate === 0 ? 0 : 1;
  }

  #saveCursor(): void {
    const cursor = this.cursors[this.#shown];
    for (const row of WITH_CURSOR) cursor[row] = this.rows[row]!;
  }

  #restoreCursor(): void {
    believe(this.rows, this.cursors[this.#shown]);
  }

  #reset(): void {
    // xterm.js leaves a hidden cursor hidden.
    const cursor = this.rows[CURSOR]!;
    this.rows.fill(0, 0, INPUT.length);
    this.rows.fill(0, INPUT.length + COMMANDS.length);
    this.rows[CURSOR] = cursor;
    this.#kept.fill(0);
    for (const saved of this.cursors) saved.fill(0);
    for (const keyboard of this.keyboards) keyboard.clear();
    this.alternate = 0;
    this.regionBelow = 0;
  }

  #softReset(): void {
    for (const row of SOFT) this.rows[row] = 0;
    this.cursors[this.#shown].fill(0);
  }
}

/** A cursor restored: what it held is believed where it is a change (see the top). */
export function believe(rows: Int32Array, cursor: Int32Array): void {
  for (const row of WITH_CURSOR) if (cursor[row] !== 0) rows[row] = cursor[row]!;
}

function keyed<Handler>(handlers: Record<string, Handler>): ReadonlyMap<number, Handler> {
  return new Map(Object.entries(handlers).map(([name, handler]) => [keyOf(name), handler]));
}

function keptRows(sequence: ControlSequence): number[] {
  const numbers = Array.from({ length: sequence.count }, (_, index) => sequence.param(index, 0));
  return numbers.map((number) => PRIVATE_MODES.get(number)).filter((row) => row !== undefined);
}

/** Two margins as one state; 0 where both are absent, which means the whole screen. */
function pair(sequence: ControlSequence): number {
  const [first, last] = [sequence.param(0, 0), sequence.param(1, 0)];
  return first <= 1 && last === 0 ? 0 : (first << 16) | last;
}
