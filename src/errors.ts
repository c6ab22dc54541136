import { constants } from "node:os";

/** Process exit codes. 128+n for a signal is computed by {@link Interrupted}. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  /** Not logged in, or the platform refused the key. */
  refused: 4,
  /** `lap upgrade --check`: there is a newer release. The number is dnf's and rustup's. */
  outdated: 100,
  /** The connection was lost for good. The number is ssh's. */
  lost: 255,
} as const;

interface LapErrorOptions {
  hint?: string | undefined;
  exitCode?: number;
  cause?: unknown;
}

/**
 * Everything the domain throws on purpose. `message` is one clear sentence, `hint` the next step;
 * `main.ts` is the only place that prints them. Text a server sent is cleaned when it is printed,
 * not here.
 */
export class LapError extends Error {
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(message: string, options: LapErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? EXIT.failure;
  }
}

/** The command line itself is wrong. */
export class UsageError extends LapError {
  constructor(message: string, hint?: string) {
    super(message, { hint, exitCode: EXIT.usage });
  }
}

/** Those that a person or a limit (`timeout -s`, `ulimit -t`) may send, and that end a program by default. */
export const END_SIGNALS = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGALRM",
  "SIGUSR1",
  "SIGUSR2",
  "SIGXCPU",
] as const;
export type EndSignal = (typeof END_SIGNALS)[number];

/** A signal, or Ctrl-C in a prompt, ended the work. Says nothing unless whoever caught it added words. */
export class Interrupted extends LapError {
  readonly signal: EndSignal;

  constructor(signal: EndSignal, message = "", hint?: string) {
    super(message, { hint, exitCode: 128 + constants.signals[signal] });
    this.signal = signal;
  }
}

/** The same error, with one more line of hint. */
export function addHint(error: LapError, line: string): LapError {
  const hint = error.hint ? `${error.hint}\n${line}` : line;
  if (error instanceof Interrupted) return new Interrupted(error.signal, error.message, hint);
  return new LapError(error.message, { hint, exitCode: error.exitCode, cause: error });
}
