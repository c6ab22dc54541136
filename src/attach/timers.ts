import type { Clock } from "../clock.ts";

/** Timers by name: setting one again takes the place of the one before. */
export class Timers {
  readonly #clock: Clock;
  readonly #guard: (work: () => void) => void;
  readonly #cancels = new Map<string, () => void>();

  /** @param guard runs what is due, and sees to its faults. */
  constructor(clock: Clock, guard: (work: () => void) => void) {
    this.#clock = clock;
    this.#guard = guard;
  }

  set(name: string, ms: number, work: () => void): void {
    this.cancel(name);
    this.#cancels.set(
      name,
      this.#clock.after(ms, () => {
        this.#cancels.delete(name);
        this.#guard(work);
      }),
    );
  }

  has(name: string): boolean {
    return this.#cancels.has(name);
  }

  cancel(name: string): void {
    const cancel = this.#cancels.get(name);
    if (!cancel) return;
    this.#cancels.delete(name);
    cancel();
  }

  clear(): void {
    for (const name of this.#cancels.keys()) this.cancel(name);
  }
}
