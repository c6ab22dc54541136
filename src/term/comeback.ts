/**
 * Takes the terminal over again, one time after another however often SIGCONT comes: what comes
 * meanwhile has it taken once more, as a shell may have run in between, and that is told only once.
 */
export class Comeback {
  readonly #takeOver: (signal: AbortSignal) => Promise<boolean>;
  readonly #done: (worked: boolean) => void;
  #running: { again: boolean; giveUp: AbortController; over: Promise<void> } | undefined;

  /**
   * @param takeOver answers whether that worked; may be given up.
   * @param done told how the last time went, unless that was given up.
   */
  constructor(
    takeOver: (signal: AbortSignal) => Promise<boolean>,
    done: (worked: boolean) => void,
  ) {
    this.#takeOver = takeOver;
    this.#done = done;
  }

  begin(): void {
    if (this.#running) {
      this.#running.again = true;
      return;
    }
    const running = { again: false, giveUp: new AbortController(), over: Promise.resolve() };
    this.#running = running;
    running.over = this.#run(running, running.giveUp.signal);
  }

  /** Resolves when nothing takes the terminal over any more. */
  async giveUp(): Promise<void> {
    this.#running?.giveUp.abort();
    await this.#running?.over;
  }

  async #run(running: { again: boolean }, signal: AbortSignal): Promise<void> {
    let worked: boolean;
    do {
      running.again = false;
      worked = await this.#takeOver(signal);
    } while (worked && running.again && !signal.aborted);
    this.#running = undefined;
    if (!signal.aborted) this.#done(worked);
  }
}
