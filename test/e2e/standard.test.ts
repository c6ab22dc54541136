import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { waitsIn } from "../support/children.ts";
import { TemporaryHome } from "../support/home.ts";
import { LAP } from "../support/lap.ts";
import { Pty } from "../support/pty.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { StubServer } from "../support/stub-server.ts";
import { waitFor } from "../support/wait.ts";

const KEY = "sk-test-0123456789";
const O_NONBLOCK = 0o4000;
const FAREWELL = "[bridge] process exited (code=0, signal=0)\r\n";

function bash(home: TemporaryHome, command: string, env: Record<string, string> = {}) {
  return Bun.spawn(["/bin/bash", "-c", command], {
    cwd: home.path,
    env: { PATH: process.env.PATH, HOME: home.path, LAP, LAP_NO_UPDATE_NOTICE: "1", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** Which of some descriptors' `flags:` lines tell that they do not block. */
function nonBlocking(fdinfo: string): boolean[] {
  return [...fdinfo.matchAll(/^flags:\s*(\d+)/gm)].map(
    ([, flags = ""]) => (Number.parseInt(flags, 8) & O_NONBLOCK) !== 0,
  );
}

function fdinfoOf(pid: number): string {
  return [0, 1, 2].map((fd) => readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8")).join("\n");
}

const BLOCKING = [false, false, false];

/** As a sandbox's program does. */
function end(sandbox: ScriptedSandbox): void {
  sandbox.send(FAREWELL);
  sandbox.socket?.close();
}

// The next program lost its output: "seq: write error: Resource temporarily unavailable".
describe.skipIf(process.platform !== "linux")("whoever shares a pipe with lap", () => {
  /** Notes the flags of the three that a group of commands has. */
  const NOTE = "grep -h flags: /proc/$BASHPID/fdinfo/[012] >~/flags";

  test.each([
    ["--version", 0],
    ["--help", 0],
    ["no-such-agent", 2],
    ["agents --json", 1],
    ["agents --no-such-flag", 2],
    ["box --no-tty", 0],
  ])("finds it blocking behind lap %s", async (args, code) => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    sandbox.onJoin = () => end(sandbox);
    for (const [before, behind] of [
      ["true |", "| cat"],
      ["true |", "2>&1 | cat"],
      ["true |", "2>&1 >/dev/null | cat"],
      // Bun gives its children sockets.
      ["", ""],
    ]) {
      const command = `${before} { $LAP ${args}; echo $? >~/code; ${NOTE}; } ${behind}`;
      expect(await bash(home, command, sandbox.login).exited).toBe(0);
      expect(readFileSync(`${home.path}/code`, "utf8")).toBe(`${code}\n`);
      expect([command, nonBlocking(readFileSync(`${home.path}/flags`, "utf8"))]).toEqual([
        command,
        BLOCKING,
      ]);
    }
  });

  test("finds it blocking while lap runs", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const run = Bun.spawn([LAP, "box", "--no-tty"], {
      env: { HOME: home.path, ...sandbox.login },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    sandbox.onJoin = () => sandbox.send("words\n");
    expect((await run.stdout.getReader().read()).value).toEqual(Buffer.from("words\n"));
    expect(nonBlocking(fdinfoOf(run.pid))).toEqual(BLOCKING);
    run.kill();
    await run.exited;
  });

  test("finds it blocking behind a question, which is drawn by a package", async () => {
    using home = new TemporaryHome();
    const env = { HOME: home.path, LAP };
    using terminal = new Pty(["/bin/bash", "-c", `{ $LAP login; ${NOTE}; } | cat`], { env });
    await terminal.shows("Agent platform URL:");
    terminal.type("\x04\x03");
    await terminal.exit();
    expect(nonBlocking(readFileSync(`${home.path}/flags`, "utf8"))).toEqual(BLOCKING);
  });
});

// Its signals were heard, and nothing came of that.
test.skipIf(process.platform !== "linux")(
  "lap that has said all ends by SIGTERM, though nobody reads it",
  async () => {
    using home = new TemporaryHome();
    const data = Array.from({ length: 2_000 }, (_, n) => ({ id: `a-${n}`, name: `bot-${n}` }));
    await using server = new StubServer((_request, { pathname }) =>
      Response.json(pathname.endsWith("/agents") ? { data, total: data.length } : []),
    );
    const env = { LAP_URL: server.url, LAP_KEY: KEY };
    const command = "exec 3<>fifo; ($LAP agents --json & echo $! >&2; wait $!; echo $? >&2) >fifo";
    const run = bash(home, `mkfifo fifo; ${command}`, env);
    const words = run.stderr.pipeThrough(new TextDecoderStream()).getReader();
    const pid = Number((await words.read()).value);
    await waitFor(() => waitsIn(pid, "pipe_write"), "lap to be behind its reader");
    process.kill(pid, "SIGTERM");
    expect((await words.read()).value).toBe("143\n");
  },
);

/** Whether a process has a handler for SIGTERM. */
function hearsSigterm(pid: number): boolean {
  const [, caught = "0"] =
    /^SigCgt:\s*(\w+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return ((BigInt(`0x${caught}`) >> BigInt(constants.signals.SIGTERM - 1)) & 1n) === 1n;
}

// One signal was heard and nothing came of it; the fault was called lap's own.
describe.skipIf(process.platform !== "linux")("a key on stdin", () => {
  const login = "$LAP login --url http://127.0.0.1:9 --key-stdin";

  test("that does not come is waited for until a signal comes", async () => {
    using home = new TemporaryHome();
    const run = bash(home, `mkfifo fifo; exec 3<>fifo; exec ${login} <fifo`);
    await waitFor(() => hearsSigterm(run.pid), "lap to hear signals");
    run.kill("SIGTERM");
    expect(await run.exited).toBe(143);
    expect(await new Response(run.stderr).text()).toBe("");
  });

  test.each([
    ["a folder", "</"],
    ["a file that is open for writing", "0>file"],
  ])("that cannot be read is said to be so: %s", async (_, from) => {
    using home = new TemporaryHome();
    const run = bash(home, `${login} ${from}`);
    expect(await new Response(run.stderr).text()).toStartWith("✗ stdin cannot be read: E");
    expect(await run.exited).toBe(1);
  });
});

// It was read from its top, and again by whoever came next.
describe("a file on stdin is read on from where it stands, and to its end,", () => {
  test("as the input of a sandbox", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    sandbox.onFrame = () => end(sandbox);
    writeFileSync(`${home.path}/lines`, "one\ntwo\nthree\n");
    const command = "{ read line; $LAP box --no-tty; echo rest; cat; } <lines";
    const run = bash(home, command, sandbox.login);
    expect(await new Response(run.stdout).text()).toBe(`${FAREWELL}rest\n`);
    expect(sandbox.input.toString()).toBe("two\nthree\n");
  });

  test("as a key", async () => {
    using home = new TemporaryHome();
    await using server = new StubServer(() => Response.json({ data: [], total: 0 }));
    writeFileSync(`${home.path}/lines`, `one\n${KEY}\n`);
    const login = `$LAP login --url ${server.url} --key-stdin`;
    const run = bash(home, `{ read line; ${login}; echo $?; cat; } <lines`);
    expect(await new Response(run.stdout).text()).toBe("0\n");
    expect(server.requests.map(({ authorization }) => authorization)).toContain(`Bearer ${KEY}`);
  });

  test("and is no shorter for being long", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const text = Array.from({ length: 50_000 }, (_, line) => `${line}\n`).join("");
    writeFileSync(`${home.path}/lines`, `first\n${text}`);
    sandbox.onFrame = () => sandbox.input.length === text.length && end(sandbox);
    const run = bash(home, "{ read line; exec $LAP box --no-tty; } <lines", sandbox.login);
    expect(await run.exited).toBe(0);
    expect(sandbox.input.toString() === text).toBe(true);
  });
});
