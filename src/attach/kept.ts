/** What a person types while the link is down, at most so much and for so long. */
export const MOST_KEPT_BYTES = 64 * 1024;
export const KEPT_MS = 30_000;
const ENTER = 0x0d;
const PASTE_START = Buffer.from("\x1b[200~");

interface Kept {
  bytes: Uint8Array;
  at: number;
}

/** Keys that wait for a link, in order. */
export class KeptKeys {
  #kept: Kept[] = [];
  #bytes = 0;

  /** Answers whether there was room; without, all of it is dropped. */
  add(bytes: Uint8Array, now: number): boolean {
    if (this.#bytes + bytes.length > MOST_KEPT_BYTES) return false;
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

  /** Whether an Enter would end a line that was typed here, rather than mean something by itself. */
  get inLine(): boolean {
    const last = this.#kept.at(-1);
    return last !== undefined && !endsLine(last.bytes);
  }

  /** When the oldest must go, in the milliseconds of `now`; undefined where nothing is kept. */
  get due(): number | undefined {
    const [oldest] = this.#kept;
    return oldest && oldest.at + KEPT_MS;
  }

  /** Drops what is too old. Answers how many bytes that were. */
  expire(now: number): number {
    const fresh = this.#kept.filter(({ at }) => now - at < KEPT_MS);
    const left = fresh.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const dropped = this.#bytes - left;
    this.#kept = fresh;
    this.#bytes = left;
    return dropped;
  }

  /** Everything kept, which is kept no longer. */
  take(): Uint8Array[] {
    const all = this.#kept.map(({ bytes }) => bytes);
    this.#kept = [];
    this.#bytes = 0;
    return all;
  }
}

function endsLine(bytes: Uint8Array): boolean {
  const paste = PASTE_START.compare(bytes.subarray(0, PASTE_START.length)) === 0;
  return !paste && bytes.at(-1) === ENTER;
}
