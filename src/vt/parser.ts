import { ABSENT, KEPT, type ControlSequence, type VtHandler } from "./handler.ts";
import { SCAN_BYTES, isSet, noteOf, type Scanner, type ScanRules } from "./scan.ts";

/**
 * Splits a terminal's byte stream into its control sequences, after Paul Williams' state machine
 * (https://vt100.net/emu/dec_ansi_parser). What is common and changes nothing is passed over by a
 * `Scanner`: a remote moves megabytes of it, and a step in JavaScript for each sequence would cost
 * more than the rest of the bridge.
 *
 * Streams are UTF-8, so bytes from 0x80 up are text and never the 8-bit C1 controls. Those controls
 * written in UTF-8 (0xc2 and the control) are `ESC` and a letter to xterm.js and xterm, though not
 * to kitty: outside of strings they are taken for that, as a change unseen is the greater harm.
 */

/** As many as xterm.js keeps, and as many as the colon bits of one integer. */
const MAX_PARAMS = 32;
const MAX_VALUE = 0x7fff;
/** The name of a sequence that terminals ignore, as its bytes are out of order. */
const MALFORMED = 0x7fffffff;

/** Fewer bytes, as a key's echo has, are read as soon without a scanner (measured). */
const SCAN_FROM = 32;

const BEL = 0x07;
const SO = 0x0e;
const CAN = 0x18;
const SUB = 0x1a;
const ESC = 0x1b;
const SGR = 0x6d;
/** The first byte of a C1 control in UTF-8, which is U+0080 to U+009F. */
const C1_LEAD = 0xc2;

const GROUND = 0;
const ESCAPE = 1;
const CONTROL = 2;
const OSC = 3;
const DEVICE = 4;
const STRING = 5;

/** A resumable parser: one stream cut anywhere gives the same reports. */
export class VtParser implements ControlSequence {
  count = 1;
  overflowed = false;

  readonly #handler: VtHandler;
  readonly #scannerFor: (fed: number) => Scanner | undefined;
  readonly #wanted = new Uint8Array(0x80);
  readonly #wantedEscapes = new Uint8Array(0x80);
  readonly #params = new Int32Array(MAX_PARAMS);
  #state = GROUND;
  /** The name of the sequence as far as it is read. */
  #key = 0;
  #subs = 0;
  /** The inside of the sequence or string which the bytes fed so far ended in. */
  readonly #kept = Buffer.alloc(KEPT);
  #keptLength = 0;
  /** Continuation bytes still missing from the last UTF-8 character. */
  #missing = 0;
  /** Its bytes so far, where some are missing. */
  #partial = 0;
  /** Whether that character may become a C1 control. */
  #leads = false;
  /** Bytes of the stream before those being fed, and where in it the open sequence or string began. */
  #before = 0;
  #beganAt = 0;
  /** Whether the escape sequence began behind a string. */
  #closing = false;
  /** Where each control byte is next found in the bytes being fed. */
  readonly #found = new Int32Array(0x20);
  /** Whether any has been searched for in them: to forget them all takes as long as to read a key's echo. */
  #searched = false;
  /** Holds the bytes being fed; undefined where it does not pay. */
  #scanner: Scanner | undefined;

  /**
   * @param rules which sequences to report; the others may be passed over unread.
   * @param scannerFor makes one for these rules, or not, behind so many bytes of the stream. Without one
   *   the parser is slower, and no different.
   */
  constructor(
    handler: VtHandler,
    rules: ScanRules,
    scannerFor: (fed: number) => Scanner | undefined,
  ) {
    this.#handler = handler;
    this.#scannerFor = scannerFor;
    for (const final of rules.finals) this.#wanted[final] = 1;
    for (const second of rules.escapes) this.#wantedEscapes[second] = 1;
  }

  /** True outside of every sequence and string. */
  get atGround(): boolean {
    return this.#state === GROUND;
  }

  /** Bytes since the start of the sequence, string or UTF-8 character that is not complete; 0 outside. */
  get unfinished(): number {
    return this.#state === GROUND ? this.#partial : this.#before - this.#beganAt;
  }

  /** True behind the ESC of an ST: some terminals have acted upon the string, others wait for the backslash. */
  get closing(): boolean {
    return this.unfinished === 1 && this.#closing && this.#state === ESCAPE;
  }

  param(index: number, absent: number): number {
    const value = index < this.count ? this.#params[index]! : ABSENT;
    return value === ABSENT ? absent : value;
  }

