import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { faultyLap } from "../support/faulty.ts";
import { TemporaryHome } from "../support/home.ts";
import { inFront } from "../support/infront.ts";
import { LAP } from "../support/lap.ts";
import { join, TAKEN_OVER } from "../support/join.ts";
import { Pty } from "../support/pty.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";

/** What a coding agent turns on when it starts. */
const MODES =
  "\x1b]0;agent\x07\x1b[?1049hthe agent's screen\x1b[?2004h\x1b[?1004h\x1b[?1h\x1b=\x1b[?1002h\x1b[?1006h\x1b[?25l\x1b[?7l" +
  "\x1b[4 q\x1b[5;20r\x1b(0\x1b[31m\x1b[>1u\x1b[>4;2m\x1b[?2031h";

/** Whether output is processed: one of a terminal's flags, and the same everywhere. */
const OPOST = 1;

/** A shell in a terminal, lap in the shell, modes turned on by the sandbox. */
async function shellWithLap(
  home: TemporaryHome,
  sandbox: ScriptedSandbox,
  program = LAP,
): Promise<Pty> {
  const env = { HOME: home.path, PS1: "outer$ ", ...sandbox.login };
  const outer = new Pty(["/bin/bash", "--norc", "--noprofile", "-i"], { env });
  await outer.shows("outer$");
  outer.type(`stty -a > ${home.path}/before; ${program} ${sandbox.agent}; echo code=$?\r`);
  await sandbox.joined();
  sandbox.send(MODES);
  await outer.shows("the agent's screen");
  return outer;
}

async function pidOf(outer: Pty): Promise<number> {
  const children = `/proc/${outer.process.pid}/task/${outer.process.pid}/children`;
  let pid = 0;
  await waitFor(() => {
    pid = Number(readFileSync(children, "utf8").trim().split(" ").at(-1));
    return pid > 0;
  }, "lap's process");
  return pid;
}

const ENDS: [name: string, code: number, end: (outer: Pty, sandbox: ScriptedSandbox) => unknown][] =
  [
    ["detach", 0, (outer) => outer.type("\x04")],
    [
      "the program's own end",
      0,
      (_outer, sandbox) => {
        sandbox.send("\r\n\x1b[2m[bridge] process exited (code=0, signal=0)\x1b[0m\r\n");
        sandbox.socket?.close();
      },
    ],
    [
      "a lost link to a session that is gone",
      255,
      (_outer, sandbox) => {
        sandbox.deleted = true;
        sandbox.socket?.terminate();
      },
    ],
    ["SIGTERM", 143, async (outer) => process.kill(await pidOf(outer), "SIGTERM")],
    ["SIGHUP", 129, async (outer) => process.kill(await pidOf(outer), "SIGHUP")],
    ["SIGQUIT", 131, async (outer) => process.kill(await pidOf(outer), "SIGQUIT")],
    ["SIGINT from elsewhere", 130, async (outer) => process.kill(await pidOf(outer), "SIGINT")],
    ...(["SIGALRM", "SIGUSR1", "SIGUSR2", "SIGXCPU"] as const).map(
      (signal): (typeof ENDS)[number] => [
        signal,
        128 + constants.signals[signal],
        async (outer) => process.kill(await pidOf(outer), signal),
      ],
    ),
  ];

test("a terminal that is closed ends lap as its signal does", async () => {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox();
  using pty = await join(home, sandbox);
  sandbox.send(MODES);
  await pty.shows("the agent's screen");
  pty.terminal.close();
  expect(await pty.process.exited).toBe(129);
});

