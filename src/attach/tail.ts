import { freshLine } from "./freshline.ts";

const TAIL_BYTES = 256;
/** Room for more, so that what is kept moves once in so many bytes, not with each key's echo. */
const ROOM_BYTES = 4 * TAIL_BYTES;

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

  /** As `freshLine`. */
  get freshLine(): string {
    return freshLine(this.text, this.#length >= TAIL_BYTES);
  }
}
