import { describe, expect, test } from "bun:test";
import { PassThrough, Writable } from "node:stream";
import { pipe } from "../../src/attach/pipe.ts";
import type { TransportListeners } from "../../src/attach/transport.ts";
import type { Clock } from "../../src/clock.ts";
import { Interrupted, LapError } from "../../src/errors.ts";
import { realClock } from "../support/world.ts";
import { Secret } from "../../src/net/secret.ts";

/** Turns of the event loop in which streams and promises do all that they will do without a timer. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
}

/** A stdout that takes a write only when told to. */
class SlowStdout extends Writable {
  taken = "";
  #pending: [chunk: Buffer, done: (error?: Error) => void] | undefined;

  constructor(highWaterMark: number) {
    super({ highWaterMark });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#pending = [chunk, done];
  }

  /** Takes the write that waits and those behind it, or fails it. */
  take(error?: Error): void {
    while (this.#pending) {
      const [chunk, done] = this.#pending;
      this.#pending = undefined;
      if (!error) this.taken += chunk.toString();
      done(error);
    }
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it failed`), { code });
}

/** A pipe whose link, stdout and time the test moves. */
function stage({ highWaterMark = 4 } = {}) {
  const events: string[] = [];
  const timers = new Set<() => void>();
  const clock: Clock = {
    ...realClock,
    after: (_ms, work) => {
      timers.add(work);
      return () => timers.delete(work);
    },
  };
  const link = { buffered: 0 };
  const stdin = new PassThrough();
  const stdout = new SlowStdout(highWaterMark);
  const signal = new AbortController();
  let remote: TransportListeners | undefined;
  let end: unknown;
  void pipe({
    endpoint: { url: "ws://sandbox/tty", token: new Secret("secret") },
    connect: async (_endpoint, listeners) => {
      remote = listeners;
      return {
        open: true,
        sendInput: (bytes) => void events.push(`input ${Buffer.from(bytes).toString()}`),
        sendResize: () => {},
        get buffered() {
          return link.buffered;
        },
        pause: () => void events.push("pause"),
        resume: () => void events.push("resume"),
        ping: () => {},
        close: () => void events.push("disconnected"),
        terminate: () => {},
      };
    },
    locate: undefined,
    waiting: { update() {}, done() {} },
    warmth: { idleTimeoutMs: null, always: false, bump: async () => {} },
    stdin,
    stdout,
    clock,
    signal: signal.signal,
  }).then(
    (value) => (end = value),
    (error: unknown) => (end = error),
  );
  return {
    events,
    link,
    stdin,
    stdout,
    signal,
    send: (text: string) => remote?.onData(Buffer.from(text)),
    hangUp: (code: number) => remote?.onEnd({ code, reason: "" }),
    /** Undefined while it goes on. */
    end: async () => {
      await settled();
      return end;
    },
    /** The sandbox has been silent for as long as anybody waits for. */
    silence: async () => {
      await settled();
      for (const work of timers) work();
      await settled();
    },
  };
}

describe("a pipe's output", () => {
  // A sandbox that was held back was taken to be silent: 159,744 of 4,096,000 bytes arrived.
  test("a reader that is behind does not end it", async () => {
    const it = stage();
    it.stdin.end("go");
    await settled();
    it.send("much output");
    it.send("still on its way");
    await it.silence();
    expect(await it.end()).toBeUndefined();
    it.stdout.take();
    await settled();
    expect(it.events).toEqual(["input go", "pause", "resume"]);
    it.send("more");
    it.stdout.take();
    await it.silence();
    expect(await it.end()).toEqual({ kind: "detached", unsent: 0 });
    expect(it.stdout.taken).toBe("much outputstill on its waymore");
  });

  test("what stdout has room for, but has not written, does not end it either", async () => {
    const it = stage({ highWaterMark: 1024 });
    it.stdin.end();
    await settled();
    it.send("a line");
    await it.silence();
    expect(await it.end()).toBeUndefined();
    it.stdout.take();
    await it.silence();
    expect(await it.end()).toEqual({ kind: "detached", unsent: 0 });
  });

  test("is written before the end of the link is told", async () => {
    const it = stage();
    await settled();
    it.send("last words");
    it.hangUp(1006);
    expect(await it.end()).toBeUndefined();
    it.stdout.take();
    expect(await it.end()).toEqual({
      kind: "closed",
      code: 1006,
      reason: "",
      quiet: false,
      repeated: false,
    });
  });

  test("a reader that goes away is a quiet end", async () => {
    const it = stage();
    await settled();
    it.send("text");
    it.stdout.take(systemError("EPIPE"));
    expect(await it.end()).toEqual({ kind: "detached", unsent: 0 });
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
    it.link.buffered = 1;
    it.stdin.end("go");
    await it.silence();
    expect(await it.end()).toBeUndefined();
    it.link.buffered = 0;
    await it.silence();
    expect(await it.end()).toEqual({ kind: "detached", unsent: 0 });
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
    expect(it.events).toEqual(["pause", "resume", "disconnected"]);
  });
});

describe("a signal ends a pipe", () => {
  for (const [wait, arrange] of [
    ["stdin", () => {}],
    [
      "the link to take what it was sent",
      (it) => [(it.link.buffered = 2 ** 21), it.stdin.write("y")],
    ],
    ["the link to take the last of it", (it) => [(it.link.buffered = 1), it.stdin.end()]],
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
      expect(it.events.at(-1)).toBe("disconnected");
    });
  }
});
