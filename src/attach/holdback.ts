import type { Link } from "./link.ts";

/** Output waiting for the terminal beyond which the sandbox is held back, and taken up again. */
export const HIGH_WATER_BYTES = 256 * 1024;
export const LOW_WATER_BYTES = 128 * 1024;
/** Tiny frames cost time rather than memory: more of them would keep a key from being read. */
const HIGH_WATER_FRAMES = 2_000;

/** Holds the sandbox back while the terminal is behind or covered, so that memory stays flat. */
export class Holdback {
  readonly #link: Pick<Link, "pause" | "resume">;
  /** Frames that came since the terminal was last up to date. */
  #frames = 0;
  #paused = false;

  constructor(link: Pick<Link, "pause" | "resume">) {
    this.#link = link;
  }

  /** True while the sandbox is held back, and so cannot be heard. */
  get holding(): boolean {
    return this.#paused;
  }

  /** @param pending bytes that the terminal has not taken. */
  frameCame(pending: number): void {
    this.#frames = pending > 0 ? this.#frames + 1 : 0;
  }

  /**
   * To be called when either may have changed.
   *
   * @param covered whether something of lap's, that stays, is on the screen.
   */
  update(pending: number, covered: boolean): void {
    if (pending === 0) this.#frames = 0;
    const behind = pending > HIGH_WATER_BYTES || this.#frames > HIGH_WATER_FRAMES;
    if (!this.#paused && (covered || behind)) {
      this.#paused = true;
      this.#link.pause();
    } else if (this.#paused && !covered && pending < LOW_WATER_BYTES) {
      this.#paused = false;
      this.#frames = 0;
      this.#link.resume();
    }
  }
}
