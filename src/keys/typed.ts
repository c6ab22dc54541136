import { type Asked, ESC, readToken, stringEnd } from "./decode.ts";
import { altKey } from "./keycode.ts";

const EMPTY = new Uint8Array(0);

/** How long something waits for more of it that only a terminal says. */
const REPORT_MS = 5000;
/** The same of a string: three bytes or more of it may have been typed, the first with Alt. */
const STRING_MS = 1000;
/** The same of two bytes that are Alt and a key as well: a terminal sends them with what follows. */
const INTRODUCER_MS = 100;
const INTRODUCER_BYTES = 2;
/** Of more bytes without a control byte or a pause nobody has typed the whole. */
const MOST_TYPED_BYTES = 256;

/** What of the terminal's input a person typed. */
export interface Typed {
  keys: Uint8Array;
  /** The keys' names, in order. */
  names: string[];
}

type Tell = (keys: Uint8Array, ...names: string[]) => void;

/**
 * Takes out of the input what the terminal says by itself: mouse, focus, answers to questions, key
 * releases. Reads may cut it anywhere: what has begun and may be such is kept back for the next one. If it
 * does not go on as that would, it was typed.
 */
export class TypedKeys {
  readonly #utf8Mouse: Asked;
  #begun = EMPTY;
  #inString = false;
  /** Whether the string is longer than what is kept of it, and so an answer. */
  #long = false;
  #takenAt = Number.NEGATIVE_INFINITY;

  /** @param utf8Mouse as of `readToken`. */
  constructor(utf8Mouse: Asked) {
    this.#utf8Mouse = utf8Mouse;
  }

  /** @param now milliseconds; what began too long ago is not completed any more. */
  take(bytes: Uint8Array, now: number): Typed {
    const typed: Uint8Array[] = [];
    const names: string[] = [];
    const tell: Tell = (keys, ...named) => {
      typed.push(keys);
      names.push(...named);
    };
    if (now - this.#takenAt >= this.#patience) this.#giveUp(tell);
    this.#takenAt = now;
    const work = this.#begun.length > 0 ? Buffer.concat([this.#begun, bytes]) : bytes;
    this.#begun = EMPTY;
    let at = this.#inString ? this.#passString(work, 0, tell) : 0;
    while (at < work.length) {
      const token = readToken(work, at, this.#utf8Mouse);
      if (token.type === "partial") {
        const rest = work.subarray(at);
        // An Escape by itself has waited for more already.
        if (rest.length === 1 && rest[0] === ESC) tell(rest, "escape");
        else this.#begun = new Uint8Array(rest);
        break;
      }
      if (token.type === "string") {
        at = this.#passString(work, at, tell);
        continue;
      }
      if (token.type === "key") tell(work.subarray(at, token.end), token.key.name);
      if (token.type === "stray") tell(work.subarray(at, token.end), "");
      at = token.end;
    }
    return { keys: Buffer.concat(typed), names };
  }

  get #patience(): number {
    if (this.#inString) return STRING_MS;
    const introducer = this.#begun.length === INTRODUCER_BYTES && this.#begun[0] === ESC;
    return introducer ? INTRODUCER_MS : REPORT_MS;
  }

  #giveUp(tell: Tell): void {
    const begun = this.#begun;
    if (this.#inString) this.#giveBack(begun, tell);
    else if (begun.length === INTRODUCER_BYTES && begun[0] === ESC) this.#giveBack(begun, tell);
    this.#begun = EMPTY;
    this.#inString = false;
  }

  /** Returns where what follows the string begins that stands at `start`; it may not end in these bytes. */
  #passString(bytes: Uint8Array, start: number, tell: Tell): number {
    this.#inString = false;
    for (let at = start + INTRODUCER_BYTES; at < bytes.length; at++) {
      const ended = stringEnd(bytes, at);
      if (ended > 0) {
        this.#long = false;
        return at + ended;
      }
      if (bytes[at] === ESC && at + 1 === bytes.length) break;
      if (bytes[at]! < 0x20) {
        this.#giveBack(bytes.subarray(start, at), tell);
        return at;
      }
    }
    this.#inString = true;
    this.#long ||= bytes.length - start > MOST_TYPED_BYTES;
    const introducer = bytes.subarray(start, start + INTRODUCER_BYTES);
    const cut = bytes[bytes.length - 1] === ESC ? [ESC] : [];
    this.#begun = new Uint8Array(this.#long ? [...introducer, ...cut] : bytes.subarray(start));
    return bytes.length;
  }

  /** What could have begun an answer was Alt and a key, and what follows it was typed too. */
  #giveBack(bytes: Uint8Array, tell: Tell): void {
    const rest = Buffer.from(bytes.subarray(INTRODUCER_BYTES)).toString();
    if (!this.#long) tell(bytes, altKey(bytes[1]!).name, ...rest);
    this.#long = false;
  }
}
