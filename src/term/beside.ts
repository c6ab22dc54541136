import { closeSync, constants, openSync, readSync } from "node:fs";
import { attributesIn, dropAnswers } from "./drop.ts";
import { TtyInput } from "./input.ts";
import { ownsStdout } from "./job.ts";
import { abandon, taken } from "./stalled.ts";
import { allWritten, TtyStream } from "./stream.ts";
import {
  forceModes,
  readModes,
  restoreModes,
  setHushed,
  setKeeping,
  setSilent,
  terminalPath,
} from "./stty.ts";
import type { Closing, OutputTerminal, OwedAnswer } from "./terminal.ts";

const CONTROLLING = "/dev/tty";
const STDOUT = 1;
/**
 * How often a terminal is tried that is not to be had, as in a job in the background: nothing tells of its
 * coming to the foreground, and to look takes a process where there is no /proc.
 */
const TAKE_INTERVAL_MS = 1_000;

/**
 * The terminal on stdout, while input comes from elsewhere. What it sends is read at the end alone:
 * until then a program before lap in the pipeline may be reading the same terminal.
 */
export class StdoutTerminal implements OutputTerminal {
  readonly stdout = new TtyStream(STDOUT, () => terminalPath(STDOUT));
  /** How the terminal is set while it may send something. */
  readonly #silence: typeof setSilent;
  readonly #interrupted: AbortSignal;
  /** A descriptor of the terminal, and the modes that it was found in. */
  #tty: number | undefined;
  #modes: string | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  /** Whether the terminal is set otherwise than it was found. */
  #set = false;
  /** How many of the answers owed were dropped before the end. */
  #dropped = 0;

  /**
   * @param typing whether a person types into this terminal for lap: that is to be seen.
   * @param interrupted aborted by the signals that end lap.
   */
  constructor(typing: boolean, interrupted: AbortSignal) {
    this.#silence = typing ? setKeeping : setSilent;
    this.#interrupted = interrupted;
  }

  get pending(): number {
    return this.stdout.pending;
  }

  silence(): void {
    const now = performance.now();
    if (this.#modes !== undefined || now - this.#triedAt < TAKE_INTERVAL_MS) return;
    this.#triedAt = now;
    if (this.#take()) this.#change(this.#silence);
  }

  async close({ undo = "", answersOwed }: Closing): Promise<void> {
    const isWritten = await taken(allWritten(this.stdout), this.#interrupted);
    if (answersOwed && this.#take()) await (isWritten ? this.#drop(answersOwed) : this.#dropNow());
    process.off("SIGTSTP", this.#stop);
    const modes = this.#set ? this.#modes : undefined;
    this.stdout.destroy();
    if (this.pending > 0) await abandon(undo, modes, this.#tty);
    else if (modes !== undefined) await restoreModes(modes, this.#tty);
    if (this.#tty !== undefined) closeSync(this.#tty);
  }

  /** Returns whether the terminal is lap's, to set and to read. */
  #take(): boolean {
    if (!ownsStdout()) return false;
    try {
      this.#tty ??= openSync(CONTROLLING, constants.O_RDWR | constants.O_NOCTTY);
    } catch {
      return false; // it is not there for this process
    }
    this.#modes ??= readModes(this.#tty);
    return this.#modes !== undefined;
  }

  #change(set: (tty: number | undefined) => void): void {
    set(this.#tty);
    this.#set = true;
    process.off("SIGTSTP", this.#stop).on("SIGTSTP", this.#stop);
  }

  /** Ctrl-Z: not every shell gives itself a terminal that echoes. */
  #stop = () => {
    this.#dropNow();
    process.off("SIGTSTP", this.#stop);
    forceModes(this.#modes as string, this.#tty);
    this.#set = false;
    process.kill(process.pid, "SIGTSTP");
    setImmediate(() => this.#take() && this.#change(this.#silence));
  };

  /** Drops what the terminal has sent. */
  #dropNow(): void {
    this.#change(setHushed);
    this.#dropped += attributesIn(readAll(CONTROLLING));
  }

  async #drop({ attributes, sure }: OwedAnswer): Promise<void> {
    this.#change(setHushed);
    const input = new TtyInput({ data() {}, end() {} }, CONTROLLING);
    const owed = { attributes: Math.max(0, attributes - this.#dropped), sure };
    await dropAnswers(input, owed, (text) => void this.stdout.write(text));
    await input.close();
  }
}

/** All that a terminal has to be read now. Opened for this alone: stty makes its stdin blocking. */
function readAll(path: string): string {
  const bytes = Buffer.alloc(64 * 1024);
  const tty = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  let length = 0;
  try {
    for (let read = -1; read !== 0; length += read) {
      read = readSync(tty, bytes, length, bytes.length - length, null);
    }
  } catch {
    // Nothing more is there (EAGAIN).
  } finally {
    closeSync(tty);
  }
  return bytes.toString("latin1", 0, length);
}
