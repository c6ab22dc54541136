import { describe, expect, test } from "bun:test";
import { TemporaryHome } from "../support/home.ts";
import { inEachProgram, type ShellWithLap } from "../support/programs.ts";
import { waitFor } from "../support/wait.ts";

const LAP_KEY = "\x1d";

const ENDS: [name: string, code: number, end: (outer: ShellWithLap) => unknown][] = [
  ["a detach", 0, (outer) => outer.type("\x04")],
  ["the lap key and d", 0, (outer) => outer.type(`${LAP_KEY}d`)],
  [
    "the lap key, k and y",
    0,
    async (outer) => {
      outer.type(`${LAP_KEY}k`);
      await outer.shows("Stop this session?");
      outer.type("y");
    },
  ],
  ["the program's own end", 0, (outer) => outer.type("\rexit\r")],
  ["SIGTERM", 143, ({ pid }) => process.kill(pid, "SIGTERM")],
  ["SIGHUP", 129, ({ pid }) => process.kill(pid, "SIGHUP")],
  ["SIGINT from elsewhere", 130, ({ pid }) => process.kill(pid, "SIGINT")],
];

/** The program has turned on what a coding agent does. */
async function turnsModesOn(outer: ShellWithLap): Promise<void> {
  outer.type("cat modes; read line\r");
  await outer.shows("the agent's screen");
  await waitFor(() => outer.emulator.modes.mouseTrackingMode === "drag", "the modes");
}

function expectAsFound({ emulator }: ShellWithLap): void {
  expect(emulator.buffer.active.type).toBe("normal");
  expect(emulator.modes).toEqual({
    applicationCursorKeysMode: false,
    applicationKeypadMode: false,
    bracketedPasteMode: false,
    insertMode: false,
    mouseTrackingMode: "none",
    originMode: false,
    reverseWraparoundMode: false,
    sendFocusMode: false,
    synchronizedOutputMode: false,
    wraparoundMode: true,
  });
}

inEachProgram((box) => {
  describe("the local terminal is as it was found after", () => {
    for (const [name, code, end] of ENDS) {
      test(name, async () => {
        using home = new TemporaryHome();
        using outer = await box.openInShell(home);
        await turnsModesOn(outer);
        await end(outer);
        await outer.shows(new RegExp(`^code=${code}$`, "m"));
        expectAsFound(outer);
        const [before, now] = await outer.modesBeforeAndNow();
        expect(now).toBe(before);
        const { active } = outer.emulator.buffer;
        expect(active.getLine(active.baseY)?.getCell(0)?.isFgDefault()).toBe(true);
      });
    }

    test("a detach while the terminal's answers are still on their way", async () => {
      using home = new TemporaryHome();
      using outer = await box.openInShell(home, { answersAfter: 120 });
      outer.type("printf '\\033[c\\033[>c\\033[6n'; echo as''ked\r");
      await outer.shows(/^.*asked$/m);
      outer.type("\x04");
      await outer.shows(/^code=0$/m);
      await waitFor(() => outer.answering === 0, "the answers to be given");
      outer.type("echo clean\r");
      await outer.shows(/^clean$/m);
      expect(outer.screen()).not.toMatch(/\d+;\d+[cR]/);
    });
  });

  test("the lap key and z: the shell's terminal is its own, and fg paints at the new size", async () => {
    using home = new TemporaryHome();
    using outer = await box.openInShell(home);
    outer.type("./painter\r");
    await outer.shows(`painted at ${box.rowsOf(24)} 80`);
    await waitFor(() => outer.emulator.modes.mouseTrackingMode === "vt200", "the mouse");
    outer.type(`${LAP_KEY}z`);
    await outer.shows("Stopped");
    expectAsFound(outer);
    const [before, now] = await outer.modesBeforeAndNow();
    expect(now).toBe(before);
    outer.resize(90, 30);
    outer.type("fg\r");
    await outer.shows(`painted at ${box.rowsOf(30)} 90`);
    expect(outer.emulator.buffer.active.type).toBe("alternate");
    expect(outer.emulator.modes.mouseTrackingMode).toBe("vt200");
    outer.type("\x04");
    await outer.shows("detached");
    expectAsFound(outer);
  });

  test("stopped and continued from elsewhere, it paints at the size of now", async () => {
    using home = new TemporaryHome();
    using pty = await box.open(home);
    pty.type("./painter\r");
    await pty.shows(`painted at ${box.rowsOf(24)} 80`);
    pty.process.kill("SIGSTOP");
    pty.resize(90, 30);
    pty.emulator.write("\x1b[2J");
    pty.process.kill("SIGCONT");
    await pty.shows(`painted at ${box.rowsOf(30)} 90`);
    pty.type("\x03echo back he''re\r");
    await pty.shows(/back here$/m);
  });
});