describe("nothing is left behind after", () => {
  for (const [name, code, end] of ENDS) {
    test.skipIf(process.platform !== "linux")(name, async () => {
      using home = new TemporaryHome();
      await using sandbox = new ScriptedSandbox();
      using outer = await shellWithLap(home, sandbox);
      await end(outer, sandbox);
      await outer.shows(`code=${code}`);
      const { modes, buffer } = outer.emulator;
      expect(buffer.active.type).toBe("normal");
      expect(modes).toMatchObject({
        applicationCursorKeysMode: false,
        applicationKeypadMode: false,
        mouseTrackingMode: "none",
        sendFocusMode: false,
        wraparoundMode: true,
        originMode: false,
      });
      outer.type(`clear; stty -a > ${home.path}/after; echo done\r`);
      await outer.shows(/^done$/m);
      const [before, after] = ["before", "after"].map((file) =>
        readFileSync(`${home.path}/${file}`, "utf8"),
      );
      expect(after).toBe(before as string);
      // Not line-drawing characters, not red, and the whole screen scrolls again.
      expect(outer.screen()).toContain("done");
      const cell = buffer.active.getLine(buffer.active.baseY)?.getCell(0);
      expect(cell?.isFgDefault()).toBe(true);
    });
  }

  test("queries' answers that are still in flight: none reaches the shell", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using outer = await shellWithLap(home, sandbox);
    // Many questions, and the end at once behind them: their answers come after lap stopped listening.
    sandbox.send("\x1b[c\x1b[>c\x1b[6n".repeat(20));
    sandbox.send("\r\n[bridge] process exited (code=0, signal=0)\r\n");
    sandbox.socket?.close();
    await outer.shows("code=0");
    outer.type("echo clean\r");
    await outer.shows(/^clean$/m);
    expect(outer.text()).not.toContain("^[[");
    expect(outer.screen()).not.toMatch(/\d+;\d+[cR]/);
  });
});

describe("a fault of lap's own that nobody caught gives the terminal back, and is told:", () => {
  test.skipIf(process.platform !== "linux").each([
    ["thrown", "throw new Error('lap broke')"],
    ["a promise's", "void Promise.reject(new Error('lap broke'))"],
  ])("%s", async (_, fault) => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const faulty = faultyLap(home, `process.once("SIGVTALRM", () => { ${fault} });`);
    using outer = await shellWithLap(home, sandbox, faulty.join(" "));
    process.kill(await pidOf(outer), "SIGVTALRM");
    await outer.shows("code=1");
    expect(outer.screen()).toContain("internal error: lap broke");
    expect(outer.emulator.buffer.active.type).toBe("normal");
    expect(outer.emulator.modes).toMatchObject({
      applicationCursorKeysMode: false,
      mouseTrackingMode: "none",
      wraparoundMode: true,
    });
    outer.type(`clear; stty -a > ${home.path}/after; echo done\r`);
    await outer.shows(/^done$/m);
    const [before, after] = ["before", "after"].map((file) =>
      readFileSync(`${home.path}/${file}`, "utf8"),
    );
    expect(after).toBe(before as string);
  });
});

// Bun printed lap's own source, and lap went on for ever.
describe("a fault of lap's own ends lap at once, and in one line each, where", () => {
  test.each<[what: string, faults: string[], says: string]>([
    ["lap does not end by it", ["lap broke"], "lap: internal error: lap broke\n"],
    [
      "another one comes behind it",
      ["lap broke", "lap broke again", "and again"],
      "lap: internal error: lap broke\nlap: internal error: lap broke again\n",
    ],
  ])("%s", async (_, faults, says) => {
    using home = new TemporaryHome();
    // Requests that know no end, with the faults while the first is under way.
    const script = `
      const faults = ${JSON.stringify(faults)};
      globalThis.fetch = () => {
        for (const says of faults.splice(0)) setTimeout(() => { throw new Error(says); });
        return new Promise(() => {});
      };
      setInterval(() => {}, 1e9);
    `;
    const run = Bun.spawn([...faultyLap(home, script), "agents"], {
      env: {
        HOME: home.path,
        PATH: process.env.PATH,
        LAP_URL: "http://127.0.0.1:9",
        LAP_KEY: "sk-test",
        LAP_NO_UPDATE_NOTICE: "1",
      },
      stdout: "pipe",
      stderr: "pipe",
    });
    const stderr = await new Response(run.stderr).text();
    // It may have been said before what is waited for.
    expect(stderr.replace(/^waiting for .*\n/, "")).toBe(says);
    expect(await run.exited).toBe(1);
  });
});

