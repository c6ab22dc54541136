import type { Clock } from "../clock.ts";
import type { OwedAnswer, Terminal } from "../term/terminal.ts";
import { ABORT } from "../vt/changes.ts";
import { Tail } from "./tail.ts";
import { Written } from "./written.ts";

export const BELL = "\x07";

/** The part of a terminal that is its screen. */
type ScreenTerminal = Pick<Terminal, "write" | "size">;

/** The remote's output on the local terminal, and what it has changed there. */
export class Screen {
  readonly #terminal: ScreenTerminal;
  readonly #onFresh: () => void;
  readonly #written: Written;
  #tail = new Tail();
  /** Output held back while something of lap's is on the screen. */
  #held: Uint8Array[] = [];
  /** True while the screen is a lost connection's, and the next output is a new one's. */
  #stale = false;

  /** @param onFresh called when the screen was a lost connection's, before a new one paints it. */
  constructor(terminal: ScreenTerminal, clock: Pick<Clock, "now">, onFresh: () => void) {
    this.#terminal = terminal;
    this.#written = new Written(clock);
    this.#onFresh = onFresh;
  }

  show(bytes: Uint8Array): void {
    if (this.#stale) this.#clear();
    // First: what is only kept account of must not delay it.
    this.#terminal.write(bytes);
    this.#written.output(bytes);
    this.#tail.feed(bytes);
  }

  hold(bytes: Uint8Array): void {
    this.#held.push(bytes);
  }

  takeHeld(): Uint8Array[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }

  /** Ends a sequence that the terminal is in the middle of, or may be; `again`, what is held begins with it. */
  interrupt({ again }: { again: boolean }): void {
    const { atBoundary, closing, stringOpen } = this.#written.watcher;
    if (atBoundary && !stringOpen) return;
    if (again && !atBoundary) this.hold(this.#written.takeUnfinished());
    // A string may not be done twice: it is ended, and the ESC that is begun again means nothing then.
    this.#write(closing ? "\\" : ABORT);
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

  /** Nothing is painted anew: what is there stays. Returns whether that had been expected. */
  keep(): boolean {
    const expected = this.#stale;
    this.#stale = false;
    return expected;
  }

  /** True while the alternate screen is shown. */
  get alternateScreen(): boolean {
    return this.#written.watcher.alternateScreen;
  }

  /** Whether the remote shows the cursor. */
  get cursorVisible(): boolean {
    return this.#written.watcher.cursorVisible;
  }

  /** As `ModeWatcher.utf8Mouse`. */
  get utf8Mouse(): boolean {
    return this.#written.watcher.utf8Mouse;
  }

  /** As `ModeWatcher.cursorKept`. */
  get cursorKept(): boolean {
    return this.#written.watcher.cursorKept;
  }

  /** What brings the cursor to the start of a line below all output; after that it stands there. */
  freshLine(): string {
    const { freshLine } = this.#tail;
    this.#tail = new Tail();
    return freshLine;
  }

  /** What undoes all that the remote turned on, and begins a line below its output; `redo` brings it back. */
  leave(): string {
    const { alternateScreen } = this;
    const undo = this.#written.watcher.undo();
    // Leaving the alternate screen sees to the line by itself.
    return alternateScreen ? undo : undo + this.freshLine();
  }

  get redo(): string {
    return this.#written.watcher.redo();
  }

  /** As `ModeWatcher.renew`, for a terminal that was another program's meanwhile. */
  renew(): void {
    const modes = this.#written.watcher.renew();
    if (modes !== "") this.insert(modes);
  }

  /** As `OwedAnswers.heard`. */
  heard(bytes: Uint8Array): void {
    this.#written.heard(bytes);
  }

  /** As `OwedAnswers.take`. */
  takeAnswersOwed(): OwedAnswer | undefined {
    return this.#written.takeAnswersOwed();
  }

  /** Ends what the lost connection left, for the new one to begin on a terminal as it expects it. */
  #clear(): void {
    this.#stale = false;
    this.#tail = new Tail();
    this.#onFresh();
    const { watcher, outputOnMain } = this.#written;
    const wasAlternate = watcher.alternateScreen;
    this.#write(watcher.undo());
    if (wasAlternate || !outputOnMain) return;
    // What a plain program wrote goes up, out of the way of what is replayed, and is not lost.
    const { rows } = this.#terminal.size() ?? { rows: 0 };
    this.#terminal.write(`\x1b[${rows};1H${"\n".repeat(rows)}\x1b[H`);
  }

  /** Writes what changes modes on lap's own account. */
  #write(text: string): void {
    const bytes = Buffer.from(text);
    this.#terminal.write(bytes);
    this.#written.own(bytes);
  }
}
