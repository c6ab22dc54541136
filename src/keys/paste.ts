/**
 * The largest text that goes as one frame. Claude Code keeps only the tail of a paste that
 * arrives in pieces.
 */
const PASTE_TEXT_BYTES = 1024 * 1024;

const END_MARKER = Buffer.from("\x1b[201~");
const LIMIT_BYTES = PASTE_TEXT_BYTES + Buffer.byteLength("\x1b[200~") + END_MARKER.length;
const FIRST_CAPACITY_BYTES = 64 * 1024;
const EMPTY = new Uint8Array(0);

/** Which part of a paste something is: all of one both begins and ends it. */
export interface PastePart {
  readonly begins: boolean;
  readonly ends: boolean;
}

export type PasteFrame = PastePart & { readonly bytes: Uint8Array };

/** What a paste gives out after more of it came in. */
export interface PasteStep {
  /** Ready to be sent, each by itself. */
  readonly frames: readonly PasteFrame[];
  /** How many of the bytes belong to the paste, its end marker included. */
  readonly used: number;
  readonly ended: boolean;
}

/**
 * Collects one bracketed paste from its start marker to its end marker. One that outgrows the
 * limit is sent in pieces from then on, and so costs no more memory.
 */
export class PasteCollector {
  #buffer = EMPTY;
  #length = 0;
  #streaming = false;
  /** The last bytes seen, one fewer than the end marker has, to find it across two reads. */
  #tail = EMPTY;

  push(bytes: Uint8Array): PasteStep {
    const end = this.#findEnd(bytes);
    const ends = end !== undefined;
    const used = end ?? bytes.length;
    const piece = bytes.subarray(0, used);
    const step = (...frames: PasteFrame[]): PasteStep => ({ frames, used, ended: ends });
    if (this.#streaming) return step({ bytes: piece, begins: false, ends });
    if (this.#length === 0 && (ends || used > LIMIT_BYTES)) {
      this.#streaming = true;
      return step({ bytes: piece, begins: true, ends });
    }
    if (this.#length + used > LIMIT_BYTES) {
      return step(this.stream(), { bytes: piece, begins: false, ends });
    }
    this.#append(piece);
    return ends ? step({ bytes: this.#taken(), begins: true, ends }) : step();
  }

  /** Gives out what was taken in; what follows is given out as it comes. */
  stream(): PasteFrame {
    const bytes = this.#taken();
    this.#streaming = true;
    this.#buffer = EMPTY;
    this.#length = 0;
    return { bytes, begins: true, ends: false };
  }

  #taken(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #append(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#buffer.length) {
      const doubled = Math.max(FIRST_CAPACITY_BYTES, this.#buffer.length * 2, needed);
      const grown = new Uint8Array(Math.min(LIMIT_BYTES, doubled));
      grown.set(this.#taken());
      this.#buffer = grown;
    }
    this.#buffer.set(piece, this.#length);
    this.#length = needed;
  }

  #findEnd(bytes: Uint8Array): number | undefined {
    const overlap = END_MARKER.length - 1;
    const border = Buffer.concat([this.#tail, bytes.subarray(0, overlap)]);
    const before = this.#tail.length;
    this.#tail = new Uint8Array(
      bytes.length < overlap ? border.subarray(-overlap) : bytes.subarray(-overlap),
    );
    const across = border.indexOf(END_MARKER);
    if (across >= 0) return across - before + END_MARKER.length;
    const within = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(END_MARKER);
    return within < 0 ? undefined : within + END_MARKER.length;
  }
}
