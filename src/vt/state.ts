/**
 * What the remote changed of the terminal, sequence by sequence.
 *
 * Terminals differ. Where they do, a change is believed and a restore is not: undoing what is
 * already undone costs a few bytes, a state left behind spoils the shell.
 */
import {
  ANSI_MODES,
  DISABLED,
  HARD,
  PRIVATE_MODES,
  REPORTING,
  RESOURCES,
  SCREEN_MODES,
  SOFT,
  TABLE,
  TITLE_MODES,
  WITH_CURSOR,
  rowOf,
  showsScreen,
} from "./changes.ts";
import { changesOf, numberOf, opensLink, questionsIn } from "./osc.ts";
import { KeyboardFlags, TitleStack } from "./stacks.ts";
import { ABSENT, keyOf, type ControlSequence, type VtHandler } from "./handler.ts";
import { SavedModes, UNSAVED } from "./saved.ts";
import type { ScanRules } from "./scan.ts";

const [SGR, SHIFT, G0] = [rowOf("sgr"), rowOf("shift"), rowOf("g0")];
const [REGION, COLUMN_MODE, COLUMNS] = [rowOf("region"), rowOf("?69"), rowOf("columns")];
const PROTECTED = rowOf("protected");
const [SHAPE, KEYPAD, REVERSE] = [rowOf("shape"), rowOf("?66"), rowOf("?5")];
const [UTF8, EIGHT_BIT] = [rowOf("utf8"), rowOf("8-bit")];
const [LINK, TABS] = [rowOf("link"), rowOf("tabs")];
/** What XTPUSHCOLORS keeps. */
const COLOURS = ["osc4", ...Array.from({ length: 10 }, (_, index) => `osc${10 + index}`)].map(
  rowOf,
);
/** Whether each row's mode is on in a fresh terminal: 1 or 0. */
const FRESH = Uint8Array.from(TABLE, (row) => (row.on === true ? 1 : 0));
/** Whether each row has the terminal report: 1 or 0. */
const REPORTS = Uint8Array.from(TABLE, (_row, index) => (REPORTING.includes(index) ? 1 : 0));
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
  /** Whether that of the main screen was saved by a program there. */
  cursorKept = false;
  /** The mode that showed the alternate screen, or 0 on the main one. */
  alternate = 0;
  /** The main screen's scroll region while the alternate one is shown: not all share it. */
  regionBelow = 0;
  /** How many questions the remote has asked that a terminal answers. */
  questions = 0;
  /** How many of them were for the primary device attributes (DA1). */
  attributeQuestions = 0;
  /** How often the terminal was made to report; it may have been made to stop since. */
  reportsBegun = 0;
  /**
   * What a reset was to turn off, or what was turned off where `stringOpen`, and was not touched since. Not
   * every terminal does all of that: in tmux DECSTR does nothing, and RIS leaves the alternate screen shown.
   */
  readonly doubted = new Int32Array(TABLE.length);
  /** The same of the alternate screen. */
  alternateDoubted = false;
  /**
   * True from the begin of a string to an ST. ESC and CAN end a string as well, but in tmux not a DCS, and in
   * screen none: all that follows is swallowed there as its content, so that no restore is sure.
   */
  stringOpen = false;
  /** Whether reverse video has been on at all. */
  wasReversed = false;
  readonly #saved = new SavedModes();

  /** What a parser is to report: the last bytes that `control` and the second ones that `escape` knows. */
  static readonly rules: ScanRules = {
    finals: bytesOf("cghlmnpqrstuwxyQSTW}"),
    escapes: bytesOf("78=>HVZ\\clno|}~"),
    noted: PRIVATE_MODES,
    stops: SCREEN_MODES,
  };

  mode(row: number, on: boolean): void {
    this.#put(row, (on ? 1 : 0) ^ FRESH[row]!);
    if (row === COLUMN_MODE && !on) this.#put(COLUMNS, 0);
    if (row === REVERSE && on) this.wasReversed = true;
  }

  graphics(dirty: 0 | 1): void {
    this.#put(SGR, dirty);
  }

  shift(byte: number): void {
    this.#put(SHIFT, byte === 0x0e ? 1 : 0);
  }

  // Told apart by number, not by a table of functions: a stream holds few of each, so that each by itself
  // would be compiled late, and a call through a table is slow where they alternate.

  escape(key: number): void {
    switch (key) {
      case 0x63: // c
        return this.#reset();
      case 0x37: // 7
        return this.#saveCursor();
      case 0x38: // 8
        return this.#restoreCursor();
      case 0x3d: // =
        return this.#put(KEYPAD, 1);
      case 0x3e: // >
        return this.#put(KEYPAD, 0);
      case 0x48: // H
        return this.#put(TABS, 1);
      case 0x56: // V (SPA)
        return this.#put(PROTECTED, 1);
      case 0x6c: // l (memory lock): in xterm a scroll region from the cursor on, and no mode of its own
        this.doubted[REGION] = 1;
        return;
      case 0x5a: // Z (DECID): as DA1, but not counted as one, since tmux, xterm.js and others know none
        return this.#ask(true);
      case 0x5c: // \ (ST)
        this.stringOpen = false;
        return;
      case 0x6e: // n
        return this.#put(SHIFT, 2);
      case 0x6f: // o
        return this.#put(SHIFT, 3);
      case 0x7e: // ~
        return this.#put(SHIFT, 4);
      case 0x7d: // }
        return this.#put(SHIFT, 5);
      case 0x7c: // |
        return this.#put(SHIFT, 6);
      case 0x2540: // %@
        return this.#put(UTF8, 1);
      case 0x2547: // %G
        return this.#put(UTF8, 0);
      case 0x2047: // SP G
        return this.#put(EIGHT_BIT, 1);
      case 0x2046: // SP F
        return this.#put(EIGHT_BIT, 0);
    }
    const designated = key > 0xffff ? key >> 16 : key >> 8;
    if (designated >= 0x28 && designated <= 0x2f) this.#designate(designated, key);
  }

  control(key: number, sequence: ControlSequence): void {
    const first = sequence.param(0, 0);
    switch (key) {
      case 0x6d: // m
        return this.#graphics(sequence);
      case 0x237d: // #}
      case 0x2371: // #q
        return this.#put(SGR, 1);
      case 0x2351: // #Q
        for (const row of COLOURS) this.#put(row, 1);
        return;
      case 0x72: // r
        return this.#put(REGION, pair(sequence));
      case 0x67: // g
        return this.#put(TABS, 1);
      case 0x3f57: // ?W
        return first === 5 ? this.#put(TABS, 0) : undefined;
      case 0x3f68: // ?h
        return this.#modes(PRIVATE_MODES, true, sequence);
      case 0x3f6c: // ?l
        return this.#modes(PRIVATE_MODES, false, sequence);
      case 0x68: // h
        return this.#modes(ANSI_MODES, true, sequence);
      case 0x6c: // l
        return this.#modes(ANSI_MODES, false, sequence);
      case 0x3f73: // ?s
        for (const number of numbersOf(sequence))
          this.#saved.save(number, this.rows, this.alternate);
        return;
      case 0x3f72: // ?r
        for (const number of numbersOf(sequence)) this.#restoreMode(number);
        return;
      case 0x73: // s: with column margins allowed it sets them; without, it saves the cursor
        if (this.rows[COLUMN_MODE] === 0) return this.#saveCursor();
        return this.#put(COLUMNS, pair(sequence));
      case 0x75: // u
        return this.#restoreCursor();
      case 0x3e75: // >u
        this.keyboard.push(first);
        return this.#keyboardSet();
      case 0x3c75: // <u
        return this.keyboard.pop(sequence.param(0, 1));
      case 0x3d75: // =u
        this.keyboard.set(first, sequence.param(1, 1));
        return this.#keyboardSet();
      case 0x3e6d: // >m
        return this.#keyResource(sequence);
      case 0x3e6e: // >n
        return this.#disableResource(sequence);
      case 0x2071: // SP q
        return this.#put(SHAPE, first);
      case 0x2271: // "q
        return this.#put(PROTECTED, first === 1 ? 1 : 0);
      case 0x3e74: // >t
        return this.#modes(TITLE_MODES, true, sequence);
      case 0x3e54: // >T: without a number xterm does nothing
        if (sequence.param(0, ABSENT) === ABSENT) return;
        return this.#modes(TITLE_MODES, false, sequence);
      case 0x2170: // !p
        return this.#softReset();
      case 0x74: // t
        this.#titleStack(first, sequence.param(1, 0));
        return this.#ask(WINDOW_REPORTS.includes(first));
      case 0x63: // c
        if (first === 0) this.attributeQuestions++;
        return this.#ask(first === 0);
      case 0x3e63: // >c
      case 0x3d63: // =c
      case 0x3e71: // >q
        return this.#ask(first === 0);
      case 0x6e: // n
        return this.#ask(first === 5 || first === 6);
      case 0x3f6e: // ?n
      case 0x2470: // $p
      case 0x3f2470: // ?$p
      case 0x3f75: // ?u
      case 0x3f6d: // ?m
      case 0x3f53: // ?S
      case 0x78: // x
      case 0x2a79: // *y
      case 0x2477: // $w
      case 0x2675: // &u
        return this.#ask(true);
    }
  }

  osc(command: Buffer, length: number): void {
    const number = numberOf(command, length);
    // A title: the one before comes back because lap has pushed it (`SAVE_TITLE`).
    if (number >= 0 && number <= 2) return;
    if (number === 8) return this.#put(LINK, opensLink(command, length) ? 1 : 0);
    const fields = command.toString("latin1", 0, length).split(";").slice(1);
    for (const [id, value] of changesOf(number, fields)) this.#put(rowOf(id), value);
    this.questions += questionsIn(number, fields);
  }

  device(key: number): void {
    this.#ask(DEVICE_QUESTIONS.includes(key));
  }

  string(second: number): void {
    this.stringOpen = true;
    // Kitty answers those application program commands that are about graphics.
    this.#ask(second === 0x5f);
  }

  #ask(asked: boolean): void {
    if (asked) this.questions++;
  }

  #put(row: number, value: number): void {
    // A mode may be reported twice (`VtHandler.mode`), and begins once.
    if (value !== 0 && this.rows[row] === 0 && REPORTS[row] === 1) this.reportsBegun++;
    this.#set(row, value);
  }

  #set(row: number, value: number): void {
    if (value === 0 && this.stringOpen) return this.#doubt(row);
    this.rows[row] = value;
    this.doubted[row] = 0;
  }

  #keyboardSet(): void {
    if (this.keyboard.current !== 0) this.reportsBegun++;
  }

  /** `( ) * +` name a set of 94 characters for G0 to G3, `- . /` one of 96 for G1 to G3. */
  #designate(intermediate: number, key: number): void {
    if (intermediate === 0x2c) return;
    const small = intermediate <= 0x2b;
    const final = key & 0xff;
    const named = small && key <= 0xffff;
    const row = G0 + intermediate - (small ? 0x28 : 0x2c);
    this.#set(row, !named ? UNNAMED : final === ASCII ? 0 : final);
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
    this.#set(SGR, sequence.overflowed ? 1 : dirty);
  }

  #keyResource(sequence: ControlSequence): void {
    const resource = sequence.param(0, 0);
    const row = RESOURCES.get(resource);
    if (row === undefined) return;
    const value = sequence.count > 1 ? sequence.param(1, 0) : ABSENT;
    this.#put(row, resource === 4 && value === 0 ? 0 : value + 1);
  }

  /** Without a number it is modifyFunctionKeys; off is what modifyOtherKeys was. */
  #disableResource(sequence: ControlSequence): void {
    const resource = sequence.param(0, 2);
    const row = RESOURCES.get(resource);
    if (row !== undefined) this.#put(row, resource === 4 ? 0 : DISABLED);
  }

  #modes(modes: ReadonlyMap<number, number>, on: boolean, sequence: ControlSequence): void {
    for (let index = 0; index < sequence.count; index++) {
      if (sequence.isSub(index)) continue;
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
    // What was saved before is overwritten, and what was brought back has served.
    if (number === 1049) this.cursorKept = false;
  }

  #enterAlternate(number: number): void {
    this.alternateDoubted = false;
    if (this.alternate !== 0) return;
    this.alternate = number;
    this.regionBelow = this.rows[REGION]!;
  }

  #leaveAlternate(): void {
    this.#doubtAlternate();
    this.alternateDoubted &&= this.stringOpen;
  }

  /** The main screen is shown again, though maybe not everywhere. */
  #doubtAlternate(): void {
    this.alternateDoubted ||= this.alternate !== 0;
    this.alternate = 0;
    this.rows[REGION] ||= this.regionBelow;
    this.regionBelow = 0;
  }

  get keyboard(): KeyboardFlags {
    return this.keyboards[this.#shown];
  }

  #titleStack(action: number, kind: number): void {
    if (kind > 2) return;
    if (action === 22) this.titles.push(kind);
    else if (action === 23) this.titles.pop(kind);
  }

  #restoreMode(number: number): void {
    if (showsScreen(number)) this.#restoreScreen();
    for (const [row, value] of this.#saved.restore(number)) {
      if (value === UNSAVED) this.doubted[row] ||= 1;
      else if (value !== 0) this.#put(row, value);
    }
  }

  #restoreScreen(): void {
    if (this.#saved.alternate !== 0) this.#enterAlternate(this.#saved.alternate);
    else this.#doubtAlternate();
  }

  /** Which of the pairs belongs to the screen that is shown. */
  get #shown(): 0 | 1 {
    return this.alternate === 0 ? 0 : 1;
  }

  #saveCursor(): void {
    if (this.alternate === 0) this.cursorKept = true;
    const cursor = this.cursors[this.#shown];
    for (const row of WITH_CURSOR) cursor[row] = this.rows[row]!;
  }

  #restoreCursor(): void {
    believe(this.rows, this.cursors[this.#shown]);
  }

  #reset(): void {
    this.#doubtAlternate();
    for (const row of HARD) this.#doubt(row);
    this.#saved.forget();
    for (const saved of this.cursors) saved.fill(0);
    this.cursorKept = false;
    for (const keyboard of this.keyboards) keyboard.clear();
  }

  #softReset(): void {
    for (const row of SOFT) this.#doubt(row);
    this.cursors[this.#shown].fill(0);
  }

  #doubt(row: number): void {
    this.doubted[row] ||= this.rows[row]!;
    this.rows[row] = 0;
  }
}

/** A cursor restored: what it held is believed where it is a change (see the top). */
export function believe(rows: Int32Array, cursor: Int32Array): void {
  for (const row of WITH_CURSOR) if (cursor[row] !== 0) rows[row] = cursor[row]!;
}

function bytesOf(text: string): number[] {
  return Array.from(text, (char) => char.charCodeAt(0));
}

function numbersOf(sequence: ControlSequence): number[] {
  return Array.from({ length: sequence.count }, (_, index) => sequence.param(index, 0));
}

/** Two margins as one state; 0 where both are absent, which means the whole screen. */
function pair(sequence: ControlSequence): number {
  const first = sequence.param(0, 0);
  const last = sequence.param(1, 0);
  return first <= 1 && last === 0 ? 0 : (first << 16) | last;
}
