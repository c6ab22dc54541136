import type { Clock } from "../clock.ts";
import type { Timers } from "./timers.ts";

/** What platforms that do not say it do today (PROTOCOL 4). */
const USUAL_TIMEOUT_MS = 15 * 60_000;
const WARNING_MS = 2 * 60_000;
/** Of a short timeout, the last part is told. */
const WARNING_SHARE = 1 / 4;
const RETRY_MS = 30_000;
/** A timer runs no longer, and at once where it is asked to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What the platform is to be told, and when. */
export interface WarmthPolicy {
  /** Unused for so long, the platform ends the session; null: never, undefined: not known. */
  idleTimeoutMs: number | null | undefined;
  /** Keep it warm though nothing comes or goes. */
  always: boolean;
  /** Counts as use with the platform. */
  bump: (signal: AbortSignal) => Promise<void>;
}

export interface WarmthOptions extends WarmthPolicy {
  clock: Clock;
  timers: Timers;
  /** The session ends in so many milliseconds, unless something comes or goes. */
  warn: (ms: number) => void;
}

/**
 * Keeps a session from being reaped while its terminal is used: the platform counts REST messages
 * alone (PROTOCOL 4). A terminal that was quiet for a whole timeout is let go, after a warning.
 */
export class Warmth {
  readonly #options: WarmthOptions;
  readonly #timeoutMs: number | undefined;
  readonly #left = new AbortController();
  /** When the platform was last told, and when that was last tried, by both clocks. */
  #bumpedAt: Moment | undefined;
  #triedAt: Moment | undefined;
  #usedSince = false;
  #bumping = false;

  constructor(options: WarmthOptions) {
    this.#options = options;
    const { idleTimeoutMs } = options;
    this.#timeoutMs = idleTimeoutMs === null ? undefined : (idleTimeoutMs ?? USUAL_TIMEOUT_MS);
  }

  /** Joining it, or coming back to it, is use. */
  start(): void {
    if (this.#timeoutMs !== undefined && !this.#bumping) void this.#bump(this.#timeoutMs);
  }

  /** Something came or went. */
  used(): void {
    this.#usedSince = true;
    if (this.#timeoutMs === undefined || this.#bumping) return;
    // A timer stands still while the machine sleeps, and the platform does not.
    const slept = this.#since(this.#triedAt) > this.#timeoutMs / 3;
    if (slept || !this.#options.timers.has("warm")) void this.#bump(this.#timeoutMs);
  }

  /** Milliseconds that the session lives by itself from now on; undefined where nobody knows an end. */
  get remaining(): number | undefined {
    // What is being told counts: its answer takes longer than the telling.
    const told = this.#bumping ? this.#triedAt : this.#bumpedAt;
    if (this.#timeoutMs === undefined || !told) return undefined;
    return Math.max(0, this.#timeoutMs - this.#since(told));
  }

  stop(): void {
    this.#left.abort();
    this.#options.timers.cancel("warm");
    this.#options.timers.cancel("cold");
  }

  async #bump(timeoutMs: number): Promise<void> {
    const { bump, clock, timers } = this.#options;
    this.#bumping = true;
    this.#usedSince = false;
    for (const name of ["warm", "cold"]) timers.cancel(name);
    const at = { now: clock.now(), date: clock.date() };
    this.#triedAt = at;
    let due = at.now + timeoutMs / 3;
    try {
      await bump(this.#left.signal);
      this.#bumpedAt = at;
    } catch {
      this.#usedSince = true;
      due = clock.now() + Math.min(RETRY_MS, timeoutMs / 3);
    }
    this.#bumping = false;
    if (this.#left.signal.aborted) return;
    const wait = Math.min(Math.max(0, due - clock.now()), LONGEST_TIMER_MS);
    timers.set("warm", wait, () => this.#due(timeoutMs));
  }

  #due(timeoutMs: number): void {
    if (this.#usedSince || this.#options.always) return void this.#bump(timeoutMs);
    const warning = Math.min(WARNING_MS, timeoutMs * WARNING_SHARE);
    const left = this.remaining ?? timeoutMs;
    const quiet = Math.max(0, left - warning);
    if (quiet > LONGEST_TIMER_MS) return;
    this.#options.timers.set("cold", quiet, () => this.#options.warn(warning));
  }

  /** Milliseconds that have passed, by the clock that saw more of them; 0 where that never was. */
  #since(moment: Moment | undefined): number {
    const { clock } = this.#options;
    return moment ? Math.max(clock.now() - moment.now, clock.date() - moment.date) : 0;
  }
}

interface Moment {
  now: number;
  date: number;
}
