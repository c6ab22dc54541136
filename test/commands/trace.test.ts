import { describe, expect, test } from "bun:test";
import { readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ScriptedTerminal } from "../../src/demo/scripted.ts";
import { strippingBalancer } from "../support/balancer.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { TestProxy } from "../support/proxy.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { failure, StubServer } from "../support/stub-server.ts";
import { greeter, hello } from "../support/visit.ts";
import { type Outcome, realClock, runLap } from "../support/world.ts";

const CLI = join(import.meta.dir, "..", "..", "src", "cli.ts");
const KEY = "master-key-nobody-may-see";
const TOKEN = "tty-token/nobody may+see".replace(" ", "_");
const PASSWORD = "proxy-password-nobody-may-see";
const TYPED = "typed-words-nobody-may-see";

interface Run extends Outcome {
  events: { at: number; event: string; [field: string]: unknown }[];
  /** The trace, and all that lap said. */
  all: string;
}

/** Runs lap with a trace and with stack traces, at a terminal where somebody types once `hello` shows. */
async function trace(argv: string[], env: Record<string, string>): Promise<Run> {
  using home = new TemporaryHome();
  const path = join(home.path, "trace");
  const terminal = new ScriptedTerminal(realClock);
  const running = runLap([...argv, "--debug-file", path], {
    home: home.path,
    env: { LAP_DEBUG: "1", ...env },
    terminal,
  });
  void terminal
    .opened(running)
    .then(() => terminal.shows("hello", 10_000))
    .then(() => terminal.type(`${TYPED}\x04`))
    .catch(() => {});
  const outcome = await running;
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const content = readFileSync(path, "utf8");
  const events = content
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Run["events"][0]);
  return { ...outcome, events, all: content + outcome.stdout + outcome.stderr };
}

function expectNoSecret({ all }: Run): void {
  for (const secret of [KEY, TOKEN, PASSWORD, TYPED]) {
    for (const form of [secret, encodeURIComponent(secret), btoa(secret), btoa(`ann:${secret}`)]) {
      expect(all).not.toContain(form);
    }
  }
}

const named = ({ events }: Run) => events.map(({ event }) => event);

async function demo() {
  const agents = [{ ...SHELL, name: "bot" }];
  return new DemoPlatform({ agents, key: KEY, token: TOKEN, openTty: greeter(hello) });
}

describe("a trace tells what lap did, without a secret", () => {
  test("from the command to its end: requests, the upgrade, the frames", async () => {
    await using platform = await demo();
    const run = await trace(["bot"], { LAP_URL: platform.platform.url, LAP_KEY: KEY });
    expect(run.code).toBe(0);
    expectNoSecret(run);
    const { events } = run;
    expect(named(run)).toEqual(
      expect.arrayContaining(["start", "lap", "request", "upgrade", "upgraded", "resize"]),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ event: "request", method: "POST", status: 200, tries: 1 }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ event: "frame in", connection: 1, bytes: 5 }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ event: "frame out", bytes: TYPED.length }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ event: "upgrade", token: "•••", in: "header" }),
    );
    expect(events.at(-1)).toMatchObject({ event: "end", code: 0 });
    expect(events.map(({ at }) => at)).toEqual(
      events.map(({ at }) => at).toSorted((a, b) => a - b),
    );
  });

  test("with the token in the query", async () => {
    await using platform = await demo();
    await using balancer = await strippingBalancer(platform.platform.port);
    const env = { LAP_URL: balancer.url, LAP_KEY: KEY };
    const run = await trace(["bot", "--token-in-query"], env);
    expect(run.code).toBe(0);
    expect(balancer.log.join()).toContain(`token=${encodeURIComponent(TOKEN)}`);
    expectNoSecret(run);
  });

  test("where the upgrade is refused", async () => {
    await using platform = await demo();
    const env = { LAP_URL: platform.platform.url, LAP_KEY: KEY, LAP_TTY_TOKEN: `${TOKEN}-not` };
    const run = await trace(["bot"], env);
    expect(run.code).toBe(1);
    expect(run.events).toContainEqual(expect.objectContaining({ event: "refused", status: 401 }));
    expectNoSecret(run);
  });

  test("through a proxy with a password, and through one that does not take it", async () => {
    await using sandbox = new ScriptedSandbox({ host: "sandbox.invalid" });
    sandbox.onJoin = () => sandbox.send("hello");
    for (const login of [`ann:${PASSWORD}`, "ann:another"]) {
      await using proxy = await TestProxy.start({ login });
      const HTTP_PROXY = proxy.url.replace("//", `//ann:${PASSWORD}@`);
      const run = await trace(["box"], { ...sandbox.login, LAP_KEY: KEY, HTTP_PROXY });
      expect(run.code).toBe(login.endsWith("another") ? 1 : 0);
      expectNoSecret(run);
    }
  });

  test("where the platform sends the key back, to the person as well", async () => {
    await using server = new StubServer((request) =>
      failure(500, `what is ${request.headers.get("authorization")}?`),
    );
    const run = await trace(["agents"], { LAP_URL: server.url, LAP_KEY: KEY });
    expect(run.stderr).toContain("500 — what is Bearer •••?");
    expectNoSecret(run);
  });
});

