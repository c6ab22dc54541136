import { describe, expect, test } from "bun:test";
import { FaultProxy } from "../support/fault-proxy.ts";
import { TemporaryHome } from "../support/home.ts";
import { join } from "../support/join.ts";
import type { Pty } from "../support/pty.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";

const LAP_KEY = "\x1d";
const LOST = "connection lost";
const FULL_SCREEN = "\x1b[?1049h\x1b[?1000h\x1b[2J\x1b[Hfirst line\r\nsecond line";

/** Waits until the cut connection is replaced and the sandbox sees the new one. */
async function returned(sandbox: ScriptedSandbox, connections: number): Promise<void> {
  await waitFor(() => sandbox.connections === connections, "lap to come back");
}

async function gone(pty: Pty, text: string): Promise<void> {
  await waitFor(
    () => !pty.screen().includes(text),
    () => `'${text}' to go; the screen shows:\n${pty.screen()}`,
  );
}

describe("a lost connection", () => {
  test("is made anew at once, with the size first and the screen right afterwards", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    sandbox.send(`${FULL_SCREEN}\x1b(0`);
    await pty.shows("second line");
    sandbox.frames.length = 0;
    sandbox.socket?.terminate();
    await returned(sandbox, 2);
    await waitFor(() => sandbox.control.length > 0, "the size");
    sandbox.send(FULL_SCREEN.replace("\x1b[?1000h", ""));
    await gone(pty, LOST);
    expect(pty.lines().slice(0, 3)).toEqual(["first line", "second line", ""]);
    // What the first program turned on and the second did not is off.
    expect(pty.emulator.modes.mouseTrackingMode).toBe("none");
    expect(sandbox.control).toEqual([{ type: "resize", cols: 80, rows: 24 }]);
    pty.type("\x04");
    expect(await pty.exit()).toBe(0);
  });

  test("is shown in one line over a full screen, and gone when back", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    sandbox.send(FULL_SCREEN);
    await pty.shows("second line");
    sandbox.cut();
    await pty.shows(LOST);
    expect(pty.lines()[0]).toMatch(/^ connection lost.* · Enter: now · Ctrl-D: detach/);
    expect(pty.lines()[1]).toBe("second line");
    // Time enough for the Enter to be read before lap comes back by itself, to which it would be sent then.
    await pty.shows(/next try in [2-9] s/);
    sandbox.restore();
    pty.type("\r");
    await returned(sandbox, 2);
    sandbox.send(FULL_SCREEN);
    await gone(pty, LOST);
    expect(pty.lines().slice(0, 3)).toEqual(["first line", "second line", ""]);
    // Enter by itself was for lap.
    expect(sandbox.input.toString()).toBe("");
  });

  test("is shown below the output of a plain program, which is kept", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    sandbox.send("one\r\ntwo\r\n$ ");
    await pty.shows("two");
    sandbox.cut();
    await pty.shows(LOST);
    expect(pty.lines().slice(0, 3)).toEqual(["one", "two", "$ "]);
    expect(pty.lines()[3]).toStartWith(" connection lost");
    sandbox.restore();
    pty.type("\r");
    await returned(sandbox, 2);
    sandbox.send("two\r\n$ ");
    await pty.shows(/^two\n\$$/);
    const { normal } = pty.emulator.buffer;
    expect(normal.getLine(0)?.translateToString(true)).toBe("one");
  });

  test("is made anew though the remote stays silent, and its line goes", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    sandbox.send("$ ");
    await pty.shows("$");
    sandbox.cut();
    await pty.shows(LOST);
    sandbox.restore();
    pty.type("\r");
    await returned(sandbox, 2);
    await pty.shows(/^\$$/);
  });

  test("behind a note of lap's is told of no more once it is over, and what was there stays", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using network = new FaultProxy(sandbox.port);
    using pty = await join(home, sandbox, [], { env: { LAP_URL: network.url } });
    sandbox.send("line one\r\n$ half typed");
    await pty.shows("half typed");
    pty.type(`${LAP_KEY}i`);
    await pty.shows("round trip");
    network.set({ kind: "cut", by: "reset" });
    await returned(sandbox, 2);
    pty.type("q");
    await gone(pty, "round trip");
    // The title comes back once the remote has had its time to paint.
    await waitFor(() => pty.text().includes("\x1b[23;0t"), "the loss to be over");
    expect(pty.screen()).toBe("line one\n$ half typed");
    expect(pty.text()).not.toContain(`\x1b[7m ${LOST}`);
  });

  test("keeps what is typed meanwhile, in order and once, behind the remote's first word", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    sandbox.send(FULL_SCREEN);
    pty.type("before ");
    await sandbox.received("before ");
    sandbox.cut();
    await pty.shows(LOST);
    // A click, a move and the window's focus: the terminal's, for a program that is not there.
    pty.type("while \x1b[<0;10;10M\x1b[<0;10;10m\x1b[I");
    await pty.shows("6 B kept");
    pty.type("away\r");
    sandbox.restore();
    await returned(sandbox, 2);
    pty.type("after");
    sandbox.send(FULL_SCREEN);
    await sandbox.received("after");
    expect(sandbox.input.toString()).toBe("before while away\rafter");
  });

  test("asks before a paste made meanwhile is sent", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    sandbox.send(`\x1b[?2004h${FULL_SCREEN}`);
    await pty.shows("second line");
    sandbox.cut();
    await pty.shows(LOST);
    for (const [text, answer] of [
      ["wanted", "y"],
      ["unwanted", "n"],
    ]) {
      pty.type(`\x1b[200~${text}\x1b[201~`);
      await pty.shows("You pasted");
      pty.type(answer as string);
      await gone(pty, "You pasted");
    }
    sandbox.restore();
    pty.type("\r");
    await returned(sandbox, 2);
    sandbox.send(FULL_SCREEN);
    pty.type("end");
    await sandbox.received("end");
    expect(sandbox.input.toString()).toBe("\x1b[200~wanted\x1b[201~\rend");
  });

  test("leaves the lap key and the way out working", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    sandbox.send(FULL_SCREEN);
    await pty.shows("second line");
    sandbox.cut();
    await pty.shows(LOST);
    pty.type(`${LAP_KEY}i`);
    await pty.shows("(connection lost)");
    pty.type("q");
    await gone(pty, "round trip");
    await pty.shows(LOST);
    pty.type("unsent\x04");
    expect(await pty.exit()).toBe(0);
    expect(pty.screen()).toContain("detached — the session lives on.");
    expect(pty.screen()).toContain("6 bytes that you typed were not sent");
    expect(pty.emulator.buffer.active.type).toBe("normal");
  });

  test("to a session that starts again is waited for, with its phase", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    sandbox.send(FULL_SCREEN);
    await pty.shows("second line");
    sandbox.status = "creating";
    sandbox.socket?.terminate();
    await pty.shows("the sandbox is starting again: creating");
    sandbox.status = "ready";
    pty.type("\r");
    await returned(sandbox, 2);
    sandbox.send(FULL_SCREEN);
    await gone(pty, "starting again");
    pty.type("\x04");
    expect(await pty.exit()).toBe(0);
  });

  test.each([
    ["dead", "idle timeout", "is dead: idle timeout"],
    ["failed", "oom killed", "is failed: oom killed"],
  ])("to a session that is %s ends with its reason", async (status, reason, words) => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    sandbox.status = status;
    sandbox.failureReason = reason;
    sandbox.socket?.terminate();
    expect(await pty.exit()).toBe(255);
    expect(pty.screen()).toContain(`[ws closed] session ${sandbox.session} ${words}`);
  });

  test("with --no-reconnect is the end", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox, ["--no-reconnect"]);
    sandbox.socket?.terminate();
    expect(await pty.exit()).toBe(255);
    expect(pty.screen()).toContain("[ws closed] the connection was lost (1006");
    expect(sandbox.connections).toBe(1);
  });

  test("is asked about at once after lap was stopped and goes on", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    sandbox.send(FULL_SCREEN);
    await pty.shows("second line");
    pty.process.kill("SIGSTOP");
    sandbox.socket?.terminate();
    await waitFor(() => sandbox.socket === undefined, "the connection's end");
    pty.process.kill("SIGCONT");
    await returned(sandbox, 2);
    sandbox.send(FULL_SCREEN);
    pty.type("typed");
    await sandbox.received("typed");
  });
});

