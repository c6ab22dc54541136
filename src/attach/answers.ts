import { attributesIn } from "../term/drop.ts";
import type { OwedAnswer } from "../term/terminal.ts";
import type { ModeWatcher } from "../vt/modes.ts";

/** How long what a terminal was made to send may be on its way, over two far networks. */
const MEMORY_MS = 3_000;
/* oxlint-disable no-control-regex */
/** What only a terminal sends, and no key: attributes, the mouse, its focus, a key's release, a colour, a version. */
const ANSWER = /\x1b(?:\[(?:[?>][\d;]*c|<\d|[IO]|[\d:]+;[\d:;]*u)|\]\d+;|P[>\d])/;
/** An answer that a read has cut. */
const CUT = /\x1b(?:\[[\d;:?<>]{0,60})?$/;
/* oxlint-enable no-control-regex */

type Watched = Pick<ModeWatcher, "questions" | "attributeQuestions" | "reports" | "reportsBegun">;

/** What the terminal still owes the remote, so that none of it reaches the shell afterwards. */
export class OwedAnswers {
  readonly #watcher: Watched;
  #questions = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #reports = false;
  #reportsBegun = 0;
  /** When a mode was last turned off that had the terminal report: what it sent before may still come. */
  #reportedAt = Number.NEGATIVE_INFINITY;
  #answered = 0;
  /** Whether this is a terminal that answers, by what it has said. */
  #answers = false;
  /** The start of an answer, where a read ended in the middle of one. */
  #cut = "";

  constructor(watcher: Watched) {
    this.#watcher = watcher;
  }

  /** To be called after the watcher has seen more of what is written to the terminal. */
  watched(now: number): void {
    const { questions, reports, reportsBegun } = this.#watcher;
    const reported = this.#reports || reportsBegun !== this.#reportsBegun;
    if (questions !== this.#questions) this.#askedAt = now;
    if (reported && !reports) this.#reportedAt = now;
    this.#questions = questions;
    this.#reports = reports;
    this.#reportsBegun = reportsBegun;
  }

  /** To be called with what the terminal says, keys among it. */
  heard(bytes: Uint8Array): void {
    if (this.#questions === 0 && !this.#reports) return;
    const counts = this.#watcher.attributeQuestions > this.#answered;
    if (this.#answers && !counts) return;
    const text = this.#cut + Buffer.from(bytes).toString("latin1");
    this.#cut = CUT.exec(text)?.[0] ?? "";
    this.#answers ||= ANSWER.test(text);
    if (counts) this.#answered += attributesIn(text);
  }

  /**
   * What is still to come, or undefined where nothing is: no question is fresh, and no mode is on, or was
   * until just now, that has the terminal report. The caller is to drain it: it is told once.
   */
  take(now: number): OwedAnswer | undefined {
    const asked = now - this.#askedAt < MEMORY_MS;
    const reported = this.#reports || now - this.#reportedAt < MEMORY_MS;
    const owed = Math.max(0, this.#watcher.attributeQuestions - this.#answered);
    this.#answered += owed;
    this.#askedAt = this.#reportedAt = Number.NEGATIVE_INFINITY;
    if (!asked && !reported) return undefined;
    return { attributes: asked ? owed : 0, sure: asked || this.#answers };
  }
}
