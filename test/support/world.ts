import { Readable, Writable } from "node:stream";
import { connectSocket } from "../../src/attach/socket.ts";
import type { Clock } from "../../src/clock.ts";
import type { Context, Env } from "../../src/context.ts";
import { run } from "../../src/main.ts";
import type { Terminal } from "../../src/term/terminal.ts";
import { createLog } from "../../src/ui/log.ts";

export interface WorldOptions {
  home: string;
  env?: Env;
  /** What stdin holds; it is not a terminal. */
  stdin?: string;
  terminal?: Terminal;
  signal?: AbortSignal;
  clock?: Partial<Clock>;
}

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command in this process with a world of its own, against real servers. */
export async function runLap(argv: string[], options: WorldOptions): Promise<Outcome> {
  const stdout = new Sink();
  const stderr = new Sink();
  const context: Context = {
    env: options.env ?? {},
    home: options.home,
    stdin: Readable.from(options.stdin ? [options.stdin] : []),
    stdout,
    stderr,
    log: createLog(stderr, (_style, text) => text),
    paint: (_style, text) => text,
    clock: { ...realClock, ...options.clock },
    signal: options.signal ?? new AbortController().signal,
    connect: connectSocket,
    openTerminal: () => options.terminal,
  };
  const code = await run(argv, context);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Sink extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Real time, but waits pass at once: what is polled is polled without pause. */
export const realClock: Clock = {
  date: () => Date.now(),
  now: () => performance.now(),
  sleep: async (_ms, signal) => {
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  },
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
