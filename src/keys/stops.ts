import { BEL } from "./decode.ts";

/** Finds the bytes of interest natively, looking at each byte of the input once for each. */
export class Stops {
  readonly #bytes: Uint8Array;
  readonly #needles: readonly number[];
  readonly #found: number[] = [];
  #bell = -1;

  constructor(bytes: Uint8Array, needles: readonly number[]) {
    this.#bytes = bytes;
    this.#needles = needles;
  }

  /** Where the next byte of interest stands, or the length of the input. */
  next(from: number, orBell: boolean): number {
    let nearest = this.#bytes.length;
    for (let at = 0; at < this.#needles.length; at++) {
      let found = this.#found[at] ?? -1;
      if (found < from) {
        found = this.#find(this.#needles[at] ?? 0, from);
        this.#found[at] = found;
      }
      if (found < nearest) nearest = found;
    }
    if (!orBell) return nearest;
    if (this.#bell < from) this.#bell = this.#find(BEL, from);
    return Math.min(nearest, this.#bell);
  }

  #find(needle: number, from: number): number {
    const found = this.#bytes.indexOf(needle, from);
    return found < 0 ? this.#bytes.length : found;
  }
}
