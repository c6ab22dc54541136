import type { Kept } from "./kept.ts";

/** Beyond this, what is on its way is a paste rather than keys, and is not sent a second time. */
const MOST_BYTES = 64 * 1024;

interface Sent extends Kept {
  /** The question which was asked behind it. */
  question: number | undefined;
}

/**
 * Input that was sent and not yet followed by an answered ping. The sandbox takes frames in order, so
 * that an answer tells that all which went before its question has arrived; nothing else does, since
 * the protocol acknowledges nothing (PROTOCOL 6.4).
 */
export class Unanswered {
  #sent: Sent[] = [];
  #bytes = 0;

  sent(bytes: Uint8Array, now: number): void {
    this.#bytes += bytes.length;
    if (this.#bytes <= MOST_BYTES) {
      this.#sent.push({ bytes: new Uint8Array(bytes), at: now, question: undefined });
    } else this.#sent = [];
  }

  asked(question: number): void {
    for (const entry of this.#sent) entry.question ??= question;
  }

  answered(question: number): void {
    this.#sent = this.#sent.filter((entry) => (entry.question ?? Infinity) > question);
    this.#bytes = this.#sent.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** Forgets everything, and answers it with the times at which it was sent. */
  take(): readonly Kept[] {
    const all = this.#sent;
    this.#sent = [];
    this.#bytes = 0;
    return all;
  }
}
