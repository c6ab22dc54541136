import type { Clock } from "../clock.ts";
import type { OwedAnswer, Terminal } from "../term/terminal.ts";
import { ModeWatcher } from "../vt/modes.ts";
import { OwedAnswers } from "./answers.ts";
import { Tail } from "./tail.ts";
import { Unfinished } from "./unfinished.ts";

const CANCEL = "\x18";
export const BELL = "\x07";

/** The remote's output on the local terminal, and what it has changed there. */
export class Screen {
  readonly watcher = new ModeWatcher();
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #onFresh: () => void;
  readonly #answers = new OwedAnswers(this.watcher);
  readonly #unfinished = new Unfinished();
  #tail = new Tail();
  /** Output held back while something of lap's is on the screen. */
  #held: Uint8Array[] = [];
  /** True while the screen is a lost connection's, and the next output is a new one's. */
  #stale = false;
  /** Whether the main screen shows output of the sandbox. */
  #onMain = false;

  /** @param onFresh called when the screen was a lost connection's, before a new one paints it. */
  constructor(terminal: Terminal, clock: Clock, onFresh: () => void) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#onFresh = onFresh;
  }

  show(bytes: Uint8Array): void {
    if (this.#stale) this.#clear();
    // First: what is only kept account of must not delay it.
    this.#terminal.write(bytes);
    this.watcher.feed(bytes);
    this.#unfinished.written(bytes, this.watcher.unfinished);
    this.#tail.feed(bytes);
    this.#onMain ||= !this.watcher.alternateScreen;
    this.#answers.watched(this.#clock.now());
  }

  hold(bytes: Uint8Array): void {
    this.#held.push(bytes);
  }

  takeHeld(): Uint8Array[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }

  /** Ends a sequence that the terminal is in the middle of; `again`, what is held begins with it. */
  interrupt({ again }: { again: boolean }): void {
    if (this.watcher.atBoundary) return;
    if (again) this.hold(this.#unfinished.take());
    // A string may not be done twice: it is ended, and the ESC that is begun again means nothing then.
    this.#write(this.watcher.closing ? "\\" : CANCEL);
  }

  /** Writes what moves nothing on the screen, a title for one, wherever in its output the remote is. */
  insert(text: string): void {
    const held = this.takeHeld();
    this.interrupt({ again: true });
    this.#terminal.write(text);
    for (const bytes of this.takeHeld()) this.show(bytes);
    this.#held = held;
  }

  /** Rings: by itself, a bell would end a string that the remote is amid. */
  ring(): void {
    this.insert(BELL);
  }

  /** A new connection paints everything: what is held of the old one is out of date. */
  expectRepaint(): void {
    this.#held = [];
    this.#stale = true;
  }

  /** Nothing is painted anew: what is there stays. Answers whether that had been expected. */
  keep(): boolean {
    const expected = this.#stale;
    this.#stale = false;
    return expected;
  }

  /** Whether the cursor stands in the middle of a line of output. */
  get midLine(): boolean {
    return this.#tail.midLine;
  }

  /** What brings the cursor to a line that holds no output; after that it stands there. */
  freshLine(): string {
    const newline = this.midLine ? "\r\n" : "\r";
    this.#tail = new Tail();
    return newline;
  }

  /** What undoes all that the remote turned on; `redo` brings that back. */
  get undo(): string {
    return this.watcher.undo();
  }

  get redo(): string {
    return this.watcher.redo();
  }

  /** As `OwedAnswers.heard`. */
  heard(bytes: Uint8Array): void {
    this.#answers.heard(bytes);
  }

  /** As `OwedAnswers.take`. */
  takeAnswersOwed(): OwedAnswer | undefined {
    return this.#answers.take(this.#clock.now());
  }

  /** Ends what the lost connection left, for the new one to begin on a terminal as it expects it. */
  #clear(): void {
    this.#stale = false;
    this.#tail = new Tail();
    this.#onFresh();
    const wasAlternate = this.watcher.alternateScreen;
    this.#write(this.watcher.undo());
    if (wasAlternate || !this.#onMain) return;
    // What a plain program wrote goes up, out of the way of what is replayed, and is not lost.
    const { rows } = this.#terminal.size() ?? { rows: 0 };
    this.#terminal.write(`\x1b[${rows};1H${"\n".repeat(rows)}\x1b[H`);
  }

  /** Writes what changes modes on lap's own account. */
  #write(text: string): void {
    const bytes = Buffer.from(text);
    this.#terminal.write(bytes);
    this.watcher.feed(bytes);
    this.#unfinished.written(bytes, this.watcher.unfinished);
    this.#answers.watched(this.#clock.now());
  }
}