test("a key that JSON escapes is not in a trace either", async () => {
  await using server = new StubServer(({ headers }, { pathname }) =>
    pathname.endsWith("/agents")
      ? Response.json({ data: [{ id: "a-1", name: "bot", supports_tui: true }] })
      : Response.json({
          id: "s-1",
          status: "failed",
          failure_reason: headers.get("authorization"),
        }),
  );
  const argv = ["bot", "--no-tty"];
  const run = await trace(argv, { LAP_URL: server.url, LAP_KEY: 'key"of\\nobody' });
  expect(run.stderr).toContain("Bearer •••");
  expect(run.all).not.toMatch(/of\\+nobody/);
});

test("a file that others can read is theirs no more before anything stands in it", async () => {
  using home = new TemporaryHome();
  const path = join(home.path, "trace");
  writeFileSync(path, "old", { mode: 0o644 });
  expect((await runLap(["--version", "--debug-file", path], { home: home.path })).code).toBe(0);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, "utf8")).not.toContain("old");
});

test("a link is not followed: somebody else may have put it there", async () => {
  using home = new TemporaryHome();
  const [path, target] = [join(home.path, "trace"), join(home.path, "precious")];
  writeFileSync(target, "precious");
  symlinkSync(target, path);
  const argv = ["--version", "--debug-file", path];
  const { code, stderr } = await runLap(argv, { home: home.path });
  expect([code, stderr]).toEqual([1, `✗ --debug-file: ${path} is a link; name a file itself\n`]);
  expect(readFileSync(target, "utf8")).toBe("precious");
});

test("a trace that cannot be written is a fault, before anything is done", async () => {
  using home = new TemporaryHome();
  await using server = new StubServer(() => Response.json({ data: [] }));
  const env = { LAP_URL: server.url, LAP_KEY: KEY };
  const world = { home: home.path, env };
  const { code, stderr } = await runLap(["agents", "--debug-file=/nowhere/trace"], world);
  expect([code, stderr]).toEqual([
    1,
    "✗ --debug-file: /nowhere/trace cannot be written (ENOENT)\n",
  ]);
  expect(server.requests).toEqual([]);
});

describe("what is no file of its own:", () => {
  /** Runs lap as a process, which a pipe that nobody reads once held for ever. */
  const version = (home: TemporaryHome, script: string, path: string) => {
    const { exitCode, stdout, stderr } = Bun.spawnSync(
      ["/bin/sh", "-c", script, "sh", process.execPath, CLI, "--version", "--debug-file", path],
      {
        env: { PATH: process.env["PATH"], HOME: home.path },
        timeout: 4_000,
        killSignal: "SIGKILL",
      },
    );
    return { code: exitCode, stdout: String(stdout), stderr: String(stderr) };
  };

  test("a pipe that nobody reads is a fault", () => {
    using home = new TemporaryHome();
    const path = join(home.path, "pipe");
    expect(version(home, 'mkfifo "$5" && exec "$@"', path)).toEqual({
      code: 1,
      stdout: "",
      stderr: `✗ --debug-file: ${path} is a pipe that nobody reads\n`,
    });
  });

  test("stderr takes the trace", () => {
    using home = new TemporaryHome();
    const { code, stderr } = version(home, 'exec "$@"', "/dev/stderr");
    expect([code, stderr]).toEqual([0, expect.stringMatching(/"start"[^]*"end"/)]);
  });

  test.each(["/dev/fd/3", "/proc/self/fd/3"])("%s, as a shell names >(…), takes it", (path) => {
    using home = new TemporaryHome();
    const target = join(home.path, "target");
    writeFileSync(target, "before\n", { mode: 0o644 });
    const { code } = version(home, 'exec "$@" 3>>"$HOME/target"', path);
    expect([code, readFileSync(target, "utf8")]).toEqual([
      0,
      expect.stringMatching(/^before\n[^]*"start"[^]*"end"/),
    ]);
    expect(statSync(target).mode & 0o777).toBe(0o644);
  });

  test("one that lap was not started with is a fault", () => {
    using home = new TemporaryHome();
    const { code, stderr } = version(home, 'exec "$@"', "/dev/fd/77");
    expect([code, stderr]).toEqual([1, "✗ --debug-file: /dev/fd/77 cannot be written (EBADF)\n"]);
  });
});
