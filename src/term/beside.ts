import { closeSync, constants, openSync, readSync } from "node:fs";
import { attributesIn, dropAnswers } from "./drop.ts";
import { TtyInput } from "./input.ts";
import { ownsStdout } from "./job.ts";
import { readModes, restoreModes, restoreModesNow, setHushed, setSilent } from "./stty.ts";
import type { OutputTerminal, OwedAnswer } from "./terminal.ts";
import { within } from "./within.ts";

const CONTROLLING = "/dev/tty";
/** How long stty may hold up the end of lap. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * The terminal on stdout, while input comes from elsewhere. What it sends is read at the end alone:
 * until then a program before lap in the pipeline may be reading the same terminal.
 */
export class StdoutTerminal implements OutputTerminal {
  readonly #typing: boolean;
  /** A descriptor of the terminal, and the modes that it was found in. */
  #tty: number | undefined;
  #modes: string | undefined;
  /** Whether the terminal is set otherwise than it was found. */
  #set = false;
  /** How many of the answers owed were dropped before the end. */
  #dropped = 0;

  /** @param typing whether a person types into this terminal for lap: that is to be seen. */
  constructor(typing: boolean) {
    this.#typing = typing;
  }

  silence(): void {
    if (this.#modes !== undefined || this.#typing || !this.#take()) return;
    this.#change(setSilent);
  }

  async close(answersOwed: OwedAnswer | undefined): Promise<void> {
    if (answersOwed && this.#take()) await this.#drop(answersOwed);
    process.off("SIGTSTP", this.#stop);
    if (this.#set) {
      await within(CLOSE_TIMEOUT_MS, restoreModes(this.#modes as string, this.#tty));
    }
    if (this.#tty !== undefined) closeSync(this.#tty);
  }

  /** Answers whether the terminal is lap's, to set and to read. */
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
    process.off("SIGTSTP", this.#stop);
    setHushed(this.#tty);
    this.#dropped += attributesIn(readAll(CONTROLLING));
    restoreModesNow(this.#modes as string, this.#tty);
    this.#set = false;
    process.kill(process.pid, "SIGTSTP");
    setImmediate(() => this.#take() && this.#change(setSilent));
  };

  async #drop({ attributes, sure }: OwedAnswer): Promise<void> {
    this.#change(setHushed);
    const input = new TtyInput({ data() {}, end() {} }, CONTROLLING);
    const owed = { attributes: Math.max(0, attributes - this.#dropped), sure };
    await dropAnswers(input, owed, (text) => process.stdout.write(text));
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
