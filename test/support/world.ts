import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { connectSocket } from "../../src/attach/socket.ts";
import type { Clock } from "../../src/clock.ts";
import type { Keychain } from "../../src/config/keychain.ts";
import type { Machine } from "../../src/config/presence.ts";
import type { Context, Env, Input } from "../../src/context.ts";
import { run } from "../../src/main.ts";
import type { Terminal } from "../../src/term/terminal.ts";
import { createLog } from "../../src/ui/log.ts";

/** What lap runs from where it is not compiled. */
const SOURCE = join(import.meta.dir, "..", "..", "src", "cli.ts");

export interface WorldOptions {
  home: string;
  env?: Env;
  /** What stdin holds; it is not a terminal. */
  stdin?: string;
  /** A person at the terminal: for each question in turn, what it says and what is typed then. */
  answers?: (readonly [question: string, typed: string])[];
  terminal?: Terminal;
  /** Told of what is written to stdout, as it comes. */
  onOutput?: (text: string) => void;
  signal?: AbortSignal;
  /** Aborted by a second Ctrl-C. */
  again?: AbortSignal;
  /** Aborted by what nobody caught. */
  fault?: AbortSignal;
  clock?: Clock;
  keychain?: Keychain;
  machine?: Machine;
  program?: Context["program"];
  /** stdout and stderr are a terminal. */
  isTTY?: boolean;
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
  stdout.onText = options.onOutput ?? stdout.onText;
  stdout.isTTY = stderr.isTTY = options.isTTY ?? false;
  const context: Context = {
    env: options.env ?? {},
    program: options.program ?? [process.execPath, SOURCE],
    home: options.home,
    keychain: options.keychain ?? NO_KEYCHAIN,
    stdin: options.answers ? person(options.answers, stderr) : pipe(options.stdin),
    stdout,
    stderr,
    log: createLog(stderr, (_style, text) => text),
    paint: (_style, text) => text,
    clock: options.clock ?? realClock,
    machine: options.machine ?? { host: "here", pid: process.pid, isRunning: () => true },
    signal: options.signal ?? new AbortController().signal,
    again: options.again ?? new AbortController().signal,
    fault: options.fault ?? new AbortController().signal,
    connect: connectSocket,
    suspend: async () => {},
    openTerminal: () => options.terminal,
    openOutput: () => undefined,
  };
  const code = await run(argv, context);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** As on a Linux without libsecret. */
const noKeychain = async () => {
  throw Object.assign(new Error("libsecret not available"), { code: "ERR_SECRETS_PLATFORM_ERROR" });
};
const NO_KEYCHAIN: Keychain = { get: noKeychain, set: noKeychain, delete: noKeychain };

class Sink extends Writable {
  text = "";
  isTTY = false;
  onText: (text: string) => void = () => {};

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const text = chunk.toString();
    this.text += text;
    done();
    this.onText(text);
  }
}

function pipe(content: string | undefined): Input {
  return Readable.from(content ? [Buffer.from(content)] : []);
}

/** Types each answer once its question is on the screen; both streams are a terminal then. */
function person(answers: NonNullable<WorldOptions["answers"]>, screen: Sink): Input {
  const keyboard = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const left = [...answers];
  let read = 0;
  screen.isTTY = true;
  screen.onText = () => {
    const [question, typed] = left[0] ?? [];
    if (question === undefined) return;
    const found = screen.text.indexOf(question, read);
    if (found < 0) return;
    read = found + question.length;
    left.shift();
    // The prompt listens once it has drawn itself.
    setImmediate(() => keyboard.write(typed));
  };
  return keyboard;
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
