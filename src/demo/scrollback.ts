import { ModeWatcher } from "../vt/modes.ts";
import { stripForReplay } from "./replay.ts";

/** How much of the recent output a new client is shown. */
const KEPT_BYTES = 256 * 1024;

/** What to send to a client that was not there from the start. */
export interface Replay {
  text: string;
  /** A full-screen program has the screen, and must be made to paint it again. */
  alternateScreen: boolean;
  /** Undoes every mode that is on, for a program that ended without tidying up. */
  undo: string;
}

/** The recent output of one program, cut only between whole sequences and characters. */
export class Scrollback {
  /** Twice what is kept, so that bytes move once per `KEPT_BYTES` and not with every chunk. */
  #buffer = new Uint8Array(2 * KEPT_BYTES);
  #length = 0;
  /** Has seen what is no longer kept, so it knows the modes that the kept part starts in. */
  #evicted = new ModeWatcher();

  /** Takes output as the program wrote it. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += KEPT_BYTES) {
      const part = bytes.subarray(at, at + KEPT_BYTES);
      if (this.#length + part.length > this.#buffer.length) this.#evict();
      this.#buffer.set(part, this.#length);
      this.#length += part.length;
    }
  }

  /** The kept output, safe to show again. */
  replay(): Replay {
    const kept = this.#buffer.subarray(0, this.#length);
    const redo = this.#evicted.redo();
    const now = new ModeWatcher();
    now.feed(new TextEncoder().encode(redo));
    now.feed(kept);
    // As a stream: a last character that is still incomplete comes whole with the live output.
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(kept, { stream: true });
    return {
      text: redo + stripForReplay(text),
      alternateScreen: now.alternateScreen,
      undo: now.undo(),
    };
  }

  #evict(): void {
    let cut = Math.max(this.#length - KEPT_BYTES, 0);
    this.#evicted.feed(this.#buffer.subarray(0, cut));
    while (cut < this.#length && !this.#evicted.atBoundary) {
      this.#evicted.feed(this.#buffer.subarray(cut, cut + 1));
      cut += 1;
    }
    this.#buffer.copyWithin(0, cut, this.#length);
    this.#length -= cut;
  }
}
