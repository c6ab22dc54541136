import { dlopen } from "bun:ffi";
import { closeSync, constants, openSync, readlinkSync } from "node:fs";

import { isMac } from "./processes.ts";

/** tcflow(3), which Bun does not offer, and its two actions by each system's termios.h. */
const TCOOFF = isMac ? 1 : 0;
const TCOON = isMac ? 2 : 1;
const LIBRARIES = isMac
  ? ["libSystem.B.dylib"]
  : ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

/** What may still come after a stop from the kernel's own buffers; 150 KB were seen. */
const SLACK_BYTES = 1024 * 1024;

/**
 * Linux checks for room and writes a line's end in two steps, and a stop between them loses the
 * CR LF (n_tty.c, do_output_char; Ctrl-S has the same flaw). A writer that has filled the kernel's
 * buffers sleeps at neither, so they are left unread for so long. In a flood of short lines 7% of
 * the stops lost one without this, none of 200 with it.
 */
const FILL_MS = 10;

/**
 * Holds back the output of a PTY, by its program's process id. Bun.Terminal cannot be paused, so
 * this stops the terminal in the kernel, and the program blocks in its own write, while keys go on
 * to it and Ctrl-C interrupts it.
 *
 * Not by writing a Ctrl-S: the kernel takes written input only some time later (20 ms were seen
 * under load), by when the mode that makes it a stop may be gone, and the program reads it as a key.
 *
 * Without libc or the terminal's name `hold` does nothing: whoever asks needs a second bound.
 */
export class OutputHold {
  readonly #pid: number;
  /** Null once it is known that there is none. */
  #path: string | null | undefined;
  #held = false;
  #sinceStop = 0;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** Stops output; a little more may follow. */
  hold(): void {
    if (this.#held) return;
    Bun.sleepSync(FILL_MS);
    this.#held = this.#flow(TCOOFF);
    this.#sinceStop = 0;
  }

  /** Lets output go on. */
  release(): void {
    if (!this.#held) return;
    this.#flow(TCOON);
    this.#held = false;
  }

  /** Tells of output that came. On macOS a typed Ctrl-Q undoes the hold, which is then put back. */
  passed(bytes: number): void {
    if (!this.#held) return;
    this.#sinceStop += bytes;
    if (this.#sinceStop > SLACK_BYTES) this.#held = false;
  }

  /** Never touches the terminal again, whose name is free for another once it is closed. */
  forget(): void {
    this.#held = false;
    this.#path = null;
  }

  /**
   * The terminal is open for the call alone. Were it open while the program ends, Bun would not
   * see its output end, and close it with up to 300 KB still on their way.
   */
  #flow(action: number): boolean {
    if (this.#path === undefined) this.#path = terminalOf(this.#pid);
    const call = tcflow();
    if (this.#path === null || call === undefined) return false;
    const { O_RDWR, O_NOCTTY, O_NONBLOCK } = constants;
    try {
      const device = openSync(this.#path, O_RDWR | O_NOCTTY | O_NONBLOCK);
      const result = call(device, action);
      closeSync(device);
      return result === 0;
    } catch {
      // The program is about to end, and its output with it.
      return false;
    }
  }
}

type Tcflow = (device: number, action: number) => number;

let cached: { tcflow: Tcflow | undefined } | undefined;

/** The C function, looked up when first needed; undefined where there is no libc by a known name. */
function tcflow(): Tcflow | undefined {
  cached ??= { tcflow: loadTcflow() };
  return cached.tcflow;
}

function loadTcflow(): Tcflow | undefined {
  for (const library of LIBRARIES) {
    try {
      return dlopen(library, { tcflow: { args: ["i32", "i32"], returns: "i32" } }).symbols.tcflow;
    } catch {
      // Another libc's name, then.
    }
  }
  return undefined;
}

/** The device that a process has as its terminal. */
function terminalOf(pid: number): string | null {
  let path: string;
  try {
    path = isMac
      ? `/dev/${Bun.spawnSync(["/bin/ps", "-o", "tty=", "-p", `${pid}`], { env: {} })
          .stdout.toString()
          .trim()}`
      : readlinkSync(`/proc/${pid}/fd/0`);
  } catch {
    return null;
  }
  return /^\/dev\/(?:pts\/\d+|ttys\d+)$/.test(path) ? path : null;
}
