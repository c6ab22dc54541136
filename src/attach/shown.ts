import type { Writable } from "node:stream";
import type { OutputTerminal } from "../term/terminal.ts";
import { ModeWatcher } from "../vt/modes.ts";
import { RESTORE_TITLE, SAVE_TITLE } from "./title.ts";

/** What the sandbox changes of the terminal that a pipe's output goes to, to undo just that. */
export class Shown {
  readonly #terminal: OutputTerminal;
  readonly #stdout: Writable;
  readonly #watcher = new ModeWatcher();
  /** Whether the terminal was asked something, or made to report by itself, at any time. */
  #sends = false;

  constructor(terminal: OutputTerminal, stdout: Writable) {
    this.#terminal = terminal;
    this.#stdout = stdout;
  }

  start(): void {
    this.#stdout.write(SAVE_TITLE);
  }

  /** To be called before bytes are written: a terminal near by answers before anything else is done. */
  watch(bytes: Uint8Array): void {
    this.#watcher.feed(bytes);
    this.#sends ||= this.#watcher.questions > 0 || this.#watcher.reports;
    if (this.#sends) this.#terminal.silence();
  }

  /** @param midLine whether the output ends in the middle of a line. */
  async leave(midLine: boolean): Promise<void> {
    const { alternateScreen, attributeQuestions: attributes, questions } = this.#watcher;
    const newline = !alternateScreen && midLine ? "\r\n" : "";
    const undo = this.#watcher.undo() + RESTORE_TITLE + newline;
    await new Promise<unknown>((written) => this.#stdout.write(undo, written));
    await this.#terminal.close(this.#sends ? { attributes, sure: questions > 0 } : undefined);
  }
}
