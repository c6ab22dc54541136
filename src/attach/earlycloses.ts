import { PATIENCE_MS } from "./reconnect.ts";
import { ABNORMAL_CLOSURE } from "./transport.ts";

/** Closed within this time of the upgrade, so often in a row, a session does not want to be joined. */
const EARLY_CLOSE_MS = 1_000;
const MOST_EARLY_CLOSES = 3;

/** Whether a connection that lived for so many milliseconds was closed as soon as it opened. */
export function isEarly(code: number, lived: number): boolean {
  return code !== ABNORMAL_CLOSURE && lived < EARLY_CLOSE_MS;
}

/**
 * Tells when a session that closes its connections early is to be given up. One that was joined before is
 * not given up so soon: a load balancer may upgrade for a sandbox that restarts.
 */
export class EarlyCloses {
  #inARow = 0;
  #since = 0;
  /** Whether a connection was not closed early and had something to say. */
  #established = false;

  /**
   * To be called at the end of each connection.
   *
   * @param now milliseconds.
   * @returns whether it was one early close too many.
   */
  tooMany(end: { early: boolean; heard: boolean; now: number }): boolean {
    const { early, heard, now } = end;
    this.#established ||= heard && !early;
    this.#inARow = early ? this.#inARow + 1 : 0;
    if (this.#inARow <= 1) this.#since = now;
    const patient = this.#established && now - this.#since <= PATIENCE_MS;
    return this.#inARow >= MOST_EARLY_CLOSES && !patient;
  }
}
