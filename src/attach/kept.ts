import { readToken } from "../keys/decode.ts";

/** What a person types while the link is down, at most so much and for so long. */
export const MOST_KEPT_BYTES = 64 * 1024;
export const KEPT_MS = 30_000;
const PASTE_START = "\x1b[200~";
const PASTE_END = Buffer.from("\x1b[201~");
/** The keys that end a line, or give it up. */
const LINE_ENDS = ["enter", "ctrl-j", "ctrl-c"];

/** Input, and when it was typed, in milliseconds. */
export interface Kept {
  bytes: Uint8Array;
  at: number;
  /** Set where a connection was there: a terminal's reports are among it yet, and pastes nobody agreed to. */
  unsifted?: true | undefined;
}

/**
 * Input that waits for a link, in order and without holes: a line that has lost its begin must not be
 * run. So what follows something for which there was no room is not kept either, and a line of which the
 * begin is too old goes with its rest.
 */
export class KeptKeys {
  #kept: Kept[] = [];
  #bytes = 0;
  /** Whether there was no room for something. */
  #full = false;
  /** Whether the line that is being typed has lost its begin. */
  #headless = false;
  #pasteOpen = false;
  readonly #inLines: () => boolean;

  /** @param inLines whether what is typed is read line by line, and not key by key. */
  constructor(inLines: () => boolean = () => true) {
    this.#inLines = inLines;
  }

  /** Returns how many of the bytes had to be dropped. */
  add(bytes: Uint8Array, at: number, unsifted?: true): number {
    // A paste is agreed to when that loss has been told.
    const end = this.#headless && !isPaste(bytes) ? firstLine(bytes) : 0;
    const from = end ?? bytes.length;
    const room = MOST_KEPT_BYTES - this.#bytes;
    if (this.#full || bytes.length - from > room) return this.#refuse(bytes);
    this.#headless = end === undefined;
    if (from < bytes.length) {
      // A copy: what was read shares memory with the reads to come.
      this.#kept.push({ bytes: new Uint8Array(bytes.subarray(from)), at, unsifted });
      this.#bytes += bytes.length - from;
    }
    return from;
  }

  get empty(): boolean {
    return this.#bytes === 0 && !this.#pasteOpen;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether an Enter would end a line that was typed here, rather than mean something by itself. */
  get inLine(): boolean {
    const last = this.#kept.at(-1);
    return this.#headless || (last !== undefined && !endsLine(last.bytes));
  }

  /** When the oldest must go, in the milliseconds of `now`; undefined where nothing is kept. */
  get due(): number | undefined {
    const [oldest] = this.#kept;
    return oldest && !oldest.unsifted ? oldest.at + KEPT_MS : undefined;
  }

  /**
   * Drops what is too old. Returns how many bytes that were. While a connection is there, what is typed
   * into it means what it did.
   */
  expire(now: number): number {
    const fresh = this.#kept.findIndex(({ at, unsifted }) => unsifted || now - at < KEPT_MS);
    const old = this.#kept.splice(0, fresh < 0 ? this.#kept.length : fresh);
    const last = old.at(-1);
    if (!last) return 0;
    if (this.#inLines() && !endsLine(last.bytes)) this.#behead();
    const left = this.#kept.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const dropped = this.#bytes - left;
    this.#bytes = left;
    if (left === 0) this.#full = false;
    return dropped;
  }

  /** A paste was cut: its end goes before all else, however long that takes, and counts for nothing. */
  closePaste(): void {
    this.#pasteOpen = true;
  }

  /** Everything kept, which is kept no longer. */
  take(): Kept[] {
    const end = this.#pasteOpen ? [{ bytes: PASTE_END, at: 0 }] : [];
    const all = [...end, ...this.#kept];
    this.#pasteOpen = false;
    this.#kept = [];
    this.#bytes = 0;
    this.#full = this.#headless = false;
    return all;
  }

  /** What is not sifted, which stands last and is kept no longer. */
  takeUnsifted(): Kept[] {
    const from = this.#kept.findIndex(({ unsifted }) => unsifted);
    const taken = from < 0 ? [] : this.#kept.splice(from);
    for (const { bytes } of taken) this.#bytes -= bytes.length;
    if (this.#kept.length === 0) this.#full = this.#headless = false;
    return taken;
  }

  /** A paste that is too large is told by itself; keys that are too many have no end. */
  #refuse(bytes: Uint8Array): number {
    if (isPaste(bytes) && !this.#full) return bytes.length + this.#breakLine();
    this.#full = true;
    this.#headless = this.#inLines() && !endsLine(bytes);
    return bytes.length;
  }

  /** Drops what there is of the line that is being typed. Returns how many bytes that were. */
  #breakLine(): number {
    if (!this.#inLines()) return 0;
    const before = this.#bytes;
    while (this.#kept.length > 0 && !endsLine(this.#kept.at(-1)!.bytes)) {
      const last = this.#kept.pop()!;
      const { bytes } = last;
      const rest = isPaste(bytes) ? 0 : lastLine(bytes);
      if (rest > 0) this.#kept.push({ ...last, bytes: bytes.subarray(0, rest) });
      this.#bytes -= bytes.length - rest;
    }
    this.#headless = true;
    return before - this.#bytes;
  }

  /** Drops the rest of the line that stands first. */
  #behead(): void {
    for (;;) {
      const first = this.#kept.shift();
      if (!first) break;
      const end = isPaste(first.bytes) ? undefined : firstLine(first.bytes);
      if (end === undefined) continue;
      const bytes = first.bytes.subarray(end);
      if (bytes.length > 0) this.#kept.unshift({ ...first, bytes });
      return;
    }
    this.#headless = true;
  }
}

/** Whether this is pasted, by what terminals put before it. */
export function isPaste(bytes: Uint8Array): boolean {
  return text(bytes.subarray(0, PASTE_START.length)) === PASTE_START;
}

function endsLine(bytes: Uint8Array): boolean {
  return !isPaste(bytes) && lastLine(bytes) === bytes.length;
}

/** Where the first line ends in the bytes, if one does. */
function firstLine(bytes: Uint8Array): number | undefined {
  return lineEnds(bytes)[0];
}

/** Where the last line begins in the bytes that is not ended. */
function lastLine(bytes: Uint8Array): number {
  return lineEnds(bytes).at(-1) ?? 0;
}

function lineEnds(bytes: Uint8Array): number[] {
  const ends: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const token = readToken(bytes, at);
    if (token.type === "partial") break;
    at = token.end;
    if (token.type === "key" && LINE_ENDS.includes(token.key.name)) ends.push(at);
  }
  return ends;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