describe("a suspended lap leaves the terminal alone when", () => {
  for (const [name, end] of [
    ["it is killed", "kill %1"],
    ["its shell ends", "exit\rexit"],
  ] as const) {
    test(name, async () => {
      using home = new TemporaryHome();
      await using sandbox = new ScriptedSandbox();
      const env = { HOME: home.path, PS1: "outer$ ", ...sandbox.login };
      using outer = new Pty(["/bin/bash", "--norc", "--noprofile", "-i"], { env });
      await outer.shows("outer$");
      outer.type("PS1='inner$ ' bash --norc --noprofile -i\r");
      await outer.shows("inner$");
      outer.type(`${LAP} ${sandbox.agent}\r`);
      await sandbox.joined();
      sandbox.send(MODES);
      await outer.shows("the agent's screen");
      outer.type("\x1dz");
      await outer.shows("Stopped");
      const before = outer.output.length;
      outer.type(`${end}\r`);
      await outer.shows("the session lives on");
      outer.type("echo clean\r");
      await outer.shows(/^clean$/m);
      const after = Buffer.concat(outer.output.slice(before)).toString();
      for (const trace of ["\x1b[c", "\x1b[?1049", "setRawMode"]) {
        expect(after).not.toContain(trace);
      }
      expect(outer.screen()).not.toContain("1;2c");
    });
  }
});

// Bash and zsh mend the terminal by themselves; dash is left with what it is given.
test("Ctrl-Z while connecting gives the terminal back, fg keeps keys again, and Ctrl-\\ does nothing", async () => {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox();
  const gate = Promise.withResolvers<void>();
  sandbox.gate = gate.promise;
  const env = { HOME: home.path, PS1: "outer$ ", ...sandbox.login };
  using outer = new Pty(["/bin/sh", "-i"], { env });
  await outer.shows("outer$");
  const modes = async (name: string) => {
    outer.type(`stty -a >${home.path}/${name}; echo ${name} wri""tten\r`);
    await outer.shows(`${name} written`);
    return readFileSync(`${home.path}/${name}`, "utf8");
  };
  const before = await modes("before");
  outer.type(`${LAP} ${sandbox.agent}\r`);
  await outer.shows("waiting for");
  outer.type("\x1c\x1a");
  await outer.shows("Stopped");
  expect(await modes("stopped")).toBe(before);
  outer.type("clear; fg\r");
  const ECHO = 8;
  await waitFor(() => (outer.terminal.localFlags & ECHO) === 0, "lap to keep keys again");
  outer.type("typed");
  gate.resolve();
  await sandbox.received("typed");
  expect(outer.screen()).not.toContain("typed");
  outer.type("\x04");
  await outer.shows("detached");
  expect(await modes("after")).toBe(before);
});

test.skipIf(process.platform !== "linux")(
  "SIGQUIT while connecting gives the terminal back too",
  async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    sandbox.gate = new Promise(() => {});
    const env = { HOME: home.path, PS1: "outer$ ", ...sandbox.login };
    using outer = new Pty(["/bin/sh", "-i"], { env });
    await outer.shows("outer$");
    outer.type(`stty -a >$HOME/before; ${LAP} ${sandbox.agent}; echo code=$?\r`);
    await outer.shows("waiting for");
    process.kill(await pidOf(outer), "SIGQUIT");
    await outer.shows("code=131");
    outer.type('stty -a >$HOME/after; echo wri""tten\r');
    await outer.shows("written");
    const [before, after] = ["before", "after"].map((file) =>
      readFileSync(`${home.path}/${file}`, "utf8"),
    );
    expect(after).toBe(before as string);
  },
);

test("answers owed reach no shell, though no mode was changed and the terminal is far away", async () => {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox();
  const env = { HOME: home.path, PS1: "outer$ ", ...sandbox.login };
  using outer = new Pty(["/bin/bash", "--norc", "--noprofile", "-i"], { env, answersAfter: 700 });
  await outer.shows("outer$");
  outer.type(`${LAP} ${sandbox.agent}; echo code=$?\r`);
  await waitFor(() => outer.text().includes(TAKEN_OVER), "lap to take the terminal over");
  sandbox.send("\x1b[c\x1b[>cafter");
  await outer.shows("after");
  outer.type("\x04");
  await outer.shows("code=0");
  outer.type("echo clean\r");
  await outer.shows(/^clean$/m);
  expect(outer.screen()).not.toMatch(/\d+;\d+c/);
});

