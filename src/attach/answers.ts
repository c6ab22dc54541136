import type { ModeWatcher } from "../vt/modes.ts";

/** How long a question of the remote's may be on its way to being answered. */
const MEMORY_MS = 1_000;
// oxlint-disable-next-line no-control-regex
const ATTRIBUTES = /\x1b\[\?[\d;]*c/g;

/** What the terminal still owes the remote, so that none of it reaches the shell afterwards. */
export class OwedAnswers {
  readonly #watcher: Pick<ModeWatcher, "questions" | "attributeQuestions">;
  #questions = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #answered = 0;

  constructor(watcher: Pick<ModeWatcher, "questions" | "attributeQuestions">) {
    this.#watcher = watcher;
  }

  /** To be called after the watcher has seen more of the remote's output. */
  watched(now: number): void {
    if (this.#watcher.questions === this.#questions) return;
    this.#questions = this.#watcher.questions;
    this.#askedAt = now;
  }

  /** To be called with what goes to the remote. */
  sent(bytes: Uint8Array): void {
    if (this.#watcher.attributeQuestions <= this.#answered) return;
    this.#answered += Buffer.from(bytes).toString("latin1").match(ATTRIBUTES)?.length ?? 0;
  }

  /**
   * How many device attributes (DA1) are still to come, or undefined where nothing at all is: no
   * report was turned on, and no question is fresh. They are for the caller to see to, and owed no
   * more.
   */
  take(modesChanged: boolean, now: number): number | undefined {
    const fresh = now - this.#askedAt < MEMORY_MS;
    const owed = Math.max(0, this.#watcher.attributeQuestions - this.#answered);
    this.#answered += owed;
    this.#askedAt = Number.NEGATIVE_INFINITY;
    if (!modesChanged && !fresh) return undefined;
    return fresh ? owed : 0;
  }
}
