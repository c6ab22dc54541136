import { describe, expect, test } from "bun:test";
import { Interrupted, LapError } from "../../src/errors.ts";
import {
  DETACHED,
  FIRST_OUTPUT_S,
  QUIET_S,
  settled,
  stage,
  systemError,
} from "../support/pipe-stage.ts";

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
