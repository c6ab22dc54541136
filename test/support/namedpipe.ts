import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A pipe by name, so that it can be opened again as a terminal can, which nobody reads yet. */
export class NamedPipe implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "lap-output-"));
  readonly path = join(this.#folder, "pipe");
  readonly reader: number;
  /** Somebody has left it non-blocking: a terminal's descriptor is shared with the shell's other jobs. */
  readonly writer: number;
  readonly read: Buffer[] = [];
  #open = true;

  constructor() {
    if (Bun.spawnSync(["mkfifo", this.path]).exitCode !== 0) throw new Error("no mkfifo");
    this.reader = openSync(this.path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writer = openSync(this.path, constants.O_WRONLY | constants.O_NONBLOCK);
  }

  /** Takes up to so many bytes out of it. Returns how many there were. */
  take(bytes: number): number {
    const buffer = Buffer.alloc(bytes);
    const taken = whereReady(() => readSync(this.reader, buffer));
    this.read.push(buffer.subarray(0, taken));
    return taken;
  }

  /** Nobody reads it any more. */
  leave(): void {
    closeSync(this.reader);
    this.#open = false;
  }

  /** Puts bytes in until none goes. */
  fill(): void {
    const filler = Buffer.alloc(1_024, ".");
    while (whereReady(() => writeSync(this.writer, filler)) > 0);
  }

  /** What was taken out but for what `fill` put in. */
  get text(): string {
    return Buffer.concat(this.read).toString().replace(/^\.*/, "");
  }

  [Symbol.dispose](): void {
    if (this.#open) closeSync(this.reader);
    closeSync(this.writer);
    rmSync(this.#folder, { recursive: true });
  }
}

/** 0 where a descriptor is not ready. */
function whereReady(work: () => number): number {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
    throw error;
  }
}
