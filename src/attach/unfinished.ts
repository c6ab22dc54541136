/** More than a picture or a clipboard's content has; what is longer cannot be begun again. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Keeps of a stream what stands in its last sequence, string or character while that is not complete. */
export class Unfinished {
  #chunks: Uint8Array[] = [];
  #length = 0;

  /**
   * To be called with every chunk, which must not be changed afterwards.
   *
   * @param unfinished how many of the stream's last bytes that is, as `ModeWatcher.unfinished` says.
   */
  written(bytes: Uint8Array, unfinished: number): void {
    if (unfinished === 0 || unfinished > MOST_BYTES) {
      if (this.#length > 0) this.#forget();
      return;
    }
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    let first = this.#chunks[0]!;
    while (this.#length - first.length >= unfinished) {
      this.#chunks.shift();
      this.#length -= first.length;
      first = this.#chunks[0]!;
    }
  }

  /** The last so many bytes, or what there is of them, which are kept no longer. */
  take(unfinished: number): Uint8Array {
    const bytes = Buffer.concat(this.#chunks, this.#length);
    this.#forget();
    return bytes.subarray(Math.max(0, bytes.length - unfinished));
  }

  #forget(): void {
    this.#chunks = [];
    this.#length = 0;
  }
}