  isSub(index: number): boolean {
    return index < this.count && (this.#subs & (1 << index)) !== 0;
  }

  feed(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (bytes.length < SCAN_FROM) {
      this.#scanner = undefined;
      this.#feed(bytes);
    } else if (bytes.length <= SCAN_BYTES) this.#feedRun([bytes], bytes.length);
    else this.#feedChunks([bytes]);
  }

  /** As `feed` of all the chunks in one, with a scan for as many of them as it may take. */
  feedAll(chunks: readonly Uint8Array[]): void {
    if (chunks.length === 1) this.feed(chunks[0]!);
    else this.#feedChunks(chunks);
  }

  #feedChunks(chunks: readonly Uint8Array[]): void {
    let run: Uint8Array[] = [];
    let length = 0;
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += SCAN_BYTES) {
        const piece = chunk.length <= SCAN_BYTES ? chunk : chunk.subarray(at, at + SCAN_BYTES);
        if (length + piece.length > SCAN_BYTES) {
          this.#feedRun(run, length);
          run = [];
          length = 0;
        }
        run.push(piece);
        length += piece.length;
      }
    }
    this.#feedRun(run, length);
  }

  /** Takes as much as one scan may. */
  #feedRun(run: readonly Uint8Array[], length: number): void {
    this.#scanner = length < SCAN_FROM ? undefined : this.#scannerFor(this.#before);
    if (this.#scanner) this.#feed(this.#scanner.load(run));
    else for (const piece of run) this.#feed(piece);
  }

  #feed(bytes: Uint8Array): void {
    this.#searched = false;
    let at = this.#leads && isC1(bytes[0]!) ? this.#c1(bytes[0]!, 0) : 0;
    while (at < bytes.length) {
      if (this.#state === GROUND) at = this.#ground(bytes, at);
      else if (this.#state === CONTROL) at = this.#control(bytes, at);
      else if (this.#state === ESCAPE) at = this.#escape(bytes, at);
      else at = this.#string(bytes, at);
    }
    this.#before += bytes.length;
    this.#missing = this.#state === GROUND ? this.#missingAfter(bytes) : 0;
    if (this.#missing === 0) this.#partial = 0;
    this.#leads = this.#missing > 0 && bytes[bytes.length - 1] === C1_LEAD;
  }

  #ground(bytes: Uint8Array, from: number): number {
    const { length } = bytes;
    const at = this.#scanner ? this.#scan(this.#scanner, bytes, from) : nextMark(bytes, from);
    if (at === length) return at;
    const byte = bytes[at]!;
    if (byte === ESC) {
      const after = this.#whole(bytes, at);
      return after === at ? this.#begin(at) : after;
    }
    const next = bytes[at + 1] ?? 0;
    if (byte === C1_LEAD) return isC1(next) ? this.#c1(next, at + 1) : at + 1;
    this.#handler.shift(byte);
    return at + 1;
  }

  /** Tells what the scanner finds as it passes. Returns where it stops. */
  #scan(scanner: Scanner, bytes: Uint8Array, from: number): number {
    const stop = scanner.run(from);
    for (let index = 0; index < scanner.count; index++) {
      const found = scanner.found(index);
      if (found < 0) this.#handler.mode(noteOf(found), isSet(found));
      // Only an SGR may be longer than what is kept: it has more parameters too, whatever they are.
      else if (this.#whole(bytes, found) === found) this.#handler.graphics(1);
    }
    return stop;
  }

  /**
   * Nearly every sequence stands whole in the bytes. Returns where it ends, or `escape` where it must
   * be looked at byte by byte.
   */
  #whole(bytes: Uint8Array, escape: number): number {
    const { length } = bytes;
    const from = escape + 2;
    if (bytes[escape + 1] !== 0x5b) return this.#wholeEscape(bytes, escape);
    if (from >= length) return escape;
    let at = from;
    while (at < length && isParameter(bytes[at]!)) at++;
    if (at < length && bytes[at] === SGR) {
      const dirty = plainGraphics(bytes, from, at);
      if (dirty !== undefined) {
        this.#handler.graphics(dirty);
        return at + 1;
      }
    }
    at = this.#read(bytes, from, length);
    if (at === length || at - from > KEPT) return escape;
    const final = bytes[at]!;
    if (final < 0x40 || final > 0x7e) return escape;
    this.#report(final);
    return at + 1;
  }

  /** One of two bytes, or one that designates a character set: curses does with every change of colour. */
  #wholeEscape(bytes: Uint8Array, escape: number): number {
    const set = bytes[escape + 1]!;
    if (this.#wantedEscapes[set] === 1) {
      this.#handler.escape(set);
      return escape + 2;
    }
    if (set !== 0x28 && set !== 0x29) return escape;
    const final = bytes[escape + 2] ?? 0;
    if (final < 0x30 || final > 0x7e) return escape;
    this.#handler.escape((set << 8) | final);
    return escape + 3;
  }

  /**
   * Reads the prefix, parameters and intermediates of a sequence, which are all from 0x20 to 0x3f.
   * Returns where they end.
   */
  #read(bytes: Uint8Array, from: number, end: number): number {
    const params = this.#params;
    let at = from;
    let byte = bytes[at]!;
    let key = 0;
    let count = 0;
    let value = ABSENT;
    let subs = 0;
    if (byte >= 0x3c && byte < 0x40 && at < end) {
      key = byte;
      byte = bytes[++at]!;
    }
    while (at < end && isParameter(byte)) {
      if (byte <= 0x39) {
        value = value === ABSENT ? byte - 0x30 : Math.min(value * 10 + byte - 0x30, MAX_VALUE);
      } else if (count < MAX_PARAMS) {
        params[count++] = value;
        value = ABSENT;
        if (byte === 0x3a && count < MAX_PARAMS) subs |= 1 << count;
      }
      byte = bytes[++at]!;
    }
    while (at < end && (byte & 0xe0) === 0x20) {
      if (byte >= 0x30) key = MALFORMED;
      else if (key <= 0xffff) key = (key << 8) | byte;
      byte = bytes[++at]!;
    }
    this.overflowed = count === MAX_PARAMS || at - from >= KEPT;
    if (count < MAX_PARAMS) params[count++] = value;
    this.count = count;
    this.#subs = subs;
    this.#key = key;
    return at;
  }

  /** Reports the sequence that was read. */
  #report(final: number): void {
    if (this.#wanted[final] === 0 || this.#key === MALFORMED) return;
    this.#handler.control((this.#key << 8) | final, this);
  }

  #begin(escapeAt: number): number {
    this.#beganAt = this.#before + escapeAt;
    this.#closing = false;
    this.#state = ESCAPE;
    this.#key = 0;
    this.#keptLength = 0;
    return escapeAt + 1;
  }

  /** Acts upon the second byte of a C1 control. */
  #c1(byte: number, at: number): number {
    this.#begin(at - 1);
    return this.#finish(byte - 0x40, at);
  }

  #escape(bytes: Uint8Array, from: number): number {
    let at = from;
    let byte = bytes[at]!;
    while (byte >= 0x20 && byte < 0x30) {
      if (this.#key <= 0xff) this.#key = (this.#key << 8) | byte;
      if (++at === bytes.length) return at;
      byte = bytes[at]!;
    }
    if (byte < 0x20) return this.#execute(byte, at);
    if (byte >= 0x80) return this.#abandon(at);
    if (byte === 0x7f) return at + 1;
    return this.#finish(byte, at);
  }

  #finish(byte: number, at: number): number {
    this.#state = GROUND;
    if (this.#key !== 0) this.#handler.escape((this.#key << 8) | byte);
    else if (byte === 0x5b) this.#state = CONTROL;
    else if (byte === 0x5d) this.#state = OSC;
    else if (byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f) {
      this.#state = byte === 0x50 ? DEVICE : STRING;
      this.#handler.string(byte);
    } else this.#handler.escape(byte);
    return at + 1;
  }

  #control(bytes: Uint8Array, from: number): number {
    const byte = bytes[from]!;
    if (byte < 0x20) return this.#execute(byte, from);
    if (byte >= 0x80) return this.#abandon(from);
    if (byte < 0x40) {
      if (this.#keptLength < KEPT) this.#kept[this.#keptLength++] = byte;
    } else if (byte !== 0x7f) {
      this.#state = GROUND;
      this.#read(this.#kept, 0, this.#keptLength);
      this.#report(byte);
    }
    return from + 1;
  }

  /** A C0 control inside a sequence acts at once and does not end it, but for these three. */
  #execute(byte: number, at: number): number {
    if (byte === ESC) return this.#begin(at);
    if (byte === CAN || byte === SUB) this.#state = GROUND;
    else if ((byte & 0xfe) === SO) this.#handler.shift(byte);
    return at + 1;
  }

  /** Text cannot stand in a sequence: xterm.js and kitty drop the sequence and show the text. */
  #abandon(at: number): number {
    this.#state = GROUND;
    return at;
  }

  /** An OSC ends at BEL too; the other strings (DCS, SOS, PM, APC) only at ST. */
  #string(bytes: Uint8Array, from: number): number {
    const isOsc = this.#state === OSC;
    let end = from;
    while (end < bytes.length && this.#keptLength < KEPT && !endsString(bytes[end]!, isOsc)) {
      this.#kept[this.#keptLength++] = bytes[end++]!;
    }
    if (this.#keptLength === KEPT) end = this.#stringEnd(bytes, end, isOsc);
    if (end === bytes.length) return end;
    const byte = bytes[end]!;
    const isDevice = this.#state === DEVICE;
    this.#state = GROUND;
    if (isOsc && (byte === ESC || byte === BEL)) {
      this.#handler.osc(this.#kept, this.#keptLength);
    } else if (isDevice && byte === ESC && this.#keptLength >= 2) {
      this.#handler.device(this.#kept.readUInt16BE(0));
    }
    // ESC ends a string whatever follows it, though not in tmux and screen (see `TerminalState.stringOpen`);
    // the backslash of ST is then an escape of its own.
    if (byte === ESC) {
      this.#begin(end);
      this.#closing = true;
    }
    this.#keptLength = 0;
    return end + 1;
  }

  /** What is not kept may be megabytes long, and `indexOf` reads sixteen bytes at a step. */
  #stringEnd(bytes: Uint8Array, from: number, isOsc: boolean): number {
    if (!this.#searched) this.#found.fill(-1);
    this.#searched = true;
    const stop = Math.min(this.#next(bytes, ESC, from), this.#next(bytes, CAN, from));
    const end = Math.min(stop, this.#next(bytes, SUB, from));
    return isOsc ? Math.min(end, this.#next(bytes, BEL, from)) : end;
  }

  /** The index of the next `byte`, or the length; remembered, so no stretch is searched twice. */
  #next(bytes: Uint8Array, byte: number, from: number): number {
    const known = this.#found[byte]!;
    if (known >= from) return known;
    const index = bytes.indexOf(byte, from);
    return (this.#found[byte] = index < 0 ? bytes.length : index);
  }

  #missingAfter(bytes: Uint8Array): number {
    const last = bytes.length - 1;
    let tail = 0;
    while (tail < 3 && tail <= last && (bytes[last - tail]! & 0xc0) === 0x80) tail++;
    if (tail > last) {
      this.#partial += tail;
      return Math.max(0, this.#missing - tail);
    }
    this.#partial = tail + 1;
    const lead = bytes[last - tail]!;
    const length = lead >= 0xf8 ? 0 : lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    return Math.max(0, length - tail);
  }
}

/** Where a `Scanner` would stop at the latest; it passes over most of these. */
function nextMark(bytes: Uint8Array, from: number): number {
  let at = from;
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === ESC || (byte & 0xfe) === SO || byte === C1_LEAD) break;
  }
  return at;
}

function endsString(byte: number, isOsc: boolean): boolean {
  if (byte >= 0x20) return false;
  return byte === ESC || byte === CAN || byte === SUB || (isOsc && byte === BEL);
}

/** Whether a byte after `C1_LEAD` makes it a control. */
function isC1(byte: number): boolean {
  return (byte & 0xe0) === 0x80;
}

/** Whether a byte stands in parameters: a digit, a colon or a semicolon. */
function isParameter(byte: number): boolean {
  return byte >= 0x30 && byte < 0x3c;
}

/**
 * Whether an SGR leaves attributes set, where that is plain: half of all sequences are SGR, and
 * mostly the last two of their bytes tell whether the last parameter is 0.
 */
function plainGraphics(bytes: Uint8Array, from: number, end: number): 0 | 1 | undefined {
  const last = end === from ? 0x30 : bytes[end - 1]!;
  if (last === 0x30 && end - from <= 1) return 0;
  const tens = bytes[end - 2]!;
  if (isCountable(last) || (last === 0x30 && isCountable(tens))) return 1;
  return undefined;
}

/** Whether a byte is a digit other than 0. */
function isCountable(byte: number): boolean {
  return byte > 0x30 && byte <= 0x39;
}
