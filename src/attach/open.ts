import type { Clock } from "../clock.ts";
import { backoffDelay } from "./backoff.ts";
import type { Endpoint } from "./endpoint.ts";
import { PATIENCE_MS } from "./reconnect.ts";
import { type Transport, UpgradeError } from "./transport.ts";
import type { Locate } from "./whereabouts.ts";

/** However long they took: the machine may have slept through one. */
const FEWEST_TRIES = 3;

export interface OpenOptions {
  /** Where the session is, as far as is known. */
  endpoint: Endpoint;
  connect: (endpoint: Endpoint, signal: AbortSignal) => Promise<Transport>;
  /** Undefined: the first failure is the end. */
  locate: Locate | undefined;
  clock: Clock;
  signal: AbortSignal;
  /** Told why it takes time. */
  onTrouble: (label: string) => void;
}

/**
 * Opens the first connection. A sandbox that does not take it yet, because it just came up or was
 * restarted, is waited for: for a while, or for as long as it starts.
 *
 * @throws UpgradeError where it does not open; what `locate` throws; the signal's reason when aborted.
 */
export async function openFirst(options: OpenOptions): Promise<Transport> {
  const { connect, locate, clock, signal, onTrouble } = options;
  let since = clock.now();
  let endpoint: Endpoint | undefined = options.endpoint;
  let trouble: UpgradeError | undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      if (endpoint) return await connect(endpoint, signal);
    } catch (error) {
      if (!locate || !(error instanceof UpgradeError && error.passing)) throw error;
      trouble = error;
      onTrouble("the sandbox does not take the terminal yet; trying again");
    }
    if (trouble && attempt >= FEWEST_TRIES && clock.now() - since > PATIENCE_MS) throw trouble;
    await clock.sleep(backoffDelay(attempt, Math.random()), signal);
    const where = await locate?.(signal);
    if (where?.kind === "starting") {
      onTrouble(where.label);
      // However long that takes: its time begins once it is up.
      since = clock.now();
      attempt = 1;
    }
    if (where?.kind === "exposed") onTrouble(where.label);
    endpoint = where?.kind === "ready" ? where.endpoint : undefined;
  }
}
