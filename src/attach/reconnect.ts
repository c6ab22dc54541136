import type { Clock } from "../clock.ts";
import { EXIT, LapError } from "../errors.ts";
import { backoffDelay, tryTimeout } from "./backoff.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Transport, UpgradeError } from "./transport.ts";
import type { Locate, Whereabouts } from "./whereabouts.ts";

/** The platform may name the address from before a restart for 30 s (PROTOCOL 6.3). */
export const PATIENCE_MS = 40_000;
/** Refusals that no later try changes, unless the platform is just changing itself. */
const REFUSALS = [401, 403, 404];
/** While a sandbox starts, the backoff grows no further than to this try: a second. */
const STARTING_ATTEMPT = 2;
/** Two seconds, to read where the terminal is now and leave instead. */
const EXPOSED_ATTEMPT = 3;
/** A try that has just begun is not begun again. */
const HURRY_MS = 1_000;

/** What is being done about a lost connection. */
export type Away =
  /** The next try is at `until`, in the milliseconds of the clock. */
  { kind: "waiting"; until: number } | { kind: "trying" } | Meanwhile;

/** What the platform says in place of where the terminal can be joined. */
type Meanwhile = Extract<Whereabouts, { label: string }>;

export interface ReconnectorOptions {
  locate: Locate;
  connect: (endpoint: Endpoint, signal: AbortSignal) => Promise<Transport>;
  clock: Clock;
  onAway: (away: Away) => void;
}

/** Comes back to a session whose connection was lost: asks where it is, joins it, waits, asks again. */
export class Reconnector {
  readonly #options: ReconnectorOptions;
  #attempt = 0;
  #refusedSince: number | undefined;
  /** The wait or the try under way. */
  #step: { trying: boolean; since: number; abort: AbortController } | undefined;
  #hurried = false;
  #stopped = false;

  constructor(options: ReconnectorOptions) {
    this.#options = options;
  }

  /** The connection was good: the next loss begins the backoff anew. */
  reset(): void {
    this.#attempt = 0;
  }

  /**
   * Tries for as long as the session lives.
   *
   * @returns the connection, or undefined where `stop` was called.
   * @throws what `locate` throws; UpgradeError where a refusal will not change.
   */
  async run(): Promise<Transport | undefined> {
    const { clock, onAway } = this.#options;
    let meanwhile: Meanwhile | undefined;
    while (!this.#stopped) {
      const delay = this.#delay();
      if (meanwhile) onAway(meanwhile);
      else if (delay > 0) onAway({ kind: "waiting", until: clock.now() + delay });
      if (delay > 0) await this.#abortable(false, ({ signal }) => clock.sleep(delay, signal));
      if (this.#stopped) break;
      if (!meanwhile) onAway({ kind: "trying" });
      const limit = tryTimeout(this.#attempt++);
      const outcome = await this.#abortable(true, (abort) => {
        const cancel = clock.after(limit, () => abort.abort());
        return this.#try(abort.signal).finally(cancel);
      });
      if (outcome?.transport) return this.#unlessStopped(outcome.transport);
      meanwhile = outcome?.meanwhile;
    }
    return undefined;
  }

  /** Does not wait for the next try. */
  hurry(): void {
    if (!this.#step) return;
    const { trying, since, abort } = this.#step;
    if (trying && this.#options.clock.now() - since < HURRY_MS) return;
    // A wait is over with that. A try that is given up is followed by another one.
    this.#hurried = trying;
    abort.abort();
  }

  stop(): void {
    this.#stopped = true;
    this.#step?.abort.abort();
  }

  #delay(): number {
    const delay = this.#hurried ? 0 : backoffDelay(this.#attempt, Math.random());
    this.#hurried = false;
    return delay;
  }

  /** One step, which `hurry`, `stop` and its own time limit call off: undefined then. */
  async #abortable<T>(
    trying: boolean,
    step: (abort: AbortController) => Promise<T>,
  ): Promise<T | undefined> {
    const abort = new AbortController();
    this.#step = { trying, since: this.#options.clock.now(), abort };
    try {
      return await step(abort);
    } catch (error) {
      if (abort.signal.aborted) return undefined;
      throw error;
    } finally {
      this.#step = undefined;
    }
  }

  async #try(
    signal: AbortSignal,
  ): Promise<{ transport?: Transport; meanwhile?: Meanwhile } | undefined> {
    const { locate, connect } = this.#options;
    const where = await locate(signal);
    if (where.kind !== "ready") this.#refusedSince = undefined;
    if (where.kind === "unreachable") return undefined;
    if (where.kind !== "ready") {
      const isStarting = where.kind === "starting";
      this.#attempt = isStarting ? Math.min(this.#attempt, STARTING_ATTEMPT) : EXPOSED_ATTEMPT;
      return { meanwhile: where };
    }
    try {
      const transport = await connect(where.endpoint, signal);
      this.#refusedSince = undefined;
      return { transport };
    } catch (error) {
      if (!(error instanceof UpgradeError)) throw error;
      this.#judge(error);
      return undefined;
    }
  }

  /** @throws the refusal, where it has been met for so long that it will not change. */
  #judge(error: UpgradeError): void {
    const now = this.#options.clock.now();
    if (!REFUSALS.includes(error.status ?? 0)) this.#refusedSince = undefined;
    else if (now - (this.#refusedSince ??= now) > PATIENCE_MS) throw error;
  }

  #unlessStopped(transport: Transport): Transport | undefined {
    if (!this.#stopped) return transport;
    void transport.close();
    return undefined;
  }
}

/**
 * What nobody comes back from, in words that say of what it is the end: its own may be those of a first
 * try. A key that the platform refuses keeps its exit code.
 */
export function lostForGood(error: unknown): unknown {
  if (!(error instanceof LapError) || error.exitCode === EXIT.lost) return error;
  const why = error.message.replace(/^\[ws closed\] /, "");
  return new LapError(`[ws closed] the connection was lost for good: ${why}`, {
    hint: error.hint,
    exitCode: error.exitCode === EXIT.refused ? EXIT.refused : EXIT.lost,
    cause: error,
  });
}
