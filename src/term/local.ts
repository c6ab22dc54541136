import { dropAnswers, within } from "./drop.ts";
import { TtyInput } from "./input.ts";
import {
  readModes,
  restoreModes,
  restoreModesNow,
  setHushed,
  setRaw,
  setRawWithoutStty,
  terminalPath,
} from "./stty.ts";
import { TtyOutput } from "./output.ts";
import { stopGroup, SUSPEND_CHECK_MS } from "./suspend.ts";
import type { OwedAnswer, Size, Terminal, TerminalListeners } from "./terminal.ts";

/** How long stty may hold up the end of lap. */
const CLOSE_TIMEOUT_MS = 1_000;
const STDOUT = 1;

/** The terminal on stdin and stdout. */
export class LocalTerminal implements Terminal {
  #listeners: TerminalListeners | undefined;
  #input: TtyInput | undefined;
  #output: TtyOutput | undefined;
  #modes: string | undefined;
  #closing: Promise<void> | undefined;
  #onDrained: (() => void) | undefined;
  /** Whether stty has made the terminal raw before. */
  #madeRaw = false;
  /** True while lap is stopped, or about to be, and the terminal is the shell's. */
  #givenBack = false;
  #suspending: Promise<void> | undefined;
  #suspended: ReturnType<typeof setTimeout> | undefined;
  readonly #interrupted: AbortSignal;

  /** @param interrupted aborted by the signals that end lap. */
  constructor(interrupted: AbortSignal) {
    this.#interrupted = interrupted;
  }

  size(): Size | undefined {
    // Bun asks the terminal on SIGWINCH alone, which a stopped process is not sent.
    (process.stdout as { _refreshSize?: () => void })._refreshSize?.();
    const [columns, rows] = process.stdout.getWindowSize();
    return columns && rows ? { columns, rows } : undefined;
  }

  get pending(): number {
    return this.#output?.pending ?? 0;
  }

  hush(): void {
    this.#modes ??= readModes();
    if (!this.#modes) return;
    setHushed();
    this.#givenBack = false;
    process.off("SIGTSTP", this.#stop).on("SIGTSTP", this.#stop);
  }

  /** Ctrl-Z while hushed: not every shell gives itself a terminal that echoes. */
  #stop = () => {
    process.off("SIGTSTP", this.#stop);
    if (this.#modes) restoreModesNow(this.#modes);
    this.#givenBack = true;
    process.kill(process.pid, "SIGTSTP");
    this.#continued();
  };

  open(listeners: TerminalListeners): void {
    this.#listeners = listeners;
    this.#modes ??= readModes();
    this.#output = new TtyOutput(STDOUT, terminalPath(), {
      written: () => {
        if (this.pending === 0) this.#onDrained?.();
        listeners.onWritten();
      },
      error: () => {
        this.#onDrained?.();
        listeners.onHangup();
      },
    });
    process.off("SIGTSTP", this.#stop);
    if (!this.#takeOver()) listeners.onHangup();
    process.on("SIGWINCH", listeners.onResize);
    process.on("SIGCONT", this.#continued);
    this.#input = new TtyInput({ data: listeners.onInput, end: listeners.onHangup });
  }

  write(bytes: Uint8Array | string): void {
    if (this.#givenBack) return;
    this.#output?.write(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
  }

  pauseInput(): void {
    this.#input?.pause();
  }

  resumeInput(): void {
    this.#input?.resume();
  }

  close({ answersOwed }: { answersOwed?: OwedAnswer | undefined } = {}): Promise<void> {
    this.#closing ??= this.#close(answersOwed);
    return this.#closing;
  }

  suspend({ answersOwed }: { answersOwed?: OwedAnswer | undefined } = {}): Promise<void> {
    this.#givenBack = true;
    this.#suspending = this.#suspend(this.#input as TtyInput, answersOwed);
    return this.#suspending;
  }

  async #suspend(input: TtyInput, answersOwed: OwedAnswer | undefined): Promise<void> {
    const { on } = input;
    await this.#quieten(input, answersOwed);
    await this.#restore();
    if (this.#closing) return;
    // What is read from here on was typed after `fg`.
    input.on = on;
    stopGroup();
    // Where nobody controls jobs the signal stops nothing, and SIGCONT never comes.
    this.#suspended = setTimeout(this.#continued, SUSPEND_CHECK_MS);
  }

  /** Answers whether that worked: the terminal of a job whose shell is gone is not to be had. */
  #takeOver(): boolean {
    if (setRaw()) this.#madeRaw = true;
    else if (this.#madeRaw || !setRawWithoutStty(true)) return false;
    this.#givenBack = false;
    return true;
  }

  /** Whoever ends a stopped job continues it as well, and that is heard first. */
  #continued = () => {
    clearTimeout(this.#suspended);
    setImmediate(() => this.#goOn());
  };

  /** A shell that ran meanwhile may have left other modes. */
  #goOn(): void {
    if (this.#closing || this.#interrupted.aborted) return;
    if (!this.#listeners) this.hush();
    else if (this.#takeOver()) this.#listeners.onContinue();
    else this.#listeners.onHangup();
  }

  async #close(answersOwed: OwedAnswer | undefined): Promise<void> {
    process.off("SIGTSTP", this.#stop);
    if (this.#listeners) await this.#release(this.#listeners, answersOwed);
    if (!this.#givenBack) await this.#restore();
    this.#output?.close();
  }

  async #release(listeners: TerminalListeners, answersOwed: OwedAnswer | undefined): Promise<void> {
    process.off("SIGWINCH", listeners.onResize);
    process.off("SIGCONT", this.#continued);
    clearTimeout(this.#suspended);
    const input = this.#input as TtyInput;
    await this.#suspending;
    if (!this.#givenBack) await this.#quieten(input, answersOwed);
    await input.close();
  }

  /** Lets what is written out, and nothing more in. */
  async #quieten(input: TtyInput, answersOwed: OwedAnswer | undefined): Promise<void> {
    input.on = { data() {}, end() {} };
    await this.#written();
    if (answersOwed === undefined) return;
    await dropAnswers(input, answersOwed, (text) => this.#output?.write(Buffer.from(text)));
  }

  async #restore(): Promise<void> {
    if (this.#modes) await within(CLOSE_TIMEOUT_MS, restoreModes(this.#modes));
    else if (this.#listeners) setRawWithoutStty(false);
  }

  async #written(): Promise<void> {
    if (this.pending > 0) await new Promise<void>((done) => (this.#onDrained = done));
  }
}
