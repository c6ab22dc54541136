import type { Readable, Writable } from "node:stream";
import type { Clock } from "../clock.ts";
import { LapError } from "../errors.ts";
import type { Endpoint } from "./endpoint.ts";
import type { AttachEnd } from "./session.ts";
import { Farewell } from "./farewell.ts";
import { Timers } from "./timers.ts";
import { openFirst } from "./open.ts";
import type { Connect, TransportListeners } from "./transport.ts";
import { Warmth, type WarmthPolicy } from "./warmth.ts";
import type { Locate } from "./whereabouts.ts";

/** How long a sandbox must be silent after the end of stdin before it is taken to be done. */
const QUIET_MS = 1_000;
/** Input waiting for the link beyond which stdin is not read on. */
const INPUT_HIGH_WATER_BYTES = 1024 * 1024;
const INPUT_POLL_MS = 10;

export interface PipeOptions {
  endpoint: Endpoint;
  connect: Connect;
  /** As for attaching, until the first connection is open; lost later, it is not opened again. */
  locate: Locate | undefined;
  waiting: { update(label: string): void; done(): void };
  warmth: WarmthPolicy;
  stdin: Readable;
  stdout: Writable;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Without a terminal: stdin goes to the sandbox as it is, its output to stdout as it is, until the
 * sandbox has been silent for a while after the end of stdin. A reader that goes away (`| head`) is
 * an end like any other. What came is written before this returns.
 *
 * @throws UpgradeError where the connection does not open; LapError where stdin cannot be read or
 * stdout not be written; the signal's reason when aborted.
 */
export async function pipe(options: PipeOptions): Promise<AttachEnd> {
  const { endpoint, connect, stdin, stdout, clock, signal } = options;
  const ended = Promise.withResolvers<AttachEnd>();
  const farewell = new Farewell();
  const left = new AbortController();
  let received = 0;
  let inputOver = false;
  let linkEnd: AttachEnd | undefined;
  /** Writes that stdout has not taken yet. Counted here: Bun's `process.stdout.writableLength` is always 0. */
  let unwritten = 0;
  let paused = false;
  let cancelQuiet = () => {};
  const timers = new Timers(clock, (work) => work());
  const warmth = new Warmth({ ...options.warmth, clock, timers, warn: () => {} });

  const done = () => ended.resolve({ kind: "detached", livesMs: warmth.remaining, unsent: 0 });
  /** Ends, or waits for the end, once stdout is no longer behind: a sandbox held back is silent too. */
  const settle = () => {
    cancelQuiet();
    if (unwritten > 0) return;
    if (linkEnd) ended.resolve(linkEnd);
    else if (inputOver) cancelQuiet = clock.after(QUIET_MS, done);
  };
  const stopReading = () => {
    left.abort();
    stdin.destroy();
  };
  const onStdoutError = (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") done();
    else ended.reject(unwritable(error));
  };
  const onWritten = (error?: Error | null) => {
    // Here too: the stream's own event comes later than the last write is answered.
    if (error) return onStdoutError(error);
    unwritten--;
    if (paused && unwritten === 0) {
      paused = false;
      transport.resume();
    }
    settle();
  };

  const listeners: TransportListeners = {
    onData(bytes) {
      received += bytes.length;
      warmth.used();
      farewell.feed(bytes);
      unwritten++;
      const room = stdout.write(bytes, onWritten);
      if (!room && !paused && unwritten > 0) {
        paused = true;
        transport.pause();
      }
      settle();
    },
    onPong() {},
    onEnd({ code, reason }) {
      linkEnd = farewell.said
        ? { kind: "exited" }
        : { kind: "closed", code, reason, quiet: received === 0, repeated: false };
      stopReading();
      settle();
    },
  };
  const transport = await openFirst({
    endpoint,
    connect: (at, until) => connect(at, listeners, until),
    locate: options.locate,
    clock,
    signal,
    onTrouble: options.waiting.update,
  });
  options.waiting.done();
  const sentDownTo = async (bytes: number) => {
    while (transport.buffered > bytes) await clock.sleep(INPUT_POLL_MS, left.signal);
  };
  const send = async () => {
    for await (const chunk of readAll(stdin)) {
      if (left.signal.aborted) return;
      transport.sendInput(chunk);
      warmth.used();
      await sentDownTo(INPUT_HIGH_WATER_BYTES);
    }
    // Leaving cuts off what is only queued.
    await sentDownTo(0);
    inputOver = true;
    settle();
  };
  const onAbort = () => ended.reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  // Never taken off: the event of an error that a write told of already comes after the end.
  stdout.on("error", onStdoutError);
  send().catch((error: unknown) => {
    // Once left, stdin's end and the wait's are of our own making.
    if (!left.signal.aborted) ended.reject(error);
  });
  try {
    return await ended.promise;
  } finally {
    stopReading();
    cancelQuiet();
    warmth.stop();
    signal.removeEventListener("abort", onAbort);
    transport.close();
  }
}

/** @throws LapError where the stream cannot be read: a folder, or open for writing only. */
async function* readAll(stdin: Readable): AsyncGenerator<Buffer> {
  try {
    yield* stdin;
  } catch (error) {
    throw new LapError(`stdin cannot be read: ${(error as Error).message}`, {
      hint: "Give it a file or a pipe, or </dev/null for no input.",
      cause: error,
    });
  }
}

function unwritable(error: Error): LapError {
  return new LapError(`stdout cannot be written to: ${error.message}`, {
    hint: "Part of the sandbox's output is lost. Check where it goes: the disk may be full.",
    cause: error,
  });
}
