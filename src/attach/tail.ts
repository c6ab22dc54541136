const TAIL_BYTES = 256;
// oxlint-disable-next-line no-control-regex
const TRAILING_SEQUENCES = /(?:\x1b\[[\x20-\x3f]*[\x40-\x7e])+$/;

/** The end of a stream of output. */
export class Tail {
  #bytes: Uint8Array = Buffer.alloc(0);

  /** @param bytes not to be written into afterwards: a flood's are kept as they are, since a copy takes time. */
  feed(bytes: Uint8Array): void {
    this.#bytes =
      bytes.length >= TAIL_BYTES
        ? bytes
        : Buffer.concat([this.#bytes.subarray(-TAIL_BYTES), bytes]).subarray(-TAIL_BYTES);
  }

  /** Its last bytes, each as one character. */
  get text(): string {
    return Buffer.from(this.#bytes.subarray(-TAIL_BYTES)).toString("latin1");
  }

  /** Whether the output ends in the middle of a line. By itself, neither CR nor LF begins a line. */
  get midLine(): boolean {
    const shown = this.text.replace(TRAILING_SEQUENCES, "");
    return shown !== "" && !/(?:\r\n|\n\r)[\r\n]*$/.test(shown);
  }
}
