import { Comeback } from "./comeback.ts";
import { dropAnswers } from "./drop.ts";
import { TtyInput } from "./input.ts";
import { isInForeground } from "./job.ts";
import {
  forceModes,
  keepModesAtEnd,
  readModes,
  restoreModes,
  setHushed,
  setRaw,
  setRawInTime,
  setRawWithoutStty,
  terminalPath,
} from "./stty.ts";
import { TtyOutput } from "./output.ts";
import { abandon, taken } from "./stalled.ts";
import { stopGroup, SUSPEND_CHECK_MS } from "./suspend.ts";
import type { Closing, OwedAnswer, Size, Terminal, TerminalListeners } from "./terminal.ts";

const STDOUT = 1;

/** The terminal on stdin and stdout. */
export class LocalTerminal implements Terminal {
  #listeners: TerminalListeners | undefined;
  #input: TtyInput | undefined;
  #output: TtyOutput | undefined;
  /** The terminal's own, which are given back. */
  #modes: string | undefined;
  /** Whether those are other ones than lap found at its start. */
  #areChanged = false;
  #closing: Promise<void> | undefined;
  #onDrained: (() => void) | undefined;
  /** Whether stty has made the terminal raw before. */
  #madeRaw = false;
  /** True while lap is stopped, or about to be, and the terminal is the shell's. */
  #givenBack = false;
  #suspending: Promise<void> | undefined;
  /** What is read between `fg` and raw mode. */
  readonly #ahead: Uint8Array[] = [];
  readonly #comeback = new Comeback(
    async (signal) => {
      this.#readModes();
      const byStty = await setRawInTime(signal);
      return (byStty || !signal.aborted) && this.#isRaw(byStty);
    },
    (worked) => this.#cameBack(worked, this.#listeners as TerminalListeners),
  );
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
    this.#readModes();
    if (!this.#modes) return;
    setHushed();
    this.#givenBack = false;
    process.off("SIGTSTP", this.#stop).on("SIGTSTP", this.#stop);
  }

  /**
   * Before lap changes them. Anew where the shell had the terminal, which the person may have set
   * otherwise there; but not while that shell has it still.
   */
  #readModes(): void {
    if (this.#modes !== undefined) {
      if (!this.#givenBack || !isInForeground()) return;
      const modes = readModes() ?? this.#modes;
      this.#areChanged ||= modes !== this.#modes;
      this.#modes = modes;
    } else this.#modes = readModes();
    this.#givenBack = false;
  }

  /** Ctrl-Z while hushed: not every shell gives itself a terminal that echoes. */
  #stop = () => {
    process.off("SIGTSTP", this.#stop);
    if (this.#modes) forceModes(this.#modes);
    this.#givenBack = true;
    process.kill(process.pid, "SIGTSTP");
    this.#continued();
  };

  open(listeners: TerminalListeners): void {
    this.#listeners = listeners;
    this.#readModes();
    this.#output = new TtyOutput(STDOUT, terminalPath(STDOUT), {
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
    this.#hearStop(true);
    if (!this.#isRaw(setRaw())) listeners.onHangup();
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

  close(closing: Closing = {}): Promise<void> {
    this.#closing ??= this.#close(closing);
    return this.#closing;
  }

  suspend({ answersOwed }: { answersOwed?: OwedAnswer | undefined } = {}): Promise<void> {
    this.#givenBack = true;
    this.#suspending = this.#suspend(this.#input as TtyInput, answersOwed);
    return this.#suspending;
  }

  #hearStop(heard: boolean): void {
    const onStop = this.#listeners?.onStop;
    if (!onStop) return;
    process.off("SIGTSTP", onStop);
    if (heard) process.on("SIGTSTP", onStop);
  }

  async #suspend(input: TtyInput, answersOwed: OwedAnswer | undefined): Promise<void> {
    await this.#comeback.giveUp();
    if (!(await this.#quieten(input, answersOwed))) return; // lap ends
    await this.#restore();
    if (this.#closing) return;
    // What is read from here on was typed after `fg`.
    const { onHangup } = this.#listeners as TerminalListeners;
    input.on = { data: (bytes) => this.#ahead.push(bytes), end: onHangup };
    this.#hearStop(false);
    stopGroup();
    // Where nobody controls jobs the signal stops nothing, and SIGCONT never comes.
    this.#suspended = setTimeout(this.#continued, SUSPEND_CHECK_MS);
  }

  /** Returns whether the terminal is raw: that of a job whose shell is gone is not to be had. */
  #isRaw(byStty: boolean): boolean {
    if (byStty) this.#madeRaw = true;
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
    if (this.#listeners) this.#comeback.begin();
    else this.hush();
  }

  #cameBack(worked: boolean, listeners: TerminalListeners): void {
    if (!worked) return listeners.onHangup();
    this.#hearStop(true);
    listeners.onContinue();
    (this.#input as TtyInput).on = { data: listeners.onInput, end: listeners.onHangup };
    for (const bytes of this.#ahead.splice(0)) listeners.onInput(bytes);
  }

  async #close({ undo = "", answersOwed }: Closing): Promise<void> {
    process.off("SIGTSTP", this.#stop);
    if (this.#listeners) await this.#release(this.#listeners, answersOwed);
    this.#output?.close();
    if (this.pending > 0) {
      if ((await abandon(undo, this.#modes)) && this.#areChanged) keepModesAtEnd();
      return;
    }
    if (this.#givenBack || ((await this.#restore()) && this.#areChanged)) keepModesAtEnd();
  }

  async #release(listeners: TerminalListeners, answersOwed: OwedAnswer | undefined): Promise<void> {
    this.#hearStop(false);
    process.off("SIGWINCH", listeners.onResize);
    process.off("SIGCONT", this.#continued);
    clearTimeout(this.#suspended);
    const input = this.#input as TtyInput;
    await this.#suspending;
    await this.#comeback.giveUp();
    if (!this.#givenBack) await this.#quieten(input, answersOwed);
    await input.close();
  }

  /** Lets what is written out, and nothing more in. Returns whether the terminal took all. */
  async #quieten(input: TtyInput, answersOwed: OwedAnswer | undefined): Promise<boolean> {
    input.on = { data() {}, end() {} };
    if (!(await this.#written())) return false;
    if (answersOwed !== undefined) {
      await dropAnswers(input, answersOwed, (text) => this.#output?.write(Buffer.from(text)));
    }
    return true;
  }

  /** Returns whether the terminal is in its own modes again. */
  async #restore(): Promise<boolean> {
    if (this.#modes) return restoreModes(this.#modes);
    if (this.#listeners) setRawWithoutStty(false);
    return true;
  }

  async #written(): Promise<boolean> {
    if (this.pending === 0) return true;
    const written = new Promise<void>((done) => (this.#onDrained = done));
    return taken(written, this.#interrupted);
  }
}
