import type { Terminal, TerminalListeners } from "../../../src/term/terminal.ts";
import { ModeWatcher } from "../../../src/vt/modes.ts";

const ASK_ATTRIBUTES = "\x1b[c";
const ATTRIBUTES = "\x1b[?62;22c";

/** A terminal without a person, which answers what every terminal does, and tells in what state it was left. */
export class WatchedTerminal implements Terminal {
  readonly pending = 0;
  /** Runs once a sandbox is joined. */
  onOpen: () => void = () => {};
  readonly #watcher = new ModeWatcher();
  #listeners: TerminalListeners | undefined;
  #held = false;

  /** What would have to be written to have it as it was; empty where it was left so. */
  get leftBehind(): string {
    return this.#watcher.undo();
  }

  /** Whether lap has not given it back. */
  get held(): boolean {
    return this.#held;
  }

  type(bytes: Uint8Array | string): void {
    this.#listeners?.onInput(Buffer.from(bytes as string));
  }

  size(): { columns: number; rows: number } {
    return { columns: 80, rows: 24 };
  }

  hush(): void {
    this.#held = true;
  }

  open(listeners: TerminalListeners): void {
    this.#held = true;
    this.#listeners = listeners;
    setImmediate(() => this.onOpen());
  }

  write(bytes: Uint8Array | string): void {
    // What lap draws itself ends its reverse video so; the watcher knows no end of it but a plain 0.
    const text = Buffer.from(bytes as string).toString("latin1");
    if (text.includes(ASK_ATTRIBUTES)) setImmediate(() => this.type(ATTRIBUTES));
    this.#watcher.feed(Buffer.from(text.replaceAll("\x1b[27m", "\x1b[0m"), "latin1"));
  }

  pauseInput(): void {}

  resumeInput(): void {}

  async suspend(): Promise<void> {}

  async close(): Promise<void> {
    this.#held = false;
    this.#listeners = undefined;
  }
}
