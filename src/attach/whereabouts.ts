import type { Endpoint } from "./endpoint.ts";

/** What the platform says of a session whose connection was lost. */
export type Whereabouts =
  | { kind: "ready"; endpoint: Endpoint }
  /** It is being brought up; the label says how far that is. */
  | { kind: "starting"; label: string }
  /** It is ready at a place that the person is to hear of, in the label, before it is joined. */
  | { kind: "exposed"; label: string }
  /** The platform cannot be asked just now. */
  | { kind: "unreachable" };

/**
 * Asks where a session's terminal is now.
 *
 * @throws LapError where it will not come back, or the platform refuses to say; the signal's reason
 *   when aborted.
 */
export type Locate = (signal: AbortSignal) => Promise<Whereabouts>;
