import type { Readable } from "node:stream";
import type { Clock } from "../clock.ts";
import { LapError } from "../errors.ts";
import type { Link } from "./link.ts";

/** Input waiting for the link beyond which stdin is not read on. */
const HIGH_WATER_BYTES = 1024 * 1024;
const POLL_MS = 10;

/** All of stdin on its way into a link, no faster than that takes it. */
export class Feed {
  readonly #link: Pick<Link, "pass" | "buffered">;
  readonly #clock: Clock;
  readonly #left = new AbortController();
  /** Bytes that were read and not given to the link, which may be silent. */
  held = 0;

  constructor(link: Pick<Link, "pass" | "buffered">, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  /**
   * Resolves once all of it has gone out, or after `stop`.
   *
   * @throws LapError where the stream cannot be read.
   */
  async run(stdin: Readable, onSent: (bytes: Uint8Array) => void): Promise<void> {
    try {
      for await (const chunk of readAll(stdin)) {
        this.held = chunk.length;
        await this.#until(() => this.#link.pass(chunk));
        this.held = 0;
        onSent(chunk);
        await this.#until(() => this.#link.buffered <= HIGH_WATER_BYTES);
      }
      // Leaving cuts off what is only queued.
      await this.#until(() => this.#link.buffered === 0);
    } catch (error) {
      // Once left, stdin's end and the wait's are of our own making.
      if (!this.#left.signal.aborted) throw error;
    }
  }

  stop(): void {
    this.#left.abort();
  }

  async #until(holds: () => boolean): Promise<void> {
    this.#left.signal.throwIfAborted();
    while (!holds()) await this.#clock.sleep(POLL_MS, this.#left.signal);
  }
}

/** @throws LapError where the stream cannot be read: a folder, or open for writing only. */
export async function* readAll(stdin: Readable): AsyncGenerator<Buffer> {
  try {
    yield* stdin;
  } catch (error) {
    throw unreadable(error as Error);
  }
}

export function unreadable(error: Error): LapError {
  return new LapError(`stdin cannot be read: ${error.message}`, {
    hint: "Give it a file or a pipe, or </dev/null for no input.",
    cause: error,
  });
}
