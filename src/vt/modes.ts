/**
 * Remembers what the remote changed of the local terminal, to undo just that.
 *
 * Terminals differ. Where they do, a change is believed and a restore is not: undoing what is
 * already undone costs a few bytes, a state left behind spoils the shell.
 */
import {
  ABORT,
  ANSI_MODES,
  COMMANDS,
  CSI,
  DISABLED,
  INPUT,
  PLACED,
  PRIVATE_MODES,
  RESTORE_CURSOR,
  ROW,
  SAVE_CURSOR,
  SCREEN,
  SOFT,
  TABLE,
  WITH_CURSOR,
  rowOf,
  visitAlternate,
  type Row,
} from "./changes.ts";
import { changesOf, questionsIn } from "./osc.ts";
import { KeyboardFlags, TitleStack } from "./stacks.ts";
import { ABSENT, VtParser, keyOf, type ControlSequence } from "./parser.ts";
import { Scanner, type ScanRules } from "./scan.ts";

const [SGR, G0, ORIGIN] = [rowOf("sgr"), rowOf("g0"), rowOf("?6")];
const [REGION, COLUMN_MODE] = [rowOf("region"), rowOf("?69")];
const CURSOR = rowOf("?25");
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

let shared: { scanner: Scanner | undefined } | undefined;

/** One for all watchers, which feed one after another by the same rules. */
function sharedScanner(rules: ScanRules): Scanner | undefined {
  return (shared ??= { scanner: Scanner.create(rules) }).scanner;
}

/** Watches the stream to the terminal; knows how to undo what it changed. */
export class ModeWatcher {
  readonly #state = new Int32Array(TABLE.length);
  /** What XTSAVE (CSI ? n s) kept. */
  readonly #kept = new Int32Array(TABLE.length);
  /** What the saved cursors of the main and the alternate screen hold. */
  readonly #cursors = [new Int32Array(TABLE.length), new Int32Array(TABLE.length)] as const;
  readonly #titles = new TitleStack();
  readonly #keyboards = [new KeyboardFlags(), new KeyboardFlags()] as const;
  /** The mode that showed the alternate screen, or 0 on the main one. */
  #alternate = 0;
  /** The main screen's scroll region while the alternate one is shown: not all share it. */
  #regionBelow = 0;
  #questions = 0;
  #attributeQuestions = 0;
  readonly #scannerFor: typeof sharedScanner;

