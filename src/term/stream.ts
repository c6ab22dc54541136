import { Writable } from "node:stream";
import { TtyOutput } from "./output.ts";

/** Output waiting for the terminal beyond which `write` asks for a pause. */
const HIGH_WATER_BYTES = 64 * 1024;

/**
 * A terminal's output as a stream that never blocks, or that of a pipe, a socket or a file. A write is done
 * once the terminal has taken it.
 */
export class TtyStream extends Writable {
  readonly fd: number;
  readonly #findPath: () => string | undefined;
  #opened: TtyOutput | undefined;
  #onTaken: ((error?: Error) => void) | undefined;

  /** See `TtyOutput`. Its path is looked for when something is written, which takes a program on macOS. */
  constructor(fd: number, findPath: () => string | undefined) {
    super({ highWaterMark: HIGH_WATER_BYTES });
    this.fd = fd;
    this.#findPath = findPath;
  }

  /** Bytes accepted and not yet taken by the terminal: none once it is gone, some once they are given up. */
  get pending(): number {
    return this.destroyed ? (this.#opened?.pending ?? 0) : this.writableLength;
  }

  /** Writes what may be dropped, and is where the terminal does not take it at once. */
  offer(text: string): void {
    this.#output.offer(Buffer.from(text));
  }

  override _write(bytes: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    this.#onTaken = done;
    this.#output.write(bytes);
    this.#settle();
  }

  override _writev(writes: { chunk: Uint8Array }[], done: (error?: Error) => void): void {
    this.#onTaken = done;
    for (const { chunk } of writes) this.#output.write(chunk);
    this.#settle();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#opened?.close();
    this.#done(error ?? new Error("the terminal has not taken it"));
    done(error);
  }

  get #output(): TtyOutput {
    this.#opened ??= new TtyOutput(this.fd, this.#findPath(), {
      written: () => this.#settle(),
      error: (error) => (this.#onTaken ? this.#done(error) : this.destroy(error)),
    });
    return this.#opened;
  }

  #settle(): void {
    if (this.#output.pending === 0) this.#done();
  }

  #done(error?: Error): void {
    const done = this.#onTaken;
    this.#onTaken = undefined;
    done?.(error);
  }
}

/** Resolves once all that was written to a stream before is taken, or can no more be. */
export function allWritten(stream: Writable): Promise<void> {
  // Answered behind all that was written before it.
  return new Promise((done) => stream.write("", () => done()));
}
