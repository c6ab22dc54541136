const STDIN = 0;

interface InputListeners {
  /** Bytes, as they come. */
  data(bytes: Uint8Array): void;
  /** The terminal is gone, however it went. */
  end(): void;
}

/**
 * Reads the terminal on stdin, or another. Not through `process.stdin`, whose stream holds each key up for 30 µs
 * (a tenth of its way there and back), nor through `Bun.stdin`, which can be read once in a process:
 * Bun opens the terminal anew for this, as it does for those.
 */
export class TtyInput {
  on: InputListeners;
  /** The terminal is gone. */
  ended = false;
  /** Taken before the terminal is opened anew: behind that, Bun would read nothing more there. */
  readonly #ahead: ReturnType<typeof typedAhead>;
  readonly #reader: ReturnType<typeof readerOf>;
  /** Unresolved while paused. */
  #pause: PromiseWithResolvers<void> | undefined;
  #closed = false;

  /** @param path of another terminal than that on stdin. */
  constructor(on: InputListeners, path?: string) {
    this.on = on;
    this.#ahead = path === undefined ? typedAhead() : undefined;
    this.#reader = readerOf(path);
    void this.#read();
  }

  /** Reads no further. What is read already, some 100 KiB at most, is kept for `resume`. */
  pause(): void {
    this.#pause ??= Promise.withResolvers();
  }

  resume(): void {
    this.#pause?.resolve();
    this.#pause = undefined;
  }

  /** What is typed from here on is for whoever reads the terminal next. */
  async close(): Promise<void> {
    this.#closed = true;
    this.resume();
    await this.#reader.cancel().catch(() => {}); // it has ended by a fault, which was told
  }

  async #read(): Promise<void> {
    let ahead = this.#ahead;
    try {
      for (;;) {
        const { value, done } = await (ahead ?? this.#reader.read());
        ahead = undefined;
        if (done) break;
        while (this.#pause) await this.#pause.promise;
        if (this.#closed) return;
        this.on.data(value);
      }
    } catch {
      // The terminal hung up, or this process may not read it any more.
    }
    this.ended = true;
    if (!this.#closed) this.on.end();
  }
}

function readerOf(path: string | undefined) {
  const file = path === undefined ? Bun.file(STDIN) : Bun.file(path);
  return file.stream().getReader();
}

/** What was typed behind the Enter of a question and read with it, which stands in `process.stdin`. */
function typedAhead(): { value: Uint8Array; done: false } | undefined {
  const { stdin } = process;
  return stdin.readableLength > 0 ? { value: stdin.read() as Buffer, done: false } : undefined;
}
