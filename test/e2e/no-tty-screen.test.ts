import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { startPlatform } from "../../src/demo/platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { LAP, SHELL } from "../support/lap.ts";
import { Pty, type PtyOptions } from "../support/pty.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";

const FAREWELL = "\r\n[bridge] process exited (code=0, signal=0)\r\n";
/** What a full-screen program turns on, and asks. */
const SCREEN =
  "\x1b]2;a program\x07\x1b[?1049h\x1b[?1h\x1b=\x1b[?1003h\x1b[?1006h\x1b[?1004h\x1b[?2004h\x1b[>1u" +
  "\x1b[?25l\x1b[4;20r\x1b[c\x1b[>c\x1b[6n\x1b[cfull screen";

/** A pipe typed into a shell whose terminal shows what comes of it. */
async function typed(
  home: TemporaryHome,
  env: Record<string, string>,
  line: string,
  options: PtyOptions = {},
): Promise<Pty> {
  const outer = new Pty(SHELL, {
    ...options,
    env: { HOME: home.path, PS1: "outer$ ", LAP, ...env },
  });
  await outer.shows("outer$");
  outer.type("mkfifo ~/endless; exec 3<>~/endless; stty -a >~/before; clear\r");
  await outer.shows(/^outer\$$/);
  outer.type(`${line}; echo code=$?\r`);
  return outer;
}

