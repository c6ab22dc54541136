import type { PastePart } from "../keys/paste.ts";

export interface LargePasteOptions {
  /** Whether what begins now can go at once. */
  goes: () => boolean;
  /** Sends at once, or not at all, and returns whether it did. */
  send: (bytes: Uint8Array) => boolean;
  /** Ends it for the program that has only got a part of it. */
  close: () => void;
  /** So many bytes of it do not go. */
  drop: (bytes: number) => void;
}

/**
 * A paste that is too large to be kept whole, and so comes in parts. It goes at once or not at all, and
 * what follows a cut does not go either: without its begin a shell would run it line by line.
 */
export class LargePaste {
  readonly #options: LargePasteOptions;
  /** Whether its begin was sent, and its end was not. */
  #open = false;
  /** Bytes dropped and not told yet. */
  #dropped = 0;

  constructor(options: LargePasteOptions) {
    this.#options = options;
  }

  take(bytes: Uint8Array, { begins, ends }: PastePart): void {
    const { goes, send, drop } = this.#options;
    if ((begins ? goes() : this.#open) && send(bytes)) {
      this.#open = !ends;
      return;
    }
    this.cut();
    this.#dropped += bytes.length;
    if (!begins && !ends) return;
    drop(this.#dropped);
    this.#dropped = 0;
  }

  /** The connection is lost. */
  cut(): void {
    if (this.#open) this.#options.close();
    this.#open = false;
  }
}
