/** Round trips kept: the last 25 minutes of a quiet session, some 25 s of typing (`Liveness`). */
const MOST_SAMPLES = 100;

/** What went over a session's connections, for connection info. Bytes and milliseconds. */
export class Traffic {
  received = 0;
  sent = 0;
  reconnects = 0;
  readonly #roundTrips: number[] = [];

  measured(roundTripMs: number): void {
    this.#roundTrips.push(roundTripMs);
    if (this.#roundTrips.length > MOST_SAMPLES) this.#roundTrips.shift();
  }

  /** The newest round trip and the 95th percentile, or undefined before the first. */
  get roundTrip(): { now: number; p95: number } | undefined {
    const now = this.#roundTrips.at(-1);
    if (now === undefined) return undefined;
    const sorted = this.#roundTrips.toSorted((a, b) => a - b);
    const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] as number;
    return { now, p95 };
  }
}
