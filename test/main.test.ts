import { describe, expect, test } from "bun:test";
import type { Terminal } from "../src/term/terminal.ts";
import { Interrupted, LapError, UsageError } from "../src/errors.ts";
import { TemporaryHome } from "./support/home.ts";
import { runLap } from "./support/world.ts";

/** Runs a command which fails in the middle with whatever is thrown. */
async function failing(thrown: unknown, env: Record<string, string> = {}, fault?: AbortSignal) {
  using home = new TemporaryHome();
  return await runLap(["bot"], {
    home: home.path,
    env: { LAP_URL: "http://127.0.0.1:1", LAP_KEY: "sk-test", ...env },
    ...(fault && { fault }),
    get terminal(): Terminal {
      throw thrown;
    },
  });
}

const OOPS = "✗ internal error: oops\n  LAP_DEBUG=1 shows where. Please report it.\n";

describe("an error becomes words and an exit code", () => {
  test.each([
    ["a failure", new LapError("it broke"), 1, "✗ it broke\n"],
    ["one with a hint", new LapError("it broke", { hint: "a\nb" }), 1, "✗ it broke\n  a\n  b\n"],
    ["a usage error", new UsageError("unknown flag"), 2, "✗ unknown flag\n"],
    ["one with a code of its own", new LapError("no", { exitCode: 4 }), 4, "✗ no\n"],
    ["SIGINT, in silence", new Interrupted("SIGINT"), 130, ""],
    ["SIGTERM, in silence", new Interrupted("SIGTERM"), 143, ""],
    ["SIGHUP, in silence", new Interrupted("SIGHUP"), 129, ""],
    ["SIGINT with words", new Interrupted("SIGINT", "stopped", "left"), 130, "✗ stopped\n  left\n"],
  ])("%s", async (_, thrown, code, stderr) => {
    expect(await failing(thrown)).toEqual({ code, stdout: "", stderr });
  });

  test("a server's text in it does nothing to the terminal", async () => {
    const thrown = new LapError("\x1b[2Jit\u202e\r\nbroke", { hint: "\x1b]0;owned\x07so" });
    expect((await failing(thrown)).stderr).toBe("✗ it broke\n  so\n");
  });

  test.each([
    ["an error", new TypeError("x is not\n a function"), "x is not a function"],
    ["a text", "oops", "oops"],
    ["a number", 7, "7"],
  ])(
    "%s that nobody threw on purpose is lap's own fault, without a trace",
    async (_, thrown, words) => {
      expect(await failing(thrown)).toEqual({
        code: 1,
        stdout: "",
        stderr: `✗ internal error: ${words}\n  LAP_DEBUG=1 shows where. Please report it.\n`,
      });
    },
  );
});

test("a fault that nobody caught is told where the command did not go by it", async () => {
  using home = new TemporaryHome();
  const fault = AbortSignal.abort(new TypeError("oops"));
  const { code, stderr } = await runLap(["--version"], { home: home.path, fault });
  expect([code, stderr]).toEqual([1, OOPS]);
});

test("a fault that nobody caught is told once where it ended the command", async () => {
  const thrown = new TypeError("oops");
  const { code, stderr } = await failing(thrown, {}, AbortSignal.abort(thrown));
  expect([code, stderr]).toEqual([1, OOPS]);
});

// It was told nowhere.
test("a fault that nobody caught is told behind a signal, which decides the exit code", async () => {
  const interrupted = new Interrupted("SIGTERM", "stopped");
  const fault = AbortSignal.abort(new TypeError("oops"));
  const { code, stderr } = await failing(interrupted, {}, fault);
  expect([code, stderr]).toEqual([143, `✗ stopped\n${OOPS}`]);
});

test("a signal that a command did not go by changes nothing of how it ended", async () => {
  using home = new TemporaryHome();
  const signal = AbortSignal.abort(new Interrupted("SIGTERM"));
  expect((await runLap(["--version"], { home: home.path, signal })).code).toBe(0);
});

describe("LAP_DEBUG=1", () => {
  test("shows where, also for errors on purpose", async () => {
    for (const thrown of [new TypeError("oops"), new LapError("oops")]) {
      const { code, stderr } = await failing(thrown, { LAP_DEBUG: "1" });
      expect(code).toBe(1);
      expect(stderr).toMatch(/\n\s+at .*main\.test\.ts/);
      expect(stderr).not.toContain("shows where");
    }
  });

  test("set to anything else shows nothing more", async () => {
    const { stderr } = await failing(new TypeError("oops"), { LAP_DEBUG: "0" });
    expect(stderr).toContain("LAP_DEBUG=1 shows where");
    expect(stderr).not.toContain("\n    at ");
  });
});
