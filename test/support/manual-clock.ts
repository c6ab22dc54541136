import type { Clock } from "../../src/clock.ts";

interface Alarm {
  at: number;
  ring: () => void;
}

/** Time that passes when a test says so, in which everything that falls due happens in its order. */
export class ManualClock implements Clock {
  readonly #alarms = new Set<Alarm>();
  #now = 0;

  date(): number {
    return this.#now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, work: () => void): () => void {
    const alarm = { at: this.#now + ms, ring: work };
    this.#alarms.add(alarm);
    return () => void this.#alarms.delete(alarm);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const cancel = this.after(ms, resolve);
      signal?.addEventListener("abort", () => {
        cancel();
        reject(signal.reason);
      });
    });
  }

  /** Lets time pass; what is due happens when it is. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (let alarm = this.#next(end); alarm; alarm = this.#next(end)) {
      this.#now = Math.max(this.#now, alarm.at);
      this.#alarms.delete(alarm);
      alarm.ring();
    }
    this.#now = end;
  }

  /** Nobody is awake while time passes; what was due meanwhile happens afterwards. */
  oversleep(ms: number): void {
    this.#now += ms;
    this.pass(0);
  }

  #next(end: number): Alarm | undefined {
    const due = [...this.#alarms].filter(({ at }) => at <= end);
    return due.toSorted((a, b) => a.at - b.at)[0];
  }
}
