import { PasteCollector, type PasteFrame, type PasteStep } from "./paste.ts";

/** A paste of which nothing arrives for this long is sent as far as it came. */
const PASTE_STALL_MS = 5000;

/** The bracketed paste that is being read. One that stalled is still one up to its end marker. */
export class OpenPaste {
  readonly #collector = new PasteCollector();
  readonly #refused: boolean;
  #due: number | undefined;

  /** @param refused nothing of it is sent. */
  constructor(now: number, refused: boolean) {
    this.#due = now + PASTE_STALL_MS;
    this.#refused = refused;
  }

  /** When it will have stalled; undefined once it has. */
  get due(): number | undefined {
    return this.#due;
  }

  get stalled(): boolean {
    return this.#due === undefined;
  }

  /** More of it came. */
  goesOn(now: number): void {
    if (this.#due !== undefined) this.#due = now + PASTE_STALL_MS;
  }

  push(bytes: Uint8Array): PasteStep {
    const step = this.#collector.push(bytes);
    return this.#refused ? { ...step, frames: [] } : step;
  }

  /** Gives out what there is, if it has stalled just now. */
  flush(now: number): PasteFrame | undefined {
    if (this.#due === undefined || now < this.#due) return undefined;
    this.#due = undefined;
    const taken = this.#collector.stream();
    return this.#refused ? undefined : taken;
  }
}
