import type { Clock } from "../clock.ts";
import { LapError } from "../errors.ts";
import type { Size, Terminal, TerminalListeners } from "../term/terminal.ts";

/** Output kept for `shows`; a check reads little. */
const KEPT_CHARS = 64 * 1024;

/** A terminal without a person: typed into and looked at by a script. */
export class ScriptedTerminal implements Terminal {
  readonly pending = 0;
  readonly #clock: Clock;
  readonly #opened = Promise.withResolvers<void>();
  #listeners: TerminalListeners | undefined;
  #size: Size = { columns: 80, rows: 24 };
  #seen = "";
  #onSeen = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves once the terminal is joined; rejects with what `attached` rejects with. */
  async opened(attached: Promise<unknown>): Promise<void> {
    await Promise.race([this.#opened.promise, attached]);
  }

  type(text: string): void {
    this.#listeners?.onInput(Buffer.from(text));
  }

  resize(size: Size): void {
    this.#size = size;
    this.#listeners?.onResize();
  }

  /**
   * Resolves when `text` has been written.
   *
   * @throws LapError after `ms` without it.
   */
  async shows(text: string, ms: number): Promise<void> {
    const seen = Promise.withResolvers<void>();
    const cancel = this.#clock.after(ms, () =>
      seen.reject(new LapError(`the sandbox did not answer with '${text}' in time`)),
    );
    this.#onSeen = () => {
      if (this.#seen.includes(text)) seen.resolve();
    };
    this.#onSeen();
    await seen.promise.finally(cancel);
  }

  size(): Size {
    return this.#size;
  }

  open(listeners: TerminalListeners): void {
    this.#listeners = listeners;
    this.#opened.resolve();
  }

  write(bytes: Uint8Array | string): void {
    this.#seen = (this.#seen + Buffer.from(bytes as string).toString()).slice(-KEPT_CHARS);
    this.#onSeen();
  }

  hush(): void {}

  pauseInput(): void {}

  resumeInput(): void {}

  async suspend(): Promise<void> {}

  async close(): Promise<void> {
    this.#listeners = undefined;
  }
}
