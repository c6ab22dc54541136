/** What a person types while the link is down, at most so much and for so long. */
export const MOST_KEPT_BYTES = 64 * 1024;
export const KEPT_MS = 30_000;
/** Who stops typing for so long has heard the bell, and begins anew. */
const PAUSE_MS = 5_000;
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
  /** When something was last dropped of a line whose end has not been typed. */
  #cutAt: number | undefined;

  /** Answers how many bytes were dropped: for want of room, or with the line that they belong to. */
  add(bytes: Uint8Array, now: number): number {
    const cut = this.#isCut(now);
    const end = lineEnd(bytes);
    const rest = bytes.subarray(cut ? (end ?? bytes.length) : 0);
    const room = this.#bytes + rest.length <= MOST_KEPT_BYTES;
    const over = room ? !cut || end !== undefined : endsLine(bytes);
    this.#cutAt = over ? undefined : now;
    if (!room) return bytes.length;
    // A copy: what was read shares memory with the reads to come.
    if (rest.length > 0) this.#kept.push({ bytes: new Uint8Array(rest), at: now });
    this.#bytes += rest.length;
    return bytes.length - rest.length;
  }

  get empty(): boolean {
    return this.#bytes === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether an Enter would end a line that was typed here, rather than mean something by itself. */
  inLine(now: number): boolean {
    const last = this.#kept.at(-1);
    return this.#isCut(now) || (last !== undefined && !endsLine(last.bytes));
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
      const end = old ? bytes.length : (lineEnd(bytes) ?? bytes.length);
      inLine = old ? !endsLine(bytes) : lineEnd(bytes) === undefined;
      if (end === bytes.length) this.#kept.shift();
      else this.#kept[0] = { bytes: bytes.subarray(end), at };
      this.#bytes -= end;
    }
    if (inLine) this.#cutAt = now;
    return before - this.#bytes;
  }

  /** Everything kept, which is kept no longer. */
  take(): Uint8Array[] {
    const all = this.#kept.map(({ bytes }) => bytes);
    this.#kept = [];
    this.#bytes = 0;
    this.#cutAt = undefined;
    return all;
  }

  #isCut(now: number): boolean {
    return this.#cutAt !== undefined && now - this.#cutAt < PAUSE_MS;
  }
}

/** Where the first line ends, behind its Enter. A paste has lines that end nothing. */
function lineEnd(bytes: Uint8Array): number | undefined {
  const enter = isPaste(bytes) ? -1 : bytes.indexOf(ENTER);
  return enter < 0 ? undefined : enter + 1;
}

function endsLine(bytes: Uint8Array): boolean {
  return !isPaste(bytes) && bytes.at(-1) === ENTER;
}

function isPaste(bytes: Uint8Array): boolean {
  return PASTE_START.compare(bytes.subarray(0, PASTE_START.length)) === 0;
}
