import type { OwedAnswer } from "../term/terminal.ts";
import type { ModeWatcher } from "../vt/modes.ts";

/** How long a question of the remote's may be on its way to being answered, over two far networks. */
const MEMORY_MS = 3_000;
/* oxlint-disable no-control-regex */
const ATTRIBUTES = /\x1b\[\?[\d;]*c/g;
/** What no key sends: attributes, a colour, a version. */
const ANSWER = /\x1b(?:\[[?>][\d;]*c|\]\d+;|P[>\d])/;
/* oxlint-enable no-control-regex */

type Watched = Pick<ModeWatcher, "questions" | "attributeQuestions" | "reports">;

/** What the terminal still owes the remote, so that none of it reaches the shell afterwards. */
export class OwedAnswers {
  readonly #watcher: Watched;
  #questions = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #answered = 0;
  /** Whether this is a terminal that answers, by what it has said. */
  #answers = false;

  constructor(watcher: Watched) {
    this.#watcher = watcher;
  }

  /** To be called after the watcher has seen more of the remote's output. */
  watched(now: number): void {
    if (this.#watcher.questions === this.#questions) return;
    this.#questions = this.#watcher.questions;
    this.#askedAt = now;
  }

  /** To be called with what the terminal says, keys among it. */
  heard(bytes: Uint8Array): void {
    if (this.#watcher.questions === 0) return;
    const counts = this.#watcher.attributeQuestions > this.#answered;
    if (this.#answers && !counts) return;
    const text = Buffer.from(bytes).toString("latin1");
    this.#answers ||= ANSWER.test(text);
    if (counts) this.#answered += text.match(ATTRIBUTES)?.length ?? 0;
  }

  /**
   * What is still to come, or undefined where nothing is: no question is fresh, and no mode is on that
   * has the terminal report. It is for the caller to see to, and owed no more.
   */
  take(now: number): OwedAnswer | undefined {
    const fresh = now - this.#askedAt < MEMORY_MS;
    const owed = Math.max(0, this.#watcher.attributeQuestions - this.#answered);
    this.#answered += owed;
    this.#askedAt = Number.NEGATIVE_INFINITY;
    if (!this.#watcher.reports && !fresh) return undefined;
    return { attributes: fresh ? owed : 0, sure: fresh || this.#answers };
  }
}
