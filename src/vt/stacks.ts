/** What a remote pushes in the terminal and may leave pushed. */

const CSI = "\x1b[";
const MAX_DEPTH = 255;
/** As many as xterm keeps. */
const MAX_TITLES = 10;

/** The kitty keyboard flags of one screen: a base, and what was pushed over it. */
export class KeyboardFlags {
  readonly #flags = new Uint8Array(MAX_DEPTH + 1);
  #depth = 0;

  push(flags: number): void {
    this.#depth = Math.min(this.#depth + 1, MAX_DEPTH);
    this.#flags[this.#depth] = flags;
  }

  /** Popping more than there is resets the base too. */
  pop(count: number): void {
    if (count > this.#depth) this.#flags[0] = 0;
    this.#depth = Math.max(this.#depth - count, 0);
  }

  /** How 1 sets all flags, 2 adds, 3 takes away; others do nothing (kitty's `screen_set_key_encoding_flags`). */
  set(flags: number, how: number): void {
    const old = this.#flags[this.#depth]!;
    if (how === 1) this.#flags[this.#depth] = flags;
    else if (how === 2) this.#flags[this.#depth] = old | flags;
    else if (how === 3) this.#flags[this.#depth] = old & ~flags;
  }

  /** Those in force. */
  get current(): number {
    return this.#flags[this.#depth]!;
  }

  clear(): void {
    this.#depth = 0;
    this.#flags[0] = 0;
  }

  undo(): string {
    const pops = this.#depth > 0 ? `${CSI}<${this.#depth}u` : "";
    return this.#flags[0] === 0 ? pops : `${pops}${CSI}=0u`;
  }

  redo(): string {
    const base = this.#flags[0] === 0 ? "" : `${CSI}=${this.#flags[0]}u`;
    const pushed = this.#flags.subarray(1, this.#depth + 1);
    return base + Array.from(pushed, (flags) => `${CSI}>${flags}u`).join("");
  }

  /** Sets those in force once more. */
  renew(): string {
    return this.current === 0 ? "" : `${CSI}=${this.current}u`;
  }
}

/**
 * The titles left pushed. Which kind (0 both, 1 icon, 2 window) matters: xterm has one stack for
 * all kinds and kitty one for each, and popping the same kinds in reverse is right in both.
 */
export class TitleStack {
  readonly #kinds: number[] = [];

  push(kind: number): void {
    this.#kinds.push(kind);
    if (this.#kinds.length > MAX_TITLES) this.#kinds.shift();
  }

  pop(kind: number): void {
    const index = this.#kinds.lastIndexOf(kind);
    if (index >= 0) this.#kinds.splice(index, 1);
    else if (kind === 0) this.#kinds.pop();
    else this.#keepOther(kind);
  }

  /**
   * One kind of a pair is popped: in kitty its other kind stays pushed, in xterm nothing does. A window's
   * title that stays is undone, as that can be seen. An icon's is left: to pop it could take what is lap's.
   */
  #keepOther(kind: number): void {
    const pair = this.#kinds.lastIndexOf(0);
    if (pair >= 0) this.#kinds.splice(pair, 1, ...(kind === 1 ? [2] : []));
  }

  undo(): string {
    return this.#kinds
      .map((kind) => `${CSI}23;${kind}t`)
      .toReversed()
      .join("");
  }

  redo(): string {
    return this.#kinds.map((kind) => `${CSI}22;${kind}t`).join("");
  }
}
