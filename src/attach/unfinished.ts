/** More than most pictures have; what is longer cannot be begun again. Bounds the memory that it takes. */
const MOST_BYTES = 4 * 1024 * 1024;
/** As much room is kept for the next, which mostly is part of a character. */
const KEPT_BYTES = 4 * 1024;

const ESC = 0x1b;
const C1_LEAD = 0xc2;
/** What a string begins with behind ESC; in UTF-8, its C1 controls are 0x40 above that. */
const STRINGS = Array.from("]PX^_", (char) => char.charCodeAt(0));

/** Keeps of a stream what stands in its last sequence, string or character while that is not complete. */
export class Unfinished {
  /** With room to grow: a string may come in a million frames. */
  #bytes = Buffer.alloc(0);
  #length = 0;

  /**
   * To be called with all that the stream holds, in order.
   *
   * @param unfinished how many of the stream's last bytes that is, as `ModeWatcher.unfinished` says.
   */
  written(frames: readonly Uint8Array[], unfinished: number): void {
    if (unfinished === 0 && this.#length === 0) return;
    let after = frames.reduce((sum, { length }) => sum + length, 0);
    for (const bytes of frames) {
      after -= bytes.length;
      this.#follow(bytes, Math.max(0, unfinished - after));
    }
  }

  #follow(bytes: Uint8Array, unfinished: number): void {
    if (unfinished === 0 || unfinished > MOST_BYTES) {
      if (this.#length > 0) this.#forget();
      return;
    }
    if (unfinished <= bytes.length) {
      this.#length = 0;
      this.#append(bytes.subarray(bytes.length - unfinished));
    } else this.#append(bytes);
  }

  /** What begins it again, which is kept no longer. Controls amid a sequence were executed as they came. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.#bytes.subarray(0, this.#length));
    this.#forget();
    return isString(bytes) ? bytes : bytes.filter((byte) => byte >= 0x20 || byte === ESC);
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(KEPT_BYTES, 2 * length));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }

  #forget(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.alloc(0);
  }
}

function isString([lead, next = 0]: Uint8Array): boolean {
  return STRINGS.includes(lead === C1_LEAD ? next - 0x40 : next);
}
