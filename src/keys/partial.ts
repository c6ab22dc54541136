import { ESC } from "./decode.ts";

/** How long a sequence that was sent on incomplete is still recognised by its rest. */
const MEMORY_MS = 5000;
/** How long a lone Escape that was sent may yet turn out to have begun a sequence. */
const ESCAPE_MEMORY_MS = 500;

const EMPTY = new Uint8Array(0);
const BRACKET = 0x5b;

/** A sequence that is not complete yet, at the end of what was read; some of it may have been sent. */
export class PartialSequence {
  #bytes = EMPTY;
  #sent = 0;
  #due: number | undefined;
  #escapeSentAt = Number.NEGATIVE_INFINITY;

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** How many of the bytes were sent. */
  get sent(): number {
    return this.#sent;
  }

  /** When the rest of them goes on as well, in the milliseconds of `now`; undefined where it need not. */
  get due(): number | undefined {
    return this.#due;
  }

  get empty(): boolean {
    return this.#bytes.length === 0;
  }

  /** What was not sent. */
  get held(): Uint8Array {
    return this.#bytes.subarray(this.#sent);
  }

  /** Whether nothing that is read next could have to do with what was sent. */
  get forgotten(): boolean {
    return this.empty && this.#escapeSentAt === Number.NEGATIVE_INFINITY;
  }

  /** Keeps a copy: a view would keep the whole read alive. */
  keep(bytes: Uint8Array, sent: number, due: number | undefined): void {
    this.#bytes = new Uint8Array(bytes);
    this.#sent = sent;
    this.#due = due;
  }

  /** It, and what was read behind it, in one; nothing of it is kept but when it was due. */
  take(bytes: Uint8Array): Uint8Array {
    const whole = this.empty ? bytes : Buffer.concat([this.#bytes, bytes]);
    this.forget();
    return whole;
  }

  /** Its time is over. */
  lapse(): void {
    this.#due = undefined;
  }

  /** All of it was sent. */
  allSent(): void {
    this.#sent = this.#bytes.length;
  }

  forget(): void {
    this.#bytes = EMPTY;
    this.#sent = 0;
  }

  /** What was sent on incomplete long ago is not completed any more. */
  forgetOld(waited: number): void {
    if (waited >= MEMORY_MS && this.#due === undefined) this.forget();
  }

  escapeSent(now: number): void {
    this.#escapeSentAt = now;
  }

  /**
   * A slow line may cut a sequence behind its Escape. By hand, Escape and `[` make no key of lap's, so
   * that what is typed so goes on as it is.
   *
   * @param idle whether nothing else is kept.
   */
  recallEscape(bytes: Uint8Array, now: number, idle: boolean): void {
    const recent = now - this.#escapeSentAt < ESCAPE_MEMORY_MS;
    this.#escapeSentAt = Number.NEGATIVE_INFINITY;
    if (recent && idle && bytes[0] === BRACKET) this.keep(Uint8Array.of(ESC), 1, undefined);
  }
}