  readonly #escapes = keyed<() => void>({
    c: () => this.#reset(),
    "7": () => this.#saveCursor(),
    "8": () => this.#restoreCursor(),
    "=": () => this.#put("?66", 1),
    ">": () => this.#put("?66", 0),
    n: () => this.#put("shift", 2),
    o: () => this.#put("shift", 3),
    "~": () => this.#put("shift", 4),
    "}": () => this.#put("shift", 5),
    "|": () => this.#put("shift", 6),
    "%@": () => this.#put("utf8", 1),
    "%G": () => this.#put("utf8", 0),
    " G": () => this.#put("8-bit", 1),
    " F": () => this.#put("8-bit", 0),
  });
  readonly #controls = keyed<(sequence: ControlSequence) => void>({
    m: (sequence) => this.#graphics(sequence),
    "?h": (sequence) => this.#modes(PRIVATE_MODES, true, sequence),
    "?l": (sequence) => this.#modes(PRIVATE_MODES, false, sequence),
    h: (sequence) => this.#modes(ANSI_MODES, true, sequence),
    l: (sequence) => this.#modes(ANSI_MODES, false, sequence),
    "?s": (sequence) => this.#keep(sequence),
    "?r": (sequence) => this.#bringBack(sequence),
    r: (sequence) => this.#put("region", pair(sequence)),
    // With column margins allowed, CSI s sets them; without, it saves the cursor.
    s: (sequence) => {
      if (this.#state[COLUMN_MODE] === 0) this.#saveCursor();
      else this.#put("columns", pair(sequence));
    },
    u: () => this.#restoreCursor(),
    ">u": (sequence) => this.#keyboard.push(sequence.param(0, 0)),
    "<u": (sequence) => this.#keyboard.pop(sequence.param(0, 1)),
    "=u": (sequence) => this.#keyboard.set(sequence.param(0, 0), sequence.param(1, 1)),
    ">m": (sequence) => this.#keyResource(sequence),
    ">n": (sequence) => this.#disableResource(sequence),
    " q": (sequence) => this.#put("shape", sequence.param(0, 0)),
    "!p": () => this.#softReset(),
    t: (sequence) => {
      this.#titleStack(sequence);
      this.#ask(WINDOW_REPORTS.includes(sequence.param(0, 0)));
    },
    c: (sequence) => {
      const asked = sequence.param(0, 0) === 0;
      this.#ask(asked);
      if (asked) this.#attributeQuestions++;
    },
    ">c": (sequence) => this.#ask(sequence.param(0, 0) === 0),
    "=c": (sequence) => this.#ask(sequence.param(0, 0) === 0),
    ">q": (sequence) => this.#ask(sequence.param(0, 0) === 0),
    n: (sequence) => this.#ask([5, 6].includes(sequence.param(0, 0))),
    "?n": () => this.#ask(true),
    $p: () => this.#ask(true),
    "?$p": () => this.#ask(true),
    "?u": () => this.#ask(true),
  });
  readonly #rules: ScanRules = {
    finals: Array.from(this.#controls.keys(), (key) => key & 0xff),
    escapes: [...this.#escapes.keys()].filter((key) => key <= 0xff),
    noted: PRIVATE_MODES.keys(),
    stops: SCREEN_MODES,
  };
  readonly #parser = new VtParser({
    rules: this.#rules,
    scanner: () => this.#scannerFor(this.#rules),
    mode: (number, on) => this.#setMode(PRIVATE_MODES.get(number), on),
    shift: (byte) => this.#put("shift", byte === 0x0e ? 1 : 0),
    escape: (key) => this.#escape(key),
    control: (key, sequence) => this.#controls.get(key)?.(sequence),
    graphics: (dirty) => {
      this.#state[SGR] = dirty;
    },
    osc: (text) => {
      for (const [id, value] of changesOf(text)) this.#put(id, value);
      this.#questions += questionsIn(text);
    },
    device: (key) => this.#ask(DEVICE_QUESTIONS.includes(key)),
  });

  /** @param scannerFor makes what reads faster than this can by itself, once there is something to read. */
  constructor(scannerFor = sharedScanner) {
    this.#scannerFor = scannerFor;
  }

  /** Takes bytes in the order in which they are written to the terminal, cut anywhere. */
  feed(bytes: Uint8Array): void {
    this.#parser.feed(bytes);
  }

  /** True while the alternate screen is shown. */
  get alternateScreen(): boolean {
    return this.#alternate !== 0;
  }

  /** Whether the remote shows the cursor. */
  get cursorVisible(): boolean {
    return this.#state[CURSOR] === 0;
  }

  /** True when the stream stands between sequences, strings and UTF-8 characters. */
  get atBoundary(): boolean {
    return this.#parser.atBoundary;
  }

  /** True once the remote has set a title; a reset does not make it false, nor does `undo` help. */
  get titleChanged(): boolean {
    return this.#state[rowOf("title")] !== 0;
  }

  /** How many questions the remote has asked that a terminal answers; it only grows. */
  get questions(): number {
    return this.#questions;
  }

  /** How many of the questions were for the primary device attributes (DA1). */
  get attributeQuestions(): number {
    return this.#attributeQuestions;
  }

  /** ASCII that brings the terminal back to how it was; empty where nothing is changed. */
  undo(): string {
    const state = this.#state.slice();
    let out = this.#parser.atGround ? "" : ABORT;
    out += undoRows(INPUT, state);
    const [main, alternate] = [this.#keyboards[0].undo(), this.#keyboards[1].undo()];
    if (this.#alternate !== 0) {
      out += alternate + undoRows(PLACED, state);
      state[ORIGIN] = 0;
      state[REGION] ||= this.#regionBelow;
      out += `${CSI}?${this.#alternate}l`;
      if (this.#alternate === 1049) believe(state, this.#cursors[0]);
    } else out += visitAlternate(alternate);
    out += main;
    // Turning origin mode off homes the cursor, and ESC 8 would turn it on again; so the shell
    // goes on at the bottom.
    const homing = undoRows(PLACED, state);
    if (state[ORIGIN] !== 0) out += `${homing}${CSI}9999H`;
    else if (homing !== "") out += SAVE_CURSOR + homing + RESTORE_CURSOR;
    out += undoRows(COMMANDS, state) + this.#titles.undo();
    return out + undoRows(SCREEN, state);
  }

  /**
   * ASCII that sets a fresh terminal to the watched state, for a stream that goes on from here.
   * Not colours, titles, links and saved cursors: their content is not kept.
   */
  redo(): string {
    const [main, alternate] = [this.#keyboards[0].redo(), this.#keyboards[1].redo()];
    const screen =
      this.#alternate === 0 ? visitAlternate(alternate) : `${CSI}?${this.#alternate}h${alternate}`;
    const rows = TABLE.map((row, index) => {
      const value = this.#state[index]!;
      return value === 0 ? "" : (row.redo?.(value) ?? "");
    });
    return main + screen + this.#titles.redo() + rows.join("");
  }

  #ask(asked: boolean): void {
    if (asked) this.#questions++;
  }

  #put(id: string, value: number): void {
    this.#state[rowOf(id)] = value;
  }

  #escape(key: number): void {
    const designated = key > 0xffff ? key >> 16 : key >> 8;
    if (designated >= 0x28 && designated <= 0x2f) this.#designate(designated, key);
    else this.#escapes.get(key)?.();
  }

  /** `( ) * +` name a set of 94 characters for G0 to G3, `- . /` one of 96 for G1 to G3. */
  #designate(intermediate: number, key: number): void {
    if (intermediate === 0x2c) return;
    const small = intermediate <= 0x2b;
    const final = key & 0xff;
    const named = small && key <= 0xffff;
    const row = G0 + intermediate - (small ? 0x28 : 0x2c);
    this.#state[row] = !named ? UNNAMED : final === ASCII ? 0 : final;
  }

  /** SGR is clean after a plain 0, unless that 0 is part of a colour: 38;5;0, 38;2;r;g;0, 4:0. */
  #graphics(sequence: ControlSequence): void {
    const { count } = sequence;
    let dirty = this.#state[SGR]!;
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
    this.#state[SGR] = sequence.overflowed ? 1 : dirty;
  }

  #keyResource(sequence: ControlSequence): void {
    const resource = sequence.param(0, 0);
    if (!ROW.has(`>${resource}`)) return;
    const value = sequence.count > 1 ? sequence.param(1, 0) : ABSENT;
    this.#put(`>${resource}`, resource === 4 && value === 0 ? 0 : value + 1);
  }

  /** Without a number it is modifyFunctionKeys; off is what modifyOtherKeys was. */
  #disableResource(sequence: ControlSequence): void {
    const resource = sequence.param(0, 2);
    if (ROW.has(`>${resource}`)) this.#put(`>${resource}`, resource === 4 ? 0 : DISABLED);
  }

  #modes(modes: ReadonlyMap<number, number>, on: boolean, sequence: ControlSequence): void {
    for (let index = 0; index < sequence.count; index++) {
      const number = sequence.param(index, 0);
      if (modes === PRIVATE_MODES && SCREEN_MODES.includes(number)) this.#screen(number, on);
      else this.#setMode(modes.get(number), on);
    }
  }

  #setMode(row: number | undefined, on: boolean): void {
    if (row === undefined) return;
    this.#state[row] = on === (TABLE[row]!.on ?? false) ? 0 : 1;
    if (row === COLUMN_MODE && !on) this.#put("columns", 0);
  }

  #screen(number: number, on: boolean): void {
    const cursorToo = number === 1048 || number === 1049;
    if (cursorToo && on) this.#saveCursor();
    if (number !== 1048 && on) this.#enterAlternate(number);
    else if (number !== 1048) this.#leaveAlternate();
    if (cursorToo && !on) this.#restoreCursor();
  }

  #enterAlternate(number: number): void {
    if (this.#alternate !== 0) return;
    this.#alternate = number;
    this.#regionBelow = this.#state[REGION]!;
  }

  #leaveAlternate(): void {
    this.#alternate = 0;
    this.#state[REGION] ||= this.#regionBelow;
    this.#regionBelow = 0;
  }

  get #keyboard(): KeyboardFlags {
    return this.#keyboards[this.#shown];
  }

  #titleStack(sequence: ControlSequence): void {
    const [action, kind] = [sequence.param(0, 0), sequence.param(1, 0)];
    if (kind > 2) return;
    if (action === 22) this.#titles.push(kind);
    else if (action === 23) this.#titles.pop(kind);
  }

  /** XTSAVE and XTRESTORE. */
  #keep(sequence: ControlSequence): void {
    for (const row of keptRows(sequence)) this.#kept[row] = this.#state[row]!;
  }

  #bringBack(sequence: ControlSequence): void {
    for (const row of keptRows(sequence)) {
      if (this.#kept[row] !== 0) this.#state[row] = this.#kept[row]!;
    }
  }

  /** Which of the pairs belongs to the screen that is shown. */
  get #shown(): 0 | 1 {
    return this.#alternate === 0 ? 0 : 1;
  }

  #saveCursor(): void {
    const cursor = this.#cursors[this.#shown];
    for (const row of WITH_CURSOR) cursor[row] = this.#state[row]!;
  }

  #restoreCursor(): void {
    believe(this.#state, this.#cursors[this.#shown]);
  }

  #reset(): void {
    // xterm.js leaves a hidden cursor hidden.
    const cursor = this.#state[CURSOR]!;
    this.#state.fill(0, 0, INPUT.length);
    this.#state.fill(0, INPUT.length + COMMANDS.length);
    this.#state[CURSOR] = cursor;
    this.#kept.fill(0);
    for (const saved of this.#cursors) saved.fill(0);
    for (const keyboard of this.#keyboards) keyboard.clear();
    this.#alternate = 0;
    this.#regionBelow = 0;
  }

  #softReset(): void {
    for (const row of SOFT) this.#state[row] = 0;
    this.#cursors[this.#shown].fill(0);
  }
}

/** A cursor restored: what it held is believed where it is a change (see the top). */
function believe(state: Int32Array, cursor: Int32Array): void {
  for (const row of WITH_CURSOR) if (cursor[row] !== 0) state[row] = cursor[row]!;
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

function undoRows(rows: readonly Row[], state: Int32Array): string {
  return rows.map((row) => (state[rowOf(row.id)] === 0 ? "" : row.undo)).join("");
}
