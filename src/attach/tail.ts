const TAIL_BYTES = 256;
/** Room for more, so that what is kept moves once in so many bytes, not with each key's echo. */
const ROOM_BYTES = 4 * TAIL_BYTES;
// oxlint-disable-next-line no-control-regex
const TRAILING_SEQUENCES = /(?:\x1b\[[\x20-\x3f]*[\x40-\x7e])+$/;

/** The end of a stream of output. */
export class Tail {
  readonly #bytes = Buffer.alloc(ROOM_BYTES);
  #length = 0;

  feed(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length >= TAIL_BYTES) {
      this.#bytes.set(bytes.subarray(length - TAIL_BYTES));
      this.#length = TAIL_BYTES;
      return;
    }
    if (this.#length + length > ROOM_BYTES) {
      this.#bytes.copyWithin(0, this.#length - TAIL_BYTES, this.#length);
      this.#length = TAIL_BYTES;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += length;
  }

  /** Its last bytes, each as one character. */
  get text(): string {
    return this.#bytes.toString("latin1", Math.max(0, this.#length - TAIL_BYTES), this.#length);
  }

  /** Whether the output ends in the middle of a line. By itself, neither CR nor LF begins a line. */
  get midLine(): boolean {
    const shown = this.text.replace(TRAILING_SEQUENCES, "");
    return shown !== "" && !/(?:\r\n|\n\r)[\r\n]*$/.test(shown);
  }
}
