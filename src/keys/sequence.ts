import type { KeySequence } from "./chord.ts";

/** What became of a key that was offered, and what must be sent on before it. */
interface Offered {
  readonly outcome: "held" | "complete" | "other";
  readonly released: readonly Uint8Array[];
}

/**
 * Matches the detach sequence key by key and keeps the bytes of a started one. A key that does
 * not fit gives up only as much of the start as it must (Knuth, Morris and Pratt): with
 * ctrl-p,ctrl-q the keys ctrl-p ctrl-p ctrl-q send one ctrl-p and complete.
 */
export class HeldSequence {
  readonly #bytes: readonly number[];
  /** For each count of matched keys, how many of the last ones also begin the sequence. */
  readonly #fallback: readonly number[];
  #held: Uint8Array[] = [];
  /** Where in `#held` each matched key stands; between them stands what came in passing. */
  #keyAt: number[] = [];

  constructor(keys: KeySequence) {
    this.#bytes = keys.map((key) => key.byte);
    this.#fallback = [0, ...this.#bytes.map((_, at) => longestBorder(this.#bytes, at + 1))];
  }

  get started(): boolean {
    return this.#keyAt.length > 0;
  }

  startsWith(byte: number | undefined): boolean {
    return byte !== undefined && this.#bytes[0] === byte;
  }

  offer(byte: number | undefined, raw: Uint8Array): Offered {
    const released: Uint8Array[] = [];
    while (byte === undefined || this.#bytes[this.#keyAt.length] !== byte) {
      if (!this.started) return { outcome: "other", released };
      released.push(...this.#shorten(this.#fallback[this.#keyAt.length] ?? 0));
    }
    if (this.#keyAt.length + 1 === this.#bytes.length) {
      this.drop();
      return { outcome: "complete", released };
    }
    this.#keyAt.push(this.#held.length);
    this.#held.push(raw);
    return { outcome: "held", released };
  }

  /** Keeps what is no key press in its place among the held keys, without breaking them. */
  pass(raw: Uint8Array): void {
    this.#held.push(raw);
  }

  /** Gives the sequence up and returns everything that was held. */
  drop(): readonly Uint8Array[] {
    return this.#shorten(0);
  }

  #shorten(keep: number): readonly Uint8Array[] {
    const dropped = this.#keyAt.length - keep;
    const cut = this.#keyAt[dropped] ?? this.#held.length;
    this.#keyAt = this.#keyAt.slice(dropped).map((at) => at - cut);
    return this.#held.splice(0, cut);
  }
}

/** How many of the first `length` bytes also end them, not counting all of them. */
function longestBorder(bytes: readonly number[], length: number): number {
  for (let size = length - 1; size > 0; size--) {
    const shift = length - size;
    if (bytes.slice(0, size).every((byte, at) => byte === bytes[at + shift])) return size;
  }
  return 0;
}
