import { describe, expect, test } from "bun:test";
import { Interrupted } from "../../src/errors.ts";
import type { Closing } from "../../src/term/terminal.ts";
import { FakeSandbox, never } from "../support/fake-sandbox.ts";
import { DETACHED, QUIET_S, settled, stage, systemError } from "../support/pipe-stage.ts";

/** No answer for so long, and the link is dead (test/attach/liveness.test.ts). */
const DEAD_S = 25;
const MINUTE = 60_000;
const FAREWELL = "\r\n\x1b[2m[bridge] process exited (code=0, signal=0)\x1b[0m\r\n";

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
    const terminal = {
      pending: 0,
      silence: () => note("silence"),
      close: async ({ answersOwed }: Closing) => note(`close ${JSON.stringify(answersOwed) ?? ""}`),
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
    expect(it.stdout.taken).toEndWith("\x1b[>c\x1b[9999H\n\x1b[?1049l\x1b[23;0t");
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

  // As where the terminal takes all of the time that a signal leaves it.
  test.each([
    ["does not read until a signal ends lap is told as that signal", 1],
    ["reads in time is told as what it was", 0],
  ])("that %s: an end", async (_, pending) => {
    const closing = Promise.withResolvers<void>();
    const terminal = { pending, silence() {}, close: () => closing.promise };
    const it = stage({ eager: true, terminal });
    await settled();
    it.hangUp(1006);
    expect(await it.end()).toBeUndefined();
    const reason = new Interrupted("SIGTERM");
    it.signal.abort(reason);
    expect(await it.end()).toBeUndefined();
    closing.resolve();
    if (pending > 0) expect(await it.end()).toBe(reason);
    else expect(await it.end()).toMatchObject({ kind: "closed" });
  });

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
