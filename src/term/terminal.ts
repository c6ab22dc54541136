/** A terminal's size in cells; both at least 1. */
export interface Size {
  columns: number;
  rows: number;
}

export interface TerminalListeners {
  /** Bytes read from the keyboard side, as they come. */
  onInput(bytes: Uint8Array): void;
  /** The window has another size. */
  onResize(): void;
  /** lap was stopped and goes on (SIGCONT). */
  onContinue(): void;
  /** The terminal took some of the output that waited for it. */
  onWritten(): void;
  /** The terminal is gone. */
  onHangup(): void;
}

/** The person's terminal, while a sandbox is joined to it. */
export interface Terminal {
  /** Undefined where the terminal does not say. */
  size(): Size | undefined;
  /**
   * Takes the terminal over: every byte passes unchanged in both directions (no echo, no signals from
   * keys, no output post-processing), and the listeners are served.
   */
  open(listeners: TerminalListeners): void;
  /** Queues bytes for the screen; never blocks. */
  write(bytes: Uint8Array | string): void;
  /** Bytes accepted by `write` that the terminal has not taken yet. */
  readonly pending: number;
  pauseInput(): void;
  resumeInput(): void;
  /**
   * Gives the terminal back as `open` found it. Output still queued is written first, as far as the
   * terminal takes it in time. With `drain`, answers which the terminal still owes are read and
   * dropped, so that none reaches the shell. Safe to call twice.
   */
  close(options?: { drain?: boolean }): Promise<void>;
  /** Gives the terminal back to the shell and stops this process; takes it over again on `fg`. */
  suspend(): Promise<void>;
}
