import { PRIVATE_MODES, TABLE, showsScreen } from "./changes.ts";

/** These share one place where xterm saves them. */
const MOUSE = [9, 1000, 1001, 1002, 1003];
/** Of a mode that a fresh terminal has on, and that was not saved: xterm restores it as off. */
export const UNSAVED = -1;

/** The modes that XTSAVE (`CSI ? n s`) has kept for XTRESTORE (`CSI ? n r`), as in xterm. */
export class SavedModes {
  /** By the rows of `TABLE`, or `UNSAVED`. */
  readonly #values = new Int32Array(TABLE.length);
  /** The mode that showed the alternate screen, or 0. */
  alternate = 0;

  constructor() {
    this.forget();
  }

  /**
   * @param rows what each row of `TABLE` is now.
   * @param alternate the mode that shows the alternate screen now, or 0.
   */
  save(number: number, rows: Int32Array, alternate: number): void {
    if (showsScreen(number)) this.alternate = alternate;
    for (const row of savedWith(number)) this.#values[row] ||= rows[row]!;
    const row = PRIVATE_MODES.get(number);
    if (row !== undefined) this.#values[row] = rows[row]!;
  }

  /** What a mode, and those that are saved in one place with it, were when that was. */
  restore(number: number): (readonly [row: number, value: number])[] {
    return savedWith(number).map((row) => [row, this.#values[row]!]);
  }

  /** As after a reset of the terminal. */
  forget(): void {
    for (const [row, { on }] of TABLE.entries()) this.#values[row] = on === true ? UNSAVED : 0;
    this.alternate = 0;
  }
}

/** The rows of the modes that are saved in one place with this one, itself among them. */
function savedWith(number: number): number[] {
  const numbers = MOUSE.includes(number) ? MOUSE : [number];
  return numbers.map((other) => PRIVATE_MODES.get(other)).filter((row) => row !== undefined);
}
