import { describe, expect, test } from "bun:test";
import { PassThrough, Writable } from "node:stream";
import { pipe, type PipeOptions } from "../../src/attach/pipe.ts";
import { Interrupted, LapError } from "../../src/errors.ts";
import { ManualClock } from "../support/clock.ts";
import { ENDPOINT, FakeSandbox, never } from "../support/fake-sandbox.ts";

/** A sandbox that is silent is done after so long, in seconds: where it has said something, and where not. */
const QUIET_S = 1;
const FIRST_OUTPUT_S = 10;
/** No answer for so long, and the link is dead (test/attach/liveness.test.ts). */
const DEAD_S = 25;
const MINUTE = 60_000;
const FAREWELL = "\r\n\x1b[2m[bridge] process exited (code=0, signal=0)\x1b[0m\r\n";

/** Turns of the event loop in which streams and promises do all that they will do without a timer. */
async function settled(): Promise<void> {
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

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it failed`), { code });
}

/** A pipe whose link, stdout and time the test moves. */
function stage({
  highWaterMark = 4,
  eager = false,
  answers = true,
  starting = false,
  ...own
}: Partial<PipeOptions> & {
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
    terminal: undefined,
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

const DETACHED = { kind: "detached", unsent: 0 };

describe("a pipe's output", () => {
  // A sandbox that was held back was taken to be silent: 159,744 of 4,096,000 bytes arrived.
  test("a reader that is behind does not end it", async () => {
    const it = stage();
    it.stdin.end("go");
    await settled();
    it.send("much output");
    it.send("still on its way");
    await it.pass(2 * FIRST_OUTPUT_S);
    expect(await it.end()).toBeUndefined();
    it.stdout.take();
    await settled();
    expect(it.done).toEqual(["input go", "pause", "resume"]);
    it.send("more");
    it.stdout.take();
    await it.pass(QUIET_S);
    expect(await it.end()).toEqual(DETACHED);
    expect(it.stdout.taken).toBe("much outputstill on its waymore");
  });

  test("that is behind holds the sandbox back until all of it is written", async () => {
    const it = stage({ highWaterMark: 1 });
    await settled();
    it.send("one");
    it.send("two");
    it.stdout.takeOne();
    await settled();
    expect(it.done).toEqual(["pause"]);
    it.stdout.take();
    await settled();
    expect(it.done).toEqual(["pause", "resume"]);
  });

  test("what stdout has room for, but has not written, does not end it either", async () => {
    const it = stage({ highWaterMark: 1024 });
    it.stdin.end();
    await settled();
    it.send("a line");
    await it.pass(2 * FIRST_OUTPUT_S);
    expect(await it.end()).toBeUndefined();
    it.stdout.take();
    await it.pass(QUIET_S);
    expect(await it.end()).toEqual(DETACHED);
  });

  test("is written before the end of the link is told", async () => {
    const it = stage();
    await settled();
    it.send("last words");
    it.hangUp(1006);
    expect(await it.end()).toBeUndefined();
    it.stdout.take();
    expect(await it.end()).toMatchObject({ kind: "closed", code: 1006, quiet: false });
  });

  test("a reader that goes away is a quiet end", async () => {
    const it = stage();
    await settled();
    it.send("text");
    it.stdout.take(systemError("EPIPE"));
    expect(await it.end()).toEqual(DETACHED);
  });

  // ENOSPC ended it like a reader that goes away: exit code 0.
  for (const when of ["while the link is open", "after the link's end"]) {
    test(`a full disk ${when} is a failure`, async () => {
      const it = stage();
      await settled();
      it.send("text");
      if (when.startsWith("after")) it.hangUp(1000);
      it.stdout.take(systemError("ENOSPC"));
      const end = (await it.end()) as LapError;
      expect(end).toBeInstanceOf(LapError);
      expect(end.message).toBe("stdout cannot be written to: ENOSPC: it failed");
      expect(end.exitCode).toBe(1);
      expect(end.hint).toBeDefined();
    });
  }
});

describe("a pipe's input", () => {
  // Its end was taken for its delivery: 4,325,376 of 5,000,000 bytes arrived.
  test("has gone out before silence counts", async () => {
    const it = stage();
    await settled();
    it.sandbox.connection.buffered = 1;
    it.stdin.end("go");
    await it.pass(2 * FIRST_OUTPUT_S);
    expect(await it.end()).toBeUndefined();
    it.sandbox.connection.buffered = 0;
    await it.pass(FIRST_OUTPUT_S + QUIET_S);
    expect(await it.end()).toEqual(DETACHED);
  });

  test("is not read on while a megabyte of it waits for the link", async () => {
    const it = stage();
    await settled();
    it.sandbox.connection.buffered = 1024 * 1024 + 1;
    it.stdin.write("one");
    await settled();
    it.stdin.write("two");
    await it.pass(1);
    expect(it.sandbox.connection.input).toBe("one");
    it.sandbox.connection.buffered = 1024 * 1024;
    await it.pass(1);
    expect(it.sandbox.connection.input).toBe("onetwo");
  });

  // It was an internal error.
  test("a folder for stdin is a failure with a hint", async () => {
    const it = stage();
    await settled();
    it.stdin.destroy(systemError("EISDIR"));
    const end = (await it.end()) as LapError;
    expect(end).toBeInstanceOf(LapError);
    expect(end.message).toBe("stdin cannot be read: EISDIR: it failed");
    expect(end.exitCode).toBe(1);
    expect(end.hint).toBeDefined();
  });

  test("is not read on after the link's end", async () => {
    const it = stage();
    await settled();
    it.send("unwritten");
    it.hangUp(1000);
    await settled();
    expect(it.stdin.destroyed).toBe(true);
    it.stdout.take();
    expect(await it.end()).toMatchObject({ kind: "closed" });
  });
});

describe("silence after the end of stdin", () => {
  test("ends it after a second, which every output begins anew", async () => {
    const it = stage({ eager: true });
    it.stdin.end("go\n");
    await settled();
    for (let times = 0; times < 5; times++) {
      it.send("output");
      await it.pass(QUIET_S - 0.001);
    }
    expect(await it.end()).toBeUndefined();
    await it.pass(0.001);
    expect(await it.end()).toEqual(DETACHED);
    expect(it.events.at(-1)).toBe("disconnected");
  });

  // A shell that took 1.6 s to start printed only the echo of its input.
  test.each([
    ["nothing", []],
    ["the terminal's echo of the input", ["ls\r", "\n^A\r\n"]],
  ])("means little before the first output: %s", async (_, said) => {
    const it = stage({ eager: true });
    it.stdin.end("ls\n\x01\n");
    await settled();
    for (const text of said) it.send(text);
    await it.pass(FIRST_OUTPUT_S - 0.001);
    expect(await it.end()).toBeUndefined();
    it.send("first words");
    await it.pass(QUIET_S - 0.001);
    expect(await it.end()).toBeUndefined();
    await it.pass(0.001);
    expect(await it.end()).toEqual(DETACHED);
  });

  test("ends it at last where nothing ever comes", async () => {
    const it = stage();
    it.stdin.end();
    await it.pass(FIRST_OUTPUT_S);
    expect(await it.end()).toEqual(DETACHED);
  });
});

describe("a pipe's link", () => {
  test("is asked for signs of life, which keeps it open", async () => {
    const it = stage();
    await it.pass(60);
    expect(it.sandbox.connection.pings.length).toBeGreaterThan(3);
    expect(await it.end()).toBeUndefined();
  });

  // It was never noticed: the input was lost, and lap ended with 0.
  test("that is dead is the end, and what may not have arrived is told", async () => {
    const it = stage({ answers: false, eager: true });
    await settled();
    it.send("welcome");
    it.stdin.end("deploy\n");
    await it.pass(QUIET_S + 0.5);
    expect(await it.end()).toBeUndefined();
    await it.pass(DEAD_S);
    expect(await it.end()).toEqual({
      kind: "closed",
      code: 1006,
      reason: "no answer in time",
      quiet: false,
      repeated: false,
      uncertain: "deploy\n".length,
    });
    expect(it.events.at(-1)).toBe("terminated");
  });

  test("that has not answered is waited for before silence ends it", async () => {
    const it = stage({ answers: false, eager: true });
    await settled();
    it.sandbox.connection.pong();
    it.send("welcome");
    it.stdin.end("deploy\n");
    await it.pass(QUIET_S + 2);
    expect(await it.end()).toBeUndefined();
    it.sandbox.connection.pong();
    await it.pass(0.1);
    expect(await it.end()).toEqual(DETACHED);
  });

  test("that is silent is not trusted with more input, which counts as well when it ends", async () => {
    const it = stage({ answers: false });
    await it.pass(2);
    it.stdin.write("held");
    await it.pass(1);
    expect(it.sandbox.connection.input).toBe("");
    it.sandbox.connection.pong();
    await it.pass(0.1);
    expect(it.sandbox.connection.input).toBe("held");
    await it.pass(2);
    it.stdin.write("in lap's hands");
    await it.pass(DEAD_S);
    expect(await it.end()).toMatchObject({ uncertain: "heldin lap's hands".length });
  });

  test("is not given up while a reader that is behind keeps lap from hearing it", async () => {
    const it = stage({ answers: false });
    await settled();
    it.sandbox.connection.pong();
    it.send("much output");
    await it.pass(2 * DEAD_S);
    expect(await it.end()).toBeUndefined();
  });

  // What was said before counted, however the path ended.
  test.each([
    ["the program's own end", FAREWELL, 1005, { kind: "exited" }],
    [
      "its tmux told to detach",
      `[detached (from session lap)]\r\n${FAREWELL}`,
      1005,
      { ...DETACHED, livesMs: 15 * MINUTE },
    ],
    ["a path that drops behind the farewell", FAREWELL, 1006, { kind: "closed", code: 1006 }],
    ["a close behind other words", "words", 1000, { kind: "closed", code: 1000, quiet: false }],
    ["a close before any word", "", 1000, { kind: "closed", code: 1000, quiet: true }],
  ])("ends by %s", async (_, said, code, end) => {
    const warmth = { idleTimeoutMs: 15 * MINUTE, always: false, bump: async () => {} };
    const it = stage({ eager: true, warmth });
    await settled();
    if (said) it.send(said);
    it.hangUp(code);
    expect(await it.end()).toMatchObject(end);
  });

  test("is waited for, with a word, until it is joined; lost later, it is not opened again", async () => {
    const it = stage({ starting: true, locate: new FakeSandbox().locate });
    await it.pass(0);
    expect(it.events).toEqual(["waits: the sandbox does not take the terminal yet; trying again"]);
    it.sandbox.appear();
    await it.pass(60);
    expect(it.events.slice(-2)).toEqual(["connected", "joined"]);
    it.hangUp(1006);
    expect(await it.end()).toMatchObject({ kind: "closed" });
    expect(it.sandbox.connections).toHaveLength(1);
  });
});

describe("a pipe's output to a terminal", () => {
  async function shown() {
    const did: string[] = [];
    const note = (what: string) => void did.push(`${JSON.stringify(it.stdout.taken)} ${what}`);
    const terminal: PipeOptions["terminal"] = {
      silence: () => note("silence"),
      close: async (owed) => note(`close ${JSON.stringify(owed) ?? ""}`),
    };
    const it = stage({ eager: true, terminal });
    await settled();
    return Object.assign(it, { did });
  }

  test("is silenced before the first question is asked, and owes an answer to each", async () => {
    const it = await shown();
    it.send("\x1b[?1049h");
    expect(it.did).toEqual([]);
    it.send("\x1b[c\x1b[>c");
    expect(it.did).toEqual([String.raw`"\u001b[22;0t\u001b[?1049h" silence`]);
    it.stdin.end();
    await it.pass(QUIET_S);
    expect(await it.end()).toEqual(DETACHED);
    expect(it.stdout.taken).toEndWith("\x1b[>c\x1b[?1049l\x1b[23;0t");
    expect(it.did.at(-1)).toEndWith('close {"attributes":1,"sure":true}');
  });

  test("is silenced where it reports by itself, and may owe that though it was turned off", async () => {
    const it = await shown();
    it.send("\x1b[?1000h");
    expect(it.did.at(-1)).toEndWith("silence");
    it.send("\x1b[?1000l");
    it.hangUp(1006);
    expect(await it.end()).toMatchObject({ kind: "closed" });
    expect(it.did.at(-1)).toEndWith('close {"attributes":0,"sure":false}');
  });

  for (const [name, end] of [
    ["a signal", (it) => it.signal.abort(new Interrupted("SIGTERM"))],
    ["the program's own end", (it) => [it.send(FAREWELL), it.hangUp(1005)]],
    ["input that cannot be read", (it) => it.stdin.destroy(systemError("EISDIR"))],
  ] as [string, (it: ReturnType<typeof stage>) => unknown][]) {
    test(`is undone before ${name} is told`, async () => {
      const it = await shown();
      it.send("\x1b[31mred");
      end(it);
      expect(await it.end()).toBeDefined();
      expect(it.stdout.taken).toContain("\x1b[0m");
      expect(it.did).toHaveLength(1);
      expect(it.did[0]).toEndWith("close ");
    });
  }

  test("owes no answer that came with the input, from who reads the terminal in the pipeline", async () => {
    const it = await shown();
    it.send("\x1b[c\x1b[c");
    it.stdin.end("typed\x1b[?62;22c\n");
    await it.pass(QUIET_S);
    expect(await it.end()).toEqual(DETACHED);
    expect(it.did.at(-1)).toEndWith('close {"attributes":1,"sure":true}');
  });

  test("begins a new line for what is said next", async () => {
    const it = await shown();
    it.send("$ ");
    it.stdin.end();
    await it.pass(QUIET_S);
    expect(it.stdout.taken).toBe("\x1b[22;0t$ \x1b[23;0t\r\n");
  });
});

describe("a pipe keeps its session warm", () => {
  async function joined({ always = false } = {}) {
    const bumps: number[] = [];
    const bump = async () => void bumps.push(it.clock.now() / MINUTE);
    const it = stage({ eager: true, warmth: { idleTimeoutMs: 15 * MINUTE, always, bump } });
    await settled();
    return Object.assign(it, { bumps });
  }

  test("from the start", async () => {
    const it = await joined();
    await it.pass(20 * 60);
    expect(it.bumps).toEqual([0]);
  });

  test("with --keep-alive also while nothing comes or goes", async () => {
    const it = await joined({ always: true });
    await it.pass(11 * 60);
    expect(it.bumps).toEqual([0, 5, 10]);
  });

  test.each([
    ["output", (it) => it.send("output")],
    ["input", (it) => it.stdin.write("input")],
  ] as [string, (it: ReturnType<typeof stage>) => void][])("by %s", async (_, use) => {
    const it = await joined();
    await it.pass(60);
    use(it);
    await it.pass(5 * 60);
    expect(it.bumps).toEqual([0, 5]);
  });

  test("until its end, which waits for no answer", async () => {
    let asked: AbortSignal | undefined;
    const bump = (signal: AbortSignal) => never((asked = signal));
    const it = stage({ warmth: { idleTimeoutMs: 15 * MINUTE, always: true, bump } });
    await settled();
    expect(asked?.aborted).toBe(false);
    it.signal.abort(new Interrupted("SIGTERM"));
    expect(await it.end()).toBeInstanceOf(Interrupted);
    expect(asked?.aborted).toBe(true);
  });
});

describe("a signal ends a pipe", () => {
  for (const [wait, arrange] of [
    ["stdin", () => {}],
    [
      "the link to take what it was sent",
      (it) => [(it.sandbox.connection.buffered = 2 ** 21), it.stdin.write("y")],
    ],
    [
      "the link to take the last of it",
      (it) => [(it.sandbox.connection.buffered = 1), it.stdin.end()],
    ],
    ["silence", (it) => it.stdin.end()],
    ["stdout", (it) => it.send("unwritten")],
    ["stdout after the link's end", (it) => [it.send("unwritten"), it.hangUp(1000)]],
  ] as [string, (it: ReturnType<typeof stage>) => unknown][]) {
    test(`that waits for ${wait}`, async () => {
      const it = stage();
      it.stdin.write("x");
      await settled();
      arrange(it);
      expect(await it.end()).toBeUndefined();
      const reason = new Interrupted("SIGTERM");
      it.signal.abort(reason);
      expect(await it.end()).toBe(reason);
      expect(it.stdin.destroyed).toBe(true);
      it.stdout.take();
      await settled();
      expect(it.clock.waiting).toBe(0);
      if (!wait.endsWith("end")) expect(it.events).toContain("disconnected");
    });
  }
});