test("reports of a mouse that the program turned off as it ended reach no shell", async () => {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox();
  const env = { HOME: home.path, PS1: "outer$ ", ...sandbox.login };
  using outer = new Pty(["/bin/bash", "--norc", "--noprofile", "-i"], { env, answersAfter: 200 });
  await outer.shows("outer$");
  outer.type(`${LAP} ${sandbox.agent}; echo code=$?\r`);
  await waitFor(() => outer.text().includes(TAKEN_OVER), "lap to take the terminal over");
  sandbox.send("\x1b[?1000h\x1b[?1006hprogram");
  await outer.shows("program");
  sandbox.send("\x1b[?1000l\x1b[?1006l\r\n[bridge] process exited (code=0, signal=0)\r\n");
  sandbox.socket?.close();
  await waitFor(() => outer.answering > 0, "lap to ask whether anything is on its way");
  outer.type("\x1b[<65;10;10M\x1b[<65;10;10m");
  await outer.shows(/^code=0$/m);
  outer.type("echo clean\r");
  await outer.shows(/^clean$/m);
  expect(outer.screen()).not.toContain("65;10");
});

test("a terminal that was asked nothing, and reports nothing, is asked nothing by lap either", async () => {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox();
  using pty = await join(home, sandbox);
  sandbox.send("\x1b[?2004h\x1b[31m\x1b]2;a title\x07\x1b[?1049hwords");
  await pty.shows("words");
  pty.type("\x04");
  expect(await pty.exit()).toBe(0);
  expect(pty.text()).toContain("\x1b[?2004l");
  expect(pty.text()).not.toContain("\x1b[c");
});

test("without stty and tty on the PATH lap works and gives the terminal back", async () => {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox();
  using pty = await join(home, sandbox, [], { env: { PATH: "/nonexistent" } });
  pty.type("typed\x04");
  expect(await pty.exit()).toBe(0);
  expect(sandbox.input.toString()).toBe("typed");
  expect(pty.screen()).toContain("detached");
});

test("with stdout on another terminal, output goes there", async () => {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox();
  using other = new Pty(["/bin/sh", "-c", "tty; exec sleep 1000"]);
  await other.shows("/dev/");
  const [path] = other.lines();
  using pty = new Pty(["/bin/sh", "-c", `exec ${LAP} ${sandbox.agent} >${path}`], {
    env: { HOME: home.path, ...sandbox.login },
  });
  await sandbox.joined();
  sandbox.send("for the other one");
  await other.shows("for the other one");
  expect(pty.screen()).toBe("");
});

test("lap reset repairs a terminal after a kill -9", async () => {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox();
  using outer = await shellWithLap(home, sandbox);
  process.kill(await pidOf(outer), "SIGKILL");
  // On the screen it is line drawing by now.
  await waitFor(() => outer.text().includes("code=137"), "the shell to notice");
  outer.type(`${LAP} reset\r`);
  await outer.shows("✓ the terminal is repaired");
  expect(outer.emulator.buffer.active.type).toBe("normal");
  expect(outer.emulator.modes.mouseTrackingMode).toBe("none");
  outer.type("clear; echo plain text\r");
  await outer.shows(/^plain text$/m);
});

test("lap reset takes the Enter of a terminal that is raw, in a shell that does not", async () => {
  using home = new TemporaryHome();
  using pty = new Pty([LAP, "reset\r"], { env: { HOME: home.path, PATH: process.env.PATH } });
  expect(await pty.exit()).toBe(0);
  await pty.shows("the terminal is repaired");
});

