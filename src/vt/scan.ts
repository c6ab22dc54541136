import { CODE } from "./assembled.ts";

/** What a `Scanner` finds; all else is passed over. */
export interface ScanRules {
  /**
   * The last bytes of the control sequences (`CSI …`) to report. Of `m` and `r` only the last one of a run
   * is, and those up to `b` only with a prefix or an intermediate.
   */
  readonly finals: readonly number[];
  /** The second bytes of the escape sequences (`ESC …`) to report. */
  readonly escapes: readonly number[];
  /** Modes (`CSI ? n h` and `l`, below 4096) to take note of, each as a number of at most `MOST_NOTE`. */
  readonly noted: ReadonlyMap<number, number>;
  /** Modes whose sequences are to be reported. */
  readonly stops: readonly number[];
}

// The layout of the memory is scan.wat's too.
const FINALS = 0;
const ESCAPES = 0x100;
const MODES = 0x200;
const MODES_SIZE = 0x1000;
const COUNT = 0x1200;
const INPUT = 0x8000;
/** As many bytes as one scan may take: where the memory ends. */
export const SCAN_BYTES = 0x1_0000;

const PASS = 0;
/** Found if it is a whole control sequence or mode; the scan stops at all else. */
const STOP = 1;
/** Of an escape sequence: it is found. */
const FIND = 2;
/** Of a control sequence. The scan tests the low bit first, which is clear for the most frequent. */
const GRAPHICS = 2;
const REGION = 3;
/** Of a mode: what it is noted as is added to this. */
const NOTE = 2;
const MOST_NOTE = 0xff - NOTE;

const SGR = 0x6d;
const DECSTBM = 0x72;
/** Up to here the last bytes of control sequences without a prefix or an intermediate change nothing. */
const LAST_MOVE = 0x62;

/** All escape sequences of two bytes are passed over, but for those that are more than that. */
const BEGINNINGS = Array.from("[]PX^_", (char) => char.charCodeAt(0));

interface Scan {
  memory: WebAssembly.Memory;
  scan(from: number, end: number): number;
}

/**
 * Finds in a terminal's byte stream what may change the terminal. In WebAssembly, because a sequence
 * takes it 2 to 3 ns where JavaScript needs 25 (measured), and full-screen programs send one for every ten
 * bytes.
 */
export class Scanner {
  /** How much was found in the last run, see `found`. */
  count = 0;
  readonly #scan: Scan["scan"];
  readonly #bytes: Uint8Array;
  readonly #found: Int32Array;
  #end = INPUT;

  private constructor({ scan, memory }: Scan, rules: ScanRules) {
    this.#scan = scan;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#found = new Int32Array(memory.buffer, COUNT, (INPUT - COUNT) / 4);
    this.#lay(rules);
  }

  /** Returns undefined on processors without the vector instructions that it needs (before 2011). */
  static create(rules: ScanRules): Scanner | undefined {
    try {
      const assembled = new WebAssembly.Module(Buffer.from(CODE, "base64"));
      const { exports } = new WebAssembly.Instance(assembled);
      return new Scanner(exports as unknown as Scan, rules);
    } catch {
      return undefined;
    }
  }

  /** Takes the bytes to scan, `SCAN_BYTES` at most. Returns all of them in one, until the next load. */
  load(pieces: readonly Uint8Array[]): Uint8Array {
    this.#end = INPUT;
    for (const piece of pieces) {
      this.#bytes.set(piece, this.#end);
      this.#end += piece.length;
    }
    return pieces.length === 1 ? pieces[0]! : this.#bytes.subarray(INPUT, this.#end);
  }

  /**
   * Scans on from an index outside of every sequence.
   *
   * @returns the index of the byte where it stops: the ESC of a sequence that is not whole, not short or
   *   too much to be found at once, SO, SI, or 0xc2, which may lead a C1 control. The length of the bytes
   *   where there is none.
   */
  run(from: number): number {
    const end = this.#end - INPUT;
    const stop = this.#scan(INPUT + from, this.#end) - INPUT;
    this.count = this.#found[0]!;
    return Math.min(stop, end);
  }

  /**
   * What was found in the last run, in the order of the stream, but that of a run of SGR, designations of G0
   * and scroll regions only the last one of each is told, and late: the index of a sequence that is whole, or
   * of a mode a number below 0 (see `noteOf` and `isSet`).
   */
  found(index: number): number {
    return this.#found[index + 1]! - INPUT;
  }

  #lay({ finals, escapes, noted, stops }: ScanRules): void {
    const bytes = this.#bytes;
    bytes.fill(STOP, FINALS, ESCAPES + 0x100);
    bytes.fill(PASS, FINALS + 0x40, FINALS + 0x7f);
    for (const final of finals) if (final > LAST_MOVE) bytes[FINALS + final] = STOP;
    bytes[FINALS + SGR] = GRAPHICS;
    bytes[FINALS + DECSTBM] = REGION;
    bytes.fill(PASS, ESCAPES + 0x30, ESCAPES + 0x7f);
    for (const second of BEGINNINGS) bytes[ESCAPES + second] = STOP;
    for (const second of escapes) bytes[ESCAPES + second] = FIND;
    bytes.fill(PASS, MODES, MODES + MODES_SIZE);
    for (const [mode, note] of noted) {
      if (mode < MODES_SIZE && note <= MOST_NOTE) bytes[MODES + mode] = NOTE + note;
    }
    for (const mode of stops) bytes[MODES + mode] = STOP;
  }
}

/** The note of a mode that was found. */
export function noteOf(found: number): number {
  return ((found + INPUT) >> 1) - NOTE;
}

/** Whether it was set, not reset. */
export function isSet(found: number): boolean {
  return (found & 1) !== 0;
}
