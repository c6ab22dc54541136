import { ESC, readToken, stringEnd } from "./decode.ts";
import { PARTIAL_MEMORY_MS } from "./scanner.ts";

const EMPTY = new Uint8Array(0);

/** What of the terminal's input a person typed. */
export interface Typed {
  keys: Uint8Array;
  /** The keys' names, in order. */
  names: string[];
}

/**
 * Takes out of the input what the terminal says by itself: mouse, focus, answers to questions, key
 * releases. Reads may cut it anywhere: what has begun and may be such is kept back for the next one.
 */
export class TypedKeys {
  #begun = EMPTY;
  #inString = false;
  #takenAt = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds; what began too long ago is not completed any more. */
  take(bytes: Uint8Array, now: number): Typed {
    if (now - this.#takenAt >= PARTIAL_MEMORY_MS) this.#forget();
    this.#takenAt = now;
    const work = this.#begun.length > 0 ? Buffer.concat([this.#begun, bytes]) : bytes;
    this.#begun = EMPTY;
    const kept: Uint8Array[] = [];
    const names: string[] = [];
    for (let at = 0; at < work.length;) {
      if (this.#inString) {
        at = this.#passString(work, at);
        continue;
      }
      const token = readToken(work, at);
      if (token.type === "partial") {
        const rest = work.subarray(at);
        // An Escape by itself has waited for more already.
        if (rest.length > 1 || rest[0] !== ESC) this.#begun = new Uint8Array(rest);
        else {
          kept.push(rest);
          names.push("escape");
        }
        break;
      }
      if (token.type === "key") {
        kept.push(work.subarray(at, token.end));
        names.push(token.key.name);
      }
      this.#inString = token.type === "string";
      at = token.end;
    }
    return { keys: Buffer.concat(kept), names };
  }

  /** Where what follows the string begins that `from` lies in; it may not end in these bytes. */
  #passString(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const ended = stringEnd(bytes, at);
      if (ended === 0) continue;
      this.#inString = false;
      return at + ended;
    }
    if (bytes.at(-1) === ESC) this.#begun = Uint8Array.of(ESC);
    return bytes.length;
  }

  #forget(): void {
    this.#begun = EMPTY;
    this.#inString = false;
  }
}
