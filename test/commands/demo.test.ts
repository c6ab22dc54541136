import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { Interrupted } from "../../src/errors.ts";
import { TemporaryHome } from "../support/home.ts";
import { StubServer } from "../support/stub-server.ts";
import { runLap } from "../support/world.ts";

const env = { PATH: process.env.PATH, SHELL: "/bin/sh" };

describe("lap demo", () => {
  test.each([["--check"], []])("%s without a terminal shows that it works", async (...argv) => {
    using home = new TemporaryHome();
    const { code, stdout } = await runLap(["demo", ...argv], { home: home.path, env });
    expect(
      stdout
        .trim()
        .split("\n")
        .every((line) => line.startsWith("✓ ")),
    ).toBe(true);
    expect(stdout).toContain("✓ returned to the same shell\n");
    expect([code, readdirSync(home.path)]).toEqual([0, []]);
  });

  test("--serve prints URL and key, serves, and ends with Ctrl-C", async () => {
    using home = new TemporaryHome();
    const abort = new AbortController();
    let listed = "";
    let stdout = "";
    // Its first words on stderr come after those on stdout.
    const running = runLap(["demo", "--serve"], {
      home: home.path,
      env,
      signal: abort.signal,
      onOutput: (text) => {
        stdout += text;
        const [, url, key] = /url {2}(\S+)\nkey {2}(\S+)\n/.exec(stdout) ?? [];
        if (!url || !key || listed) return;
        listed = "asked";
        void runLap(["agents"], { home: home.path, env: { LAP_URL: url, LAP_KEY: key } })
          .then((outcome) => (listed = outcome.stdout))
          .finally(() => abort.abort(new Interrupted("SIGINT")));
      },
    });
    const { code, stderr } = await running;
    expect(listed).toMatch(/^shell +shell +\[tui\]/m);
    expect(stderr).toContain("lap login --url http://127.0.0.1:");
    expect([code, readdirSync(home.path)]).toEqual([0, []]);
  });

  test("--serve ends with SIGTERM as any program does", async () => {
    using home = new TemporaryHome();
    const abort = new AbortController();
    const { code } = await runLap(["demo", "--serve"], {
      home: home.path,
      env,
      signal: abort.signal,
      onOutput: () => setImmediate(() => abort.abort(new Interrupted("SIGTERM"))),
    });
    expect(code).toBe(143);
  });

  test("--serve on a port that is taken says so", async () => {
    using home = new TemporaryHome();
    await using server = new StubServer(() => new Response());
    const argv = ["demo", "--serve", "--port", `${server.port}`];
    const { code, stderr } = await runLap(argv, { home: home.path, env });
    expect(code).toBe(1);
    expect(stderr).toStartWith(`✗ port ${server.port} is in use\n`);
  });

  test.each([
    ["--port without --serve", ["--port", "7700"], "--port goes with --serve"],
    ["a port in words", ["--serve", "--port", "http"], "--port 'http' is not a port"],
    ["a port beyond all", ["--serve", "--port=65536"], "--port '65536' is not a port"],
    ["half a port", ["--serve", "--port", "1.5"], "--port '1.5' is not a port"],
  ])("refuses %s", async (_, argv, words) => {
    using home = new TemporaryHome();
    const { code, stderr } = await runLap(["demo", ...argv], { home: home.path, env });
    expect(code).toBe(2);
    expect(stderr).toStartWith(`✗ ${words}\n`);
  });
});

test("lap reset without a terminal is a usage error", async () => {
  using home = new TemporaryHome();
  const { code, stdout, stderr } = await runLap(["reset"], { home: home.path });
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toStartWith("✗ lap reset needs the terminal");
});
