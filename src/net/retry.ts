import { isLasting } from "./fault.ts";

/** Pauses before a second try and those that follow: a platform that restarts, a network that wavers. */
const DELAYS_MS = [150, 400, 900];
/** Once it has taken so long, nobody wants to wait for another try. */
const BUDGET_MS = 10_000;
/** What load balancers answer while nobody stands behind them. */
const PASSING_STATUS = [502, 503, 504];

/**
 * How long to pause before a read is tried again.
 *
 * @param tries so many have failed.
 * @param elapsedMs since the first of them began.
 * @param random from 0 to 1: many laps that saw one fault do not all come back at once.
 * @returns undefined where it is not.
 */
export function retryDelay(tries: number, elapsedMs: number, random: number): number | undefined {
  const delay = DELAYS_MS[tries - 1];
  return delay === undefined || elapsedMs > BUDGET_MS ? undefined : delay * (0.75 + random / 2);
}

/** Whether another try may end otherwise. */
export function mayPass(failure: { status: number } | { fault: unknown }): boolean {
  if ("status" in failure) return PASSING_STATUS.includes(failure.status);
  return !isLasting(failure.fault);
}
