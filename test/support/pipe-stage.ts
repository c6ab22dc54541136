import { PassThrough, Writable } from "node:stream";
import { pipe, type PipeOptions } from "../../src/attach/pipe.ts";
import type { OutputTerminal } from "../../src/term/terminal.ts";
import { ManualClock } from "./clock.ts";
import { ENDPOINT, FakeSandbox } from "./fake-sandbox.ts";

/** A sandbox that is silent is done after so long, in seconds: where it has said something, and where not. */
export const QUIET_S = 1;
export const FIRST_OUTPUT_S = 10;
export const DETACHED = { kind: "detached", unsent: 0 };

/** Turns of the event loop in which streams and promises do all that they will do without a timer. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
}

/** A stdout that takes a write only when told to, or at once. */
class SlowStdout extends Writable {
  taken = "";
  readonly #eager: boolean;
  #pending: [chunk: Buffer, done: (error?: Error) => void] | undefined;

  constructor(highWaterMark: number, eager: boolean) {
    super({ highWaterMark });
    this.#eager = eager;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#pending = [chunk, done];
    if (this.#eager) this.take();
  }

  /** Takes the write that waits and those behind it, or fails it. */
  take(error?: Error): void {
    while (this.#pending) this.takeOne(error);
  }

  takeOne(error?: Error): void {
    const [chunk, done] = this.#pending ?? [];
    this.#pending = undefined;
    if (chunk && !error) this.taken += chunk.toString();
    done?.(error);
  }
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it failed`), { code });
}

/** A pipe whose link, stdout and time the test moves. */
export function stage({
  highWaterMark = 4,
  eager = false,
  answers = true,
  starting = false,
  terminal,
  ...own
}: Partial<Omit<PipeOptions, "terminal">> & {
  /** What stdout is of. */
  terminal?: Omit<OutputTerminal, "stdout">;
  highWaterMark?: number;
  eager?: boolean;
  answers?: boolean;
  /** The sandbox is not in reach yet. */
  starting?: boolean;
} = {}) {
  const events: string[] = [];
  const clock = new ManualClock();
  const sandbox = new FakeSandbox();
  sandbox.note = (event) => void events.push(event);
  sandbox.answers = answers;
  if (starting) sandbox.vanish();
  const stdin = new PassThrough();
  const stdout = new SlowStdout(highWaterMark, eager);
  const signal = new AbortController();
  let end: unknown;
  void pipe({
    endpoint: ENDPOINT,
    connect: sandbox.connect,
    locate: undefined,
    waiting: {
      update: (label) => void events.push(`waits: ${label}`),
      done: () => void events.push("joined"),
    },
    warmth: { idleTimeoutMs: null, always: false, bump: async () => {} },
    stdin,
    stdout,
    terminal: terminal && Object.assign(terminal, { stdout }),
    clock,
    signal: signal.signal,
    ...own,
  }).then(
    (value) => (end = value),
    (error: unknown) => (end = error),
  );
  return {
    events,
    sandbox,
    stdin,
    stdout,
    signal,
    clock,
    /** What was done to the link since it was joined. */
    get done(): string[] {
      return events.slice(events.indexOf("joined") + 1);
    },
    send: (text: string) => sandbox.connection.say(text),
    hangUp: (code: number) => sandbox.connection.end(code),
    /** Undefined while it goes on. */
    end: async () => {
      await settled();
      return end;
    },
    pass: async (seconds: number) => {
      await settled();
      await clock.advance(seconds * 1000);
      await settled();
    },
  };
}
