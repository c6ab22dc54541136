import { fstatSync, read } from "node:fs";
import { Readable, type Writable } from "node:stream";
import { isatty } from "node:tty";
import { TtyStream } from "./stream.ts";
import { terminalPath } from "./stty.ts";

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

/** A standard stream, as far as lap needs one. */
export type Input = Readable & { isTTY?: boolean; fd?: number };
export type Output = Writable & {
  isTTY?: boolean;
  fd?: number;
  columns?: number | undefined;
  offer?: (text: string) => void;
};

/**
 * stdin. A file is read on from where it stands, which is behind what a shell has read of it before, and
 * ahead of what one reads after lap: `process.stdin` reads it from its top, and leaves it where it stood.
 */
export function standardInput(): Input {
  return fstatSync(STDIN).isFile() ? new FileInput(STDIN) : process.stdin;
}

/**
 * stdout and stderr, which hold nothing up where nobody reads them. Not Bun's own streams: one for a terminal
 * holds up all of lap, and one for a pipe or a socket has that not block any more, which holds for every
 * program that shares it. Few expect that, and those that do not lose what they write.
 */
export function standardOutputs(): { stdout: Output; stderr: Output } {
  const stdout = new StandardOutput(STDOUT, "stdout");
  // Two streams would not keep what is written in order.
  const stderr = isOneFile(STDOUT, STDERR) ? stdout : new StandardOutput(STDERR, "stderr");
  // Packages take them from there, and it is their being looked at that has them not block.
  if (!stdout.isTTY) (process as { stdout: Writable }).stdout = stdout;
  if (!stderr.isTTY) (process as { stderr: Writable }).stderr = stderr;
  return { stdout, stderr };
}

function isOneFile(fd: number, other: number): boolean {
  const [one, two] = [fd, other].map((each) => fstatSync(each, { bigint: true }));
  return one?.dev === two?.dev && one?.ino === two?.ino;
}

/** A file from where its descriptor stands. */
class FileInput extends Readable {
  readonly fd: number;

  constructor(fd: number) {
    super();
    this.fd = fd;
  }

  override _read(size: number): void {
    read(this.fd, Buffer.alloc(size), 0, size, null, (error, length, bytes) => {
      if (error) this.destroy(error);
      else this.push(length > 0 ? bytes.subarray(0, length) : null);
    });
  }
}

class StandardOutput extends TtyStream {
  readonly isTTY: boolean;
  readonly #name: "stdout" | "stderr";

  constructor(fd: number, name: "stdout" | "stderr") {
    const isTTY = isatty(fd);
    // A pipe can be opened again on Linux too, and moves twice as much then.
    const again = isTTY || (process.platform === "linux" && fstatSync(fd).isFIFO());
    super(fd, () => (again ? terminalPath(fd) : undefined));
    this.isTTY = isTTY;
    this.#name = name;
    if (isTTY) process[name].on("resize", () => this.emit("resize"));
  }

  /** The terminal's width, which Bun keeps. */
  get columns(): number | undefined {
    return this.isTTY ? process[this.#name].columns : undefined;
  }

  get rows(): number | undefined {
    return this.isTTY ? process[this.#name].rows : undefined;
  }
}
