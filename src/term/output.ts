import { constants, openSync, closeSync, write, writeSync } from "node:fs";

/** The most handed to one blocking write: bounds what cannot be called back, and the wait for Ctrl-C. */
const POOL_WRITE_BYTES = 16 * 1024;

/**
 * How soon a pool write is tried again on a descriptor that does not block: the shell's other jobs share
 * it, and any of them may have set that.
 */
const RETRY_MS = 2;

/** Up to this a write is copied to others that wait, rather than kept by itself. */
const SMALL_WRITE_BYTES = 2 * 1024;

/**
 * Writes to a terminal without ever blocking the event loop. A non-blocking descriptor takes what
 * fits at once; the rest goes to one blocking write at a time on a pool thread, which the kernel
 * wakes when the terminal reads. (Measured: retrying EAGAIN on a timer moves 6 MiB/s; this moves
 * what `cat` moves.)
 */
export class TtyOutput {
  /** Bytes accepted and not yet taken by the terminal. */
  pending = 0;
  readonly #fd: number;
  readonly #nonBlocking: number | undefined;
  readonly #onWritten: () => void;
  readonly #onError: (error: NodeJS.ErrnoException) => void;
  readonly #queue: Uint8Array[] = [];
  /** Small writes behind the queue, copied together: a million tiny frames are not a million buffers. */
  #small = Buffer.alloc(0);
  #smallLength = 0;
  #busy = false;
  /** The terminal is gone, or given up. */
  #over = false;

  /**
   * @param fd the terminal's own descriptor, which as a rule blocks.
   * @param path where the same terminal can be opened again; a new open file description, so that
   *   the shell's own descriptor does not become non-blocking. Undefined: pool writes only.
   */
  constructor(
    fd: number,
    path: string | undefined,
    on: { written: () => void; error: (error: NodeJS.ErrnoException) => void },
  ) {
    this.#fd = fd;
    this.#nonBlocking = path === undefined ? undefined : openNonBlocking(path);
    this.#onWritten = on.written;
    this.#onError = on.error;
  }

  /** Writes, and queues what the terminal does not take at once. The bytes must not change any more. */
  write(bytes: Uint8Array): void {
    if (this.#over || bytes.length === 0) return;
    let rest = bytes;
    if (!this.#busy && this.pending === 0) {
      const taken = this.#writeNow(bytes);
      if (taken === bytes.length || this.#over) return;
      rest = bytes.subarray(taken);
    }
    this.pending += rest.length;
    this.#enqueue(rest);
    if (!this.#busy) this.#writeLater();
  }

  /** Writes what the terminal takes at once, and drops the rest: all of it where others wait. */
  offer(bytes: Uint8Array): void {
    if (this.#over || this.#busy || this.pending > 0 || bytes.length === 0) return;
    // Where nothing tells whether the terminal takes it, one of them waits at a time.
    if (this.#nonBlocking === undefined) this.write(bytes);
    else this.#writeNow(bytes);
  }

  /**
   * Gives up what the terminal has not taken, which `pending` goes on telling. Only what one pool write
   * has in hand may still go out.
   */
  close(): void {
    this.#drop();
    if (this.#nonBlocking !== undefined) closeSync(this.#nonBlocking);
  }

  #enqueue(bytes: Uint8Array): void {
    if (bytes.length > SMALL_WRITE_BYTES) {
      this.#seal();
      this.#queue.push(bytes);
      return;
    }
    if (this.#smallLength + bytes.length > this.#small.length) {
      this.#seal();
      this.#small = Buffer.alloc(POOL_WRITE_BYTES);
    }
    this.#small.set(bytes, this.#smallLength);
    this.#smallLength += bytes.length;
  }

  #seal(): void {
    if (this.#smallLength > 0) this.#queue.push(this.#small.subarray(0, this.#smallLength));
    this.#small = this.#small.subarray(this.#smallLength);
    this.#smallLength = 0;
  }

  #pump(): void {
    for (;;) {
      if (this.#queue.length === 0) this.#seal();
      const chunk = this.#queue[0];
      if (!chunk) return;
      const taken = this.#writeNow(chunk);
      if (this.#over) return;
      this.pending -= taken;
      if (taken === chunk.length) {
        this.#queue.shift();
        continue;
      }
      this.#queue[0] = chunk.subarray(taken);
      return this.#writeLater();
    }
  }

  #writeNow(chunk: Uint8Array): number {
    if (this.#nonBlocking === undefined) return 0;
    let taken = 0;
    try {
      // Without an offset, which costs a key's echo 1 µs (measured).
      taken = some(writeSync(this.#nonBlocking, chunk));
      while (taken < chunk.length) {
        taken += some(writeSync(this.#nonBlocking, chunk, taken, chunk.length - taken));
      }
    } catch (error) {
      const fault = error as NodeJS.ErrnoException;
      if (fault.code !== "EAGAIN") this.#fail(fault);
    }
    return taken;
  }

  #writeLater(): void {
    if (this.#queue.length === 0) this.#seal();
    const chunk = this.#take();
    this.#busy = true;
    write(this.#fd, chunk, 0, chunk.length, null, (error, taken) => {
      if (this.#over) return;
      if (error && error.code !== "EAGAIN") return this.#fail(error);
      if (!error && taken === 0) return this.#fail(nothingTaken());
      const rest = error ? chunk : chunk.subarray(taken);
      this.pending -= chunk.length - rest.length;
      if (rest.length > 0) this.#queue.unshift(rest);
      if (error) setTimeout(() => this.#goOn(), RETRY_MS);
      else this.#goOn();
    });
  }

  #goOn(): void {
    if (this.#over) return;
    this.#busy = false;
    this.#pump();
    this.#onWritten();
  }

  /** Small frames are joined: one trip to the pool for as much as it may take. */
  #take(): Uint8Array {
    const first = this.#queue.shift() as Uint8Array;
    if (first.length > POOL_WRITE_BYTES) {
      this.#queue.unshift(first.subarray(POOL_WRITE_BYTES));
      return first.subarray(0, POOL_WRITE_BYTES);
    }
    const parts = [first];
    let length = first.length;
    for (;;) {
      const next = this.#queue[0];
      if (!next || length + next.length > POOL_WRITE_BYTES) break;
      parts.push(next);
      length += next.length;
      this.#queue.shift();
    }
    return parts.length === 1 ? first : Buffer.concat(parts, length);
  }

  #fail(error: NodeJS.ErrnoException): void {
    this.#drop();
    this.pending = 0;
    this.#onError(error);
  }

  #drop(): void {
    this.#over = true;
    this.#queue.length = 0;
    this.#smallLength = 0;
  }
}

/**
 * How many bytes were written, of some.
 *
 * @throws where that is none, as of the memory of a process that has ended: it would be tried for ever.
 */
function some(taken: number): number {
  if (taken === 0) throw nothingTaken();
  return taken;
}

function nothingTaken(): NodeJS.ErrnoException {
  return Object.assign(new Error("EIO: i/o error, write"), { code: "EIO" });
}

function openNonBlocking(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return undefined; // no such path for this terminal: pool writes do
  }
}
