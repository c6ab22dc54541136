/** Time as a parameter, so that waits can be tested without waiting. */
export interface Clock {
  /** Milliseconds since the epoch: for what is stored. */
  date(): number;
  /** Milliseconds since lap was started, which only ever grow: for what is measured. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `work` after `ms`. Returns how to call that off. */
  after(ms: number, work: () => void): () => void;
}
