import type { Clock } from "../../../src/clock.ts";
import { realClock } from "../world.ts";

/** Real time, of which sleeps take none: it goes on behind them. Timers run. */
export class SkippingClock implements Clock {
  #skipped = 0;

  date(): number {
    return realClock.date() + this.#skipped;
  }

  now(): number {
    return realClock.now() + this.#skipped;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#skipped += ms;
    await realClock.sleep(ms, signal);
  }

  after(ms: number, work: () => void): () => void {
    return realClock.after(ms, work);
  }
}
