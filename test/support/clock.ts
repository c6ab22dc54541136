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
