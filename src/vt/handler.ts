/** What a `VtParser` reports. */
export interface VtHandler {
  /** SO (0x0e) or SI (0x0f), wherever a terminal executes it. */
  shift(byte: number): void;
  /** `ESC …`, named as in `keyOf("(B")`; the `ESC \` that ends a string is reported too. */
  escape(key: number): void;
  /**
   * `CSI …`, named without its parameters as in `keyOf("?h")`; those stand in `sequence` until the
   * call returns.
   */
  control(key: number, sequence: ControlSequence): void;
  /** An SGR of which it is plain whether it leaves attributes set; others come as `control`. */
  graphics(dirty: 0 | 1): void;
  /** A mode of which the rules take note, by the number they give it; it may come as `control` as well. */
  mode(note: number, on: boolean): void;
  /**
   * A complete operating system command: what stands between `ESC ]` and its end are the first `length`
   * of these bytes until the call returns. It is cut after `KEPT` of them.
   */
  osc(command: Buffer, length: number): void;
  /** A string that is no OSC begins, named by its second byte: a DCS (P), SOS (X), PM (^) or APC (_). */
  string(second: number): void;
  /** A complete device control string, named by its first two bytes as in `keyOf("$q")`. */
  device(key: number): void;
}

/** The parameters of one CSI sequence. */
export interface ControlSequence {
  /** At least 1: a sequence without parameters has one absent one. */
  readonly count: number;
  /** True when it held more parameters than are kept. */
  readonly overflowed: boolean;
  /** The parameter's value, or `absent` where none was given. */
  param(index: number, absent: number): number;
  /** True when a colon, not a semicolon, stands before this parameter. */
  isSub(index: number): boolean;
}

/**
 * A sequence's name as one number, for numbers are compared without allocating: its prefix (one of
 * `<=>?`), its intermediates (space to `/`) and its final byte.
 */
export function keyOf(name: string): number {
  return Array.from(name).reduce((key, char) => (key << 8) | char.charCodeAt(0), 0);
}

/** The value of a parameter that was left out. */
export const ABSENT = -1;
/**
 * How much of a sequence or an OSC is kept: more than the parameters of any real sequence, and
 * the number and first fields of an OSC, which decide what it changes.
 */
export const KEPT = 256;
