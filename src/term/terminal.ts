import type { Writable } from "node:stream";

/** A terminal's size in cells; both at least 1. */
export interface Size {
  columns: number;
  rows: number;
}

/** What a terminal most likely has that does not say. */
export const USUAL_SIZE: Size = { columns: 80, rows: 24 };

export interface TerminalListeners {
  /** Bytes read from the keyboard side, as they come. */
  onInput(bytes: Uint8Array): void;
  /** The window has another size. */
  onResize(): void;
  /** lap is to stop (SIGTSTP, not by a key), for which there is `Terminal.suspend`. Absent: it stops at once. */
  onStop?: () => void;
  /** lap was stopped and goes on (SIGCONT). */
  onContinue(): void;
  /** The terminal took some of the output that waited for it. */
  onWritten(): void;
  /** The terminal is gone. */
  onHangup(): void;
}

/** What the terminal has been asked and has not answered. */
export interface OwedAnswer {
  /** How often it was asked for its device attributes (DA1). */
  attributes: number;
  /** Whether an answer is sure to come, however far away the terminal is. */
  sure: boolean;
}

export interface Closing {
  answersOwed?: OwedAnswer | undefined;
  /** What was written last, to undo what changed the terminal before. */
  undo?: string;
}

/** The person's terminal, while a sandbox is joined to it. */
export interface Terminal {
  /** Undefined where the terminal does not say. */
  size(): Size | undefined;
  /**
   * Before `open`: what is typed is kept for it, as it is and without echo, while Ctrl-C still
   * interrupts. Undone by `close`.
   */
  hush(): void;
  /**
   * Takes the terminal over: every byte passes unchanged in both directions (no echo, no signals from
   * keys, no output post-processing), and the listeners are served.
   */
  open(listeners: TerminalListeners): void;
  /** Queues bytes for the screen; never blocks. They must not change any more. */
  write(bytes: Uint8Array | string): void;
  /** Bytes accepted by `write` that the terminal has not taken yet. */
  readonly pending: number;
  /** Reads no further, but for what is read already, which `resumeInput` passes on. */
  pauseInput(): void;
  resumeInput(): void;
  /**
   * Gives the terminal back as it was found. Output still queued is written first, however long the
   * terminal takes for it: what undoes the remote's modes stands at its end. Only where a signal ends
   * lap is it dropped after a while, which `pending` tells then, and `undo` is left for the terminal to
   * read some time. With `answersOwed`, what the terminal still sends is read and dropped, so that
   * none of it reaches the shell. Safe to call twice.
   */
  close(closing?: Closing): Promise<void>;
  /**
   * Gives the terminal back to the shell, as `close` does, and stops this process; takes it over again
   * on `fg`. Until then it is left alone: by `write`, and by a `close` for a job that never comes back.
   */
  suspend(options?: { answersOwed?: OwedAnswer | undefined }): Promise<void>;
}

/** The terminal that output goes to, while input comes from elsewhere. */
export interface OutputTerminal {
  /** Never blocks. */
  readonly stdout: Writable;
  /** Bytes written to `stdout` that the terminal has not taken yet. */
  readonly pending: number;
  /**
   * To be called before the terminal is made to send something: from here on that is not echoed, except
   * among what a person types there, and Ctrl-C does not throw it away.
   */
  silence(): void;
  /**
   * Gives the terminal back as it was found, as `Terminal.close` does: behind what was written, but where
   * a signal ends lap not for long. Drops what the terminal has sent and still sends, where that is owed.
   */
  close(closing: Closing): Promise<void>;
}
