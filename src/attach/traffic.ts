/** Round trips kept: at one every 15 s, the last 25 minutes. */
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

/** Bytes as a person reads them: `812 B`, `4.2 KiB`, `1.0 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