describe("a session is kept warm", () => {
  const bumps = ({ requests }: ScriptedSandbox) =>
    requests.filter((request) => request.endsWith("/stream")).length;

  test("while something comes or goes, and let go after a warning", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    sandbox.idleTimeoutMs = 1_200;
    using pty = await join(home, sandbox);
    await waitFor(() => bumps(sandbox) === 1, "joining to count");
    sandbox.send("output");
    await pty.shows("platform ends this session at");
    const quiet = bumps(sandbox);
    pty.type("x");
    await waitFor(() => bumps(sandbox) > quiet, "a key to keep it");
    await gone(pty, "platform ends");
    // The key was for lap: it took the remark away.
    expect(sandbox.input.toString()).toBe("");
    pty.type("\x04");
    expect(await pty.exit()).toBe(0);
    expect(pty.screen()).toContain("Left alone, the platform ends it in about 1 s.");
  });

  test("with --keep-alive though nothing comes or goes", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    sandbox.idleTimeoutMs = 600;
    using pty = await join(home, sandbox, ["--keep-alive"]);
    await waitFor(() => bumps(sandbox) > 4, "lap to keep it");
    expect(pty.screen()).not.toContain("platform ends");
  });

  test("without a terminal as well", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    sandbox.idleTimeoutMs = 900;
    const lap = Bun.spawn([`${import.meta.dir}/../../dist/lap`, sandbox.agent, "--no-tty"], {
      env: { HOME: home.path, PATH: process.env.PATH, ...sandbox.login },
      stdin: "pipe",
      stdout: "ignore",
      stderr: "ignore",
    });
    await sandbox.joined();
    sandbox.send("output");
    await waitFor(() => bumps(sandbox) > 0, "lap to keep it");
    lap.kill();
    await lap.exited;
  });
});
