import type { Size } from "../term/terminal.ts";
import type { Timers } from "./timers.ts";

/** Dragging a window's edge makes many sizes; each makes the remote paint everything. */
const RESIZE_INTERVAL_MS = 30;
/** Long enough that the remote sees the smaller size, too short to be seen. */
const NUDGE_MS = 60;

/** Tells the remote the size of the terminal: only where it is known, and only when it changed. */
export class SizeReports {
  readonly #size: () => Size | undefined;
  readonly #report: (size: Size) => void;
  readonly #timers: Timers;
  #last: Size | undefined;

  constructor(size: () => Size | undefined, report: (size: Size) => void, timers: Timers) {
    this.#size = size;
    this.#report = report;
    this.#timers = timers;
  }

  /** Returns whether there was anything to tell. */
  send(): boolean {
    const size = this.#size();
    if (!size) return false;
    if (size.columns === this.#last?.columns && size.rows === this.#last.rows) return false;
    this.#last = size;
    this.#report(size);
    return true;
  }

  /** To a remote that has not been told any. */
  restart(): void {
    this.#last = undefined;
    this.send();
  }

  /** The first size of a run goes at once, then the newest in each interval, and so the last one. */
  changed(): void {
    if (!this.#timers.has("resize")) this.#sendPaced();
  }

  #sendPaced(): void {
    if (this.send()) this.#timers.set("resize", RESIZE_INTERVAL_MS, () => this.#sendPaced());
  }

  /** Makes the remote paint everything: a size one row smaller, then the true one. */
  nudge(): void {
    const size = this.#size();
    if (!size) return;
    const { columns, rows } = size;
    this.#report({ columns: rows > 1 ? columns : columns + 1, rows: Math.max(1, rows - 1) });
    this.#last = undefined;
    this.#timers.set("nudge", NUDGE_MS, () => this.send());
  }
}