test.each([
  ["iutf8", "C", "iutf8"],
  ["-iutf8", "C", "-iutf8"],
  ["-iutf8", "en_GB.UTF-8", "iutf8"],
])("lap reset makes of %s in the locale %s %s", async (before, LANG, after) => {
  using home = new TemporaryHome();
  const script = `stty raw -echo ${before}; "$0" reset; stty -a`;
  const env = { HOME: home.path, PATH: process.env.PATH, LANG };
  using pty = new Pty(["sh", "-c", script, LAP], { env });
  expect(await pty.exit()).toBe(0);
  expect(pty.text()).toMatch(new RegExp(`(?<![-\\w])${after}\\b`));
});

// A shell like bash puts its own modes back behind a job that was killed; zsh, fish and dash do not.
test("lap reset repairs the modes of a terminal of which nobody else takes care", async () => {
  using home = new TemporaryHome();
  const script = 'stty raw -echo -iexten; "$0" reset; echo "code=$?"; stty -a';
  using pty = new Pty(["sh", "-c", script, LAP], {
    env: { HOME: home.path, PATH: process.env.PATH },
  });
  expect(await pty.exit()).toBe(0);
  expect(pty.text()).toContain("the terminal is repaired");
  expect(pty.text()).toContain("code=0");
  for (const mode of ["icanon", "isig", "iexten", "icrnl", "opost", "onlcr"]) {
    expect(pty.text()).toMatch(new RegExp(`(?<!-)\\b${mode}\\b`));
  }
});

// It waited for an stty that waited for the terminal, and no signal ended it.
test.skipIf(process.platform !== "linux")(
  "lap reset repairs a terminal that Ctrl-S has stopped, and a signal ends it there",
  async () => {
    using home = new TemporaryHome();
    const script = 'stty -ixany -opost; read line; "$0" reset; echo $? >~/code';
    using pty = new Pty(["sh", "-c", script, LAP], {
      env: { HOME: home.path, PATH: process.env.PATH },
    });
    const postProcesses = () => (pty.terminal.outputFlags & OPOST) !== 0;
    await waitFor(() => !postProcesses(), "the bad modes");
    pty.stall(true);
    pty.type("\r");
    await waitFor(postProcesses, "the terminal to be repaired");
    process.kill(await pidOf(pty), "SIGTERM");
    expect(await pty.exit()).toBe(0);
    expect(readFileSync(`${home.path}/code`, "utf8")).toBe("143\n");
  },
);

/** An stty of a system that has no such mode: it sets none of the others either. */
const WITHOUT_UTF8 = '[[ "$*" == *iutf8* ]] && exit 1; exec /bin/stty "$@"';

test("lap reset repairs a terminal where stty knows no iutf8", async () => {
  using home = new TemporaryHome();
  const script = `/bin/stty raw -echo; "$0" reset; /bin/stty -a`;
  const env = { HOME: home.path, PATH: inFront(home.path, "stty", WITHOUT_UTF8) };
  using pty = new Pty(["sh", "-c", script, LAP], { env });
  expect(await pty.exit()).toBe(0);
  expect(pty.text()).toContain("the terminal is repaired");
  expect(pty.text()).toMatch(/(?<!-)\bopost\b/);
});

// Whatever went wrong, it said that there was no stty, and that in steps down the screen.
test.each([
  ["fails", (home: string) => inFront(home, "stty", "exit 1"), "failed; by itself it says why."],
  ["is missing", (home: string) => `${home}/nothing`, "found no such program."],
])("lap reset says so where stty %s, line by line", async (_, path, says) => {
  using home = new TemporaryHome();
  const env = { HOME: home.path, OTHER: path(home.path) };
  const script = `stty raw -echo; PATH=$OTHER "$0" reset; echo "code=$?"`;
  using pty = new Pty(["sh", "-c", script, LAP], { env, columns: 120 });
  expect(await pty.exit()).toBe(0);
  const lines = pty.lines().filter((line) => line !== "");
  expect(lines).toEqual([
    expect.stringMatching(/^✗ what programs had switched on is off again/),
    expect.stringMatching(/^ {2}`stty sane` does that/),
    "code=1",
  ]);
  expect(lines[1]).toEndWith(says);
});
