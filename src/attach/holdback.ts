import type { Clock } from "../clock.ts";
import type { Link } from "./link.ts";
import { FIRST_WINDOW, isFast, widened, windowFor } from "./window.ts";

/** Output waiting for the terminal beyond which the sandbox is held back, and taken up again. */
export const HIGH_WATER_BYTES = 128 * 1024;
export const LOW_WATER_BYTES = 64 * 1024;
/** Tiny frames cost time rather than memory: more of them would keep a key from being read. */
const HIGH_WATER_FRAMES = 2_000;

/** So much output in one go, without a gap of so long, is more than a screen painted anew. */
const FLOOD_BYTES = 32 * 1024;
const FLOOD_GAP_MS = 100;
/** Smaller ones are not looked at: most of them are echoes of keys. */
const FLOOD_FRAME_BYTES = 1_024;
/** A terminal's pace shows in so much output: many take what they can, then paint and take nothing. */
const PACE_BYTES = 512 * 1024;

type HeldLink = Pick<Link, "pause" | "resume" | "limit">;

/**
 * Holds the sandbox back while the terminal is behind or covered, so that memory stays flat, and keeps it
 * from being further ahead of a flood than the terminal's pace asks for.
 */
export class Holdback {
  readonly #link: HeldLink;
  readonly #clock: Pick<Clock, "now">;
  /** Frames that came since the terminal was last up to date. */
  #frames = 0;
  #paused = false;
  /** Bytes in large frames without a gap, as far as they are not seen to yet, and when the last came. */
  #flood = { bytes: 0, at: Number.NEGATIVE_INFINITY };
  /** Bytes of the flood since the terminal was behind, or the window was widened. */
  #keptUp = 0;
  #covered = false;
  /** When the terminal fell behind, and what it has to take since, where nothing covers it. */
  #behind: { at: number; pending: number } | undefined;
  /** What it took while it was behind, and how long it took. */
  #taken = { bytes: 0, ms: 0 };
  /** Bytes of the flood since it began, or since the terminal was last seen to be slow. */
  #sinceSlow = 0;
  #window = FIRST_WINDOW;

  constructor(link: HeldLink, clock: Pick<Clock, "now">) {
    this.#link = link;
    this.#clock = clock;
  }

  /** True while the sandbox is held back, and so cannot be heard. */
  get holding(): boolean {
    return this.#paused;
  }

  /**
   * @param bytes how long the frame is.
   * @param pending bytes that the terminal has not taken.
   */
  frameCame(bytes: number, pending: number): void {
    this.#frames = pending > 0 ? this.#frames + 1 : 0;
    // A read that was under way goes on after a pause.
    if (this.#behind) this.#behind.pending += bytes;
    if (bytes >= FLOOD_FRAME_BYTES && !this.#covered) this.#count(bytes, pending);
  }

  /**
   * To be called when either may have changed.
   *
   * @param covered whether something of lap's, that stays, is on the screen.
   */
  update(pending: number, covered: boolean): void {
    if (pending === 0) this.#frames = 0;
    this.#covered = covered;
    if (covered) {
      this.#behind = undefined;
      this.#keptUp = 0;
    }
    const behind = pending > HIGH_WATER_BYTES || this.#frames > HIGH_WATER_FRAMES;
    if (!this.#paused && (covered || behind)) {
      this.#paused = true;
      this.#link.pause();
      if (!covered) this.#fellBehind(pending);
    } else if (this.#paused && !covered && pending < LOW_WATER_BYTES) {
      this.#paused = false;
      this.#frames = 0;
      this.#caughtUp(pending);
      this.#link.resume();
    }
  }

  #count(bytes: number, pending: number): void {
    const flood = this.#flood;
    const now = this.#clock.now();
    if (now - flood.at > FLOOD_GAP_MS) flood.bytes = this.#keptUp = this.#sinceSlow = 0;
    flood.at = now;
    flood.bytes += bytes;
    this.#keptUp += bytes;
    this.#sinceSlow += bytes;
    if (pending === 0 && this.#keptUp >= this.#window) {
      this.#window = widened(this.#window);
      this.#keptUp = 0;
    }
    if (flood.bytes < FLOOD_BYTES) return;
    flood.bytes = 0;
    this.#link.limit(this.#window);
  }

  #fellBehind(pending: number): void {
    this.#behind = { at: this.#clock.now(), pending };
    this.#keptUp = 0;
  }

  #caughtUp(pending: number): void {
    if (!this.#behind) return;
    this.#taken.bytes += this.#behind.pending - pending;
    this.#taken.ms += this.#clock.now() - this.#behind.at;
    this.#behind = undefined;
    const { bytes, ms } = this.#taken;
    if (bytes < PACE_BYTES) return;
    const pace = bytes / ms;
    if (!isFast(pace)) this.#sinceSlow = 0;
    this.#window = windowFor(pace, this.#sinceSlow);
    this.#taken = { bytes: 0, ms: 0 };
  }
}
