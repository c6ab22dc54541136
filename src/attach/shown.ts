import { attributesIn } from "../term/drop.ts";
import type { OutputTerminal } from "../term/terminal.ts";
import { ModeWatcher } from "../vt/modes.ts";
import { Tail } from "./tail.ts";
import { RESTORE_TITLE, SAVE_TITLE } from "./title.ts";

/** What the sandbox changes of the terminal that a pipe's output goes to, to undo just that. */
export class Shown {
  readonly #terminal: OutputTerminal;
  readonly #watcher = new ModeWatcher();
  readonly #tail = new Tail();
  /** Whether the terminal was asked something, or made to report by itself, at any time. */
  #sends = false;
  #answered = 0;

  constructor(terminal: OutputTerminal) {
    this.#terminal = terminal;
  }

  start(): void {
    this.#terminal.stdout.write(SAVE_TITLE);
  }

  /** To be called before bytes are written: a terminal near by answers before anything else is done. */
  watch(bytes: Uint8Array): void {
    this.#watcher.feed(bytes);
    this.#tail.feed(bytes);
    this.#sends ||= this.#watcher.questions > 0 || this.#watcher.reportsBegun > 0;
    if (this.#sends) this.#terminal.silence();
  }

  /**
   * To be called with the input: who reads the terminal before lap in the pipeline reads its answers too.
   */
  heard(bytes: Uint8Array): void {
    if (this.#sends) this.#answered += attributesIn(Buffer.from(bytes).toString("latin1"));
  }

  async leave(): Promise<void> {
    const { alternateScreen, attributeQuestions, questions } = this.#watcher;
    const attributes = Math.max(0, attributeQuestions - this.#answered);
    const newline = alternateScreen ? "" : this.#tail.freshLine;
    const undo = this.#watcher.undo() + RESTORE_TITLE + newline;
    this.#terminal.stdout.write(undo);
    const answersOwed = this.#sends ? { attributes, sure: questions > 0 } : undefined;
    await this.#terminal.close({ undo, answersOwed });
  }
}