/** The terminal is as it was, and no answer of its has reached the shell. */
async function expectClean(outer: Pty, home: TemporaryHome): Promise<void> {
  const { modes, buffer } = outer.emulator;
  expect(buffer.active.type).toBe("normal");
  expect(modes).toMatchObject({
    applicationCursorKeysMode: false,
    applicationKeypadMode: false,
    mouseTrackingMode: "none",
    sendFocusMode: false,
  });
  outer.type("stty -a >~/after; echo clean\r");
  await outer.shows(/^clean$/m);
  expect(outer.text()).not.toMatch(/\^\[\[|command not found/);
  expect(outer.screen()).not.toMatch(/\d+;\d+[cR]/);
  const [before, after] = ["before", "after"].map((file) =>
    readFileSync(`${home.path}/${file}`, "utf8"),
  );
  expect(after).toBe(before as string);
}

describe("a pipe whose output goes to a terminal leaves nothing behind after", () => {
  const ends: [name: string, line: string, code: number, end: (it: Run) => unknown][] = [
    ["silence", "echo ls | $LAP box --no-tty", 0, () => {}],
    [
      "the program's own end",
      "$LAP box --no-tty <&3",
      0,
      ({ sandbox }) => [sandbox.send(FAREWELL), sandbox.socket?.close()],
    ],
    ["a lost link", "$LAP box --no-tty <&3", 255, ({ sandbox }) => sandbox.socket?.terminate()],
    ["Ctrl-C", "$LAP box --no-tty <&3", 130, ({ outer }) => outer.type("\x03")],
    [
      "SIGTERM",
      `sh -c 'echo $$ >~/pid; exec "$LAP" box --no-tty <&3'`,
      143,
      ({ home }) => process.kill(Number(readFileSync(`${home.path}/pid`, "utf8")), "SIGTERM"),
    ],
  ];
  interface Run {
    outer: Pty;
    sandbox: ScriptedSandbox;
    home: TemporaryHome;
  }
  for (const answersAfter of [undefined, 700]) {
    for (const [name, line, code, end] of ends) {
      test(`${name}, at a terminal ${answersAfter ? "far away" : "near by"}`, async () => {
        using home = new TemporaryHome();
        await using sandbox = new ScriptedSandbox();
        using outer = await typed(home, sandbox.login, line, answersAfter ? { answersAfter } : {});
        await waitFor(() => sandbox.pings > 0, "lap to have joined");
        sandbox.send(SCREEN);
        await outer.shows("full screen");
        await end({ outer, sandbox, home });
        await outer.shows(new RegExp(`^code=${code}$`, "m"));
        await expectClean(outer, home);
      });
    }
  }

  test.skipIf(!Bun.which("tmux"))("a sandbox with tmux", async () => {
    using home = new TemporaryHome();
    const socket = `lap-pipe-${process.pid}`;
    const tmux = ["tmux", "-L", socket, "-f", "/dev/null"];
    const command = [...tmux, "new-session", "-A", "-s", "lap", "sh"];
    const platform = startPlatform({ agents: [{ name: "box", harness_id: "codex", command }] });
    try {
      const env = { LAP_URL: platform.url, LAP_KEY: platform.key };
      using outer = await typed(home, env, "echo 'echo hi' | $LAP box --no-tty");
      await outer.shows(/^code=0$/m);
      await expectClean(outer, home);
    } finally {
      Bun.spawnSync([...tmux, "kill-server"]);
      await platform.stop();
    }
  });
});

describe("a pipe whose output goes to a terminal", () => {
  test("asks nothing of a terminal that was asked nothing, and leaves what is typed to the shell", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using outer = await typed(home, sandbox.login, "echo ls | $LAP box --no-tty");
    await sandbox.received("ls");
    sandbox.send("\x1b[31mwords");
    await outer.shows("words");
    outer.type("echo ahe''ad\r");
    await outer.shows(/^ahead$/m);
    expect(outer.text()).not.toContain("\x1b[c");
    await expectClean(outer, home);
  });

  test("that is stdin too shows what is typed, and is left as it was", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using outer = await typed(home, sandbox.login, "$LAP box --no-tty");
    await waitFor(() => sandbox.pings > 0, "lap to have joined");
    sandbox.send("\x1b[?1003hprogram ");
    await outer.shows("program");
    outer.type("typed\r");
    await sandbox.received("typed\n");
    sandbox.send(`\x1b[c\x1b[>cquestion${FAREWELL}`);
    sandbox.socket?.close();
    await outer.shows(/^code=0$/m);
    expect(outer.screen()).toContain("program typed");
    outer.type("stty -a >~/after; cmp ~/before ~/after && echo same\r");
    await outer.shows(/^same$/m);
    expect(outer.emulator.modes.mouseTrackingMode).toBe("none");
    expect(outer.screen()).not.toContain("command not found");
  });

  test("gives the terminal back while it is stopped, and in the background leaves it alone", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using outer = await typed(home, sandbox.login, "$LAP box --no-tty <&3");
    await waitFor(() => sandbox.pings > 0, "lap to have joined");
    sandbox.send("\x1b[cquestion");
    await outer.shows("question");
    outer.type("\x1a");
    await outer.shows("Stopped");
    outer.type("stty -a >~/after; cmp ~/before ~/after && echo same; bg\r");
    await outer.shows(/^same$/m);
    sandbox.send("\x1b[?1003hlater");
    await outer.shows("later");
    sandbox.send(FAREWELL);
    sandbox.socket?.close();
    await outer.shows("[ws closed]");
    outer.type("wait; jobs; echo over\r");
    await outer.shows(/^over$/m);
    expect(outer.screen()).not.toMatch(/Stopped \(tty/);
    expect(outer.emulator.modes.mouseTrackingMode).toBe("none");
  });

  test("that is stdin too is given back while it is stopped, and after that as well", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using outer = await typed(home, sandbox.login, "$LAP box --no-tty");
    await waitFor(() => sandbox.pings > 0, "lap to have joined");
    sandbox.send("\x1b[cquestion");
    await outer.shows("question");
    outer.type("\x1a");
    await outer.shows("Stopped");
    outer.type("stty -a >~/after; cmp ~/before ~/after && echo same; fg; echo code=$?\r");
    await outer.shows(/^same$/m);
    outer.type("typed\r");
    await sandbox.received("typed\n");
    expect(sandbox.input.toString()).toBe("typed\n");
    outer.type("\x03");
    await outer.shows(/^code=130$/m);
    outer.type("stty -a >~/after; cmp ~/before ~/after && echo the same\r");
    await outer.shows(/^the same$/m);
    expect(outer.screen()).not.toContain("command not found");
  });

  test("without a controlling terminal undoes what was changed, and asks nothing", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using outer = await typed(home, sandbox.login, "echo ls | setsid -w $LAP box --no-tty");
    await sandbox.received("ls");
    sandbox.send("\x1b[?1049h\x1b[?1003hwords\x1b[c");
    await outer.shows(/^code=0$/m);
    expect(outer.emulator.buffer.active.type).toBe("normal");
    expect(outer.emulator.modes.mouseTrackingMode).toBe("none");
    expect(outer.text().split("\x1b[c")).toHaveLength(2);
  });
});

test("a pipe's output that goes to no terminal passes as it is", async () => {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox();
  using outer = await typed(home, sandbox.login, "echo ls | $LAP box --no-tty >~/out");
  await sandbox.received("ls");
  sandbox.send(SCREEN);
  await outer.shows(/^code=0$/m);
  expect(readFileSync(`${home.path}/out`, "utf8")).toBe(SCREEN);
});
