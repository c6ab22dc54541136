import type { Clock } from "../../src/clock.ts";

/** Time that stands still but for sleeps, which pass at once and are kept. */
export class JumpingClock implements Clock {
  readonly sleeps: number[] = [];
  /** Runs before each sleep ends; a test changes the world here. */
  onSleep: (count: number) => void = () => {};
  #now = 0;

  date(): number {
    return this.#now;
  }

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(ms);
    this.#now += ms;
    this.onSleep(this.sleeps.length);
    // A turn of the event loop, so that servers of the same process get theirs.
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }

  after(): () => void {
    return () => {};
  }
}

/** Lets every promise that can go on do so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Time that a test moves by hand. */
export class ManualClock implements Clock {
  #now = 0;
  #date = Date.UTC(2026, 10, 22);
  #timers: { due: number; work: () => void }[] = [];

  date(): number {
    return this.#date;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, work: () => void): () => void {
    const timer = { due: this.#now + ms, work };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const cancel = this.after(ms, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Time passes: what becomes due runs in order, and what follows from it before what is due next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#pass(Math.max(0, next.due - this.#now));
      this.#timers = this.#timers.filter((other) => other !== next);
      next.work();
      await settled();
    }
    this.#pass(end - this.#now);
  }

  /** Time passes and nothing runs, as under SIGSTOP. What is due is late, and waits for `advance`. */
  stop(ms: number): void {
    this.#pass(ms);
  }

  /** The machine sleeps: only the calendar goes on. Negative: it is set back. */
  jump(ms: number): void {
    this.#date += ms;
  }

  /** How many timers and sleeps there are. */
  get waiting(): number {
    return this.#timers.length;
  }

  #next(end: number): { due: number; work: () => void } | undefined {
    const due = this.#timers.filter((timer) => timer.due <= end);
    // The first of those that are due together, as timers run.
    return due.toSorted((a, b) => a.due - b.due)[0];
  }

  #pass(ms: number): void {
    this.#now += ms;
    this.#date += ms;
  }
}
