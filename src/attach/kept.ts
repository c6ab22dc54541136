/** What a person types while the link is down, at most so much and for so long. */
const MOST_BYTES = 64 * 1024;
export const KEPT_MS = 30_000;
const ENTER = 0x0d;
const PASTE_START = Buffer.from("\x1b[200~");

interface Kept {
  bytes: Uint8Array;
  at: number;
}

/**
 * Keys that wait for a link, in order. What is too old goes, and with it the rest of its line: what
 * is left of a command without its start is not what was meant.
 */
export class KeptKeys {
  #kept: Kept[] = [];
  #bytes = 0;

  /** Answers whether there was room; without, all of it is dropped. */
  add(bytes: Uint8Array, now: number): boolean {
    if (this.#bytes + bytes.length > MOST_BYTES) return false;
    // A copy: what was read shares memory with the reads to come.
    this.#kept.push({ bytes: new Uint8Array(bytes), at: now });
    this.#bytes += bytes.length;
    return true;
  }

  get empty(): boolean {
    return this.#bytes === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest must go, in the milliseconds of `now`; undefined where nothing is kept. */
  get due(): number | undefined {
    const [oldest] = this.#kept;
    return oldest && oldest.at + KEPT_MS;
  }

  /** Drops what is too old. Answers how many bytes that were. */
  expire(now: number): number {
    const before = this.#bytes;
    let inLine = false;
    while (this.#kept[0]) {
      const [{ bytes, at }] = this.#kept as [Kept];
      const old = now - at >= KEPT_MS;
      if (!old && !inLine) break;
      const paste = PASTE_START.compare(bytes.subarray(0, PASTE_START.length)) === 0;
      const end = paste ? -1 : old ? bytes.lastIndexOf(ENTER) : bytes.indexOf(ENTER);
      inLine = old ? end < bytes.length - 1 : end < 0;
      if (old || end < 0 || end === bytes.length - 1) this.#kept.shift();
      else this.#kept[0] = { bytes: bytes.subarray(end + 1), at };
      this.#bytes -= old || end < 0 ? bytes.length : end + 1;
    }
    return before - this.#bytes;
  }

  /** Everything kept, which is kept no longer. */
  take(): Uint8Array[] {
    const all = this.#kept.map(({ bytes }) => bytes);
    this.#kept = [];
    this.#bytes = 0;
    return all;
  }
}
