import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { type Platform, startPlatform } from "../../src/demo/platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { LAP, lap, PROMPT, SHELL } from "../support/lap.ts";
import type { Pty } from "../support/pty.ts";
import { TmuxTty } from "../support/tmux-tty.ts";
import { waitFor } from "../support/wait.ts";

/** Types a command again and again, for what tmux only comes to in its own time. */
async function showsAfter(pty: Pty, command: string, expected: RegExp): Promise<void> {
  await waitFor(
    () => {
      pty.type(command);
      return expected.test(pty.screen());
    },
    () => `${expected} after ${command}; the screen shows:\n${pty.screen()}`,
  );
}

/** Real programs in the sandbox: a bare shell, and a shell in tmux as real sandboxes have it. */
for (const kind of ["a plain shell", "tmux"] as const) {
  const missing = kind === "tmux" && !Bun.which("tmux"); // .ci/run installs it
  describe.skipIf(missing)(`in a sandbox with ${kind}`, () => {
    const folder = mkdtempSync(joinPath(tmpdir(), "lap-sandbox-"));
    const env = { PS1: PROMPT, HOME: folder, PATH: process.env.PATH, LC_ALL: "C.UTF-8" };
    let platform: Platform;

    beforeAll(() => {
      platform = startPlatform({
        agents: [{ name: "box", harness_id: "claude-code", command: SHELL, env, cwd: folder }],
        ...(kind === "tmux" ? { openTty: () => new TmuxTty(SHELL, env) } : {}),
      });
    });
    afterAll(async () => {
      await platform.stop();
      rmSync(folder, { recursive: true });
    });

    /** A session of its own, at its prompt. */
    async function open(home: TemporaryHome) {
      const pty = lap(home, ["box", "--new"], { platform });
      await pty.shows(PROMPT);
      pty.type(`cd ${folder}; clear; echo op""ened\r`);
      await pty.shows(/^opened$/m);
      return pty;
    }

    test("wide characters and emoji are whole, and the size is followed", async () => {
      using home = new TemporaryHome();
      using pty = await open(home);
      pty.type("printf '%s\\n' 'wide 世界 🎉 é'; tput cols\r");
      await pty.shows("wide 世界 🎉 é");
      await pty.shows(/^80$/m);
      pty.resize(61, 20);
      await showsAfter(pty, "tput cols\r", /^61$/m);
    });

    test("a full-screen program moves with LF and lands where it means to", async () => {
      using home = new TemporaryHome();
      using pty = await open(home);
      pty.type("stty -opost; printf '\\033[2J\\033[5;10Hx\\ny\\nz'; stty opost; read\r");
      await pty.shows(/^ {9}x\n {10}y\n {11}z$/m);
    });

    test("a quarter of a megabyte typed through it arrives byte for byte", async () => {
      using home = new TemporaryHome();
      using pty = await open(home);
      const size = 256 * 1024;
      // tmux reads escape sequences itself, so what is typed is every byte but ESC and lap's own keys.
      const every = Array.from({ length: 256 }, (_, byte) => byte);
      const bytes = Buffer.alloc(
        size,
        Buffer.from(every.filter((b) => ![0x1b, 4, 0x1d, 2].includes(b) && b < 128)),
      );
      pty.type(`stty raw -echo; echo go; head -c ${size} > typed; stty sane; echo got\r`);
      await pty.shows(/^ *go$/m);
      pty.type(bytes);
      await pty.shows(/^ *got$/m);
      const sum = (data: Buffer) => createHash("sha256").update(data).digest("hex");
      expect(sum(readFileSync(joinPath(folder, "typed")))).toBe(sum(bytes));
    });

    test("a program is left running, and found again with what it did meanwhile", async () => {
      using home = new TemporaryHome();
      {
        using pty = await open(home);
        pty.type("kept=yes; read line; echo read $line\r");
        await pty.shows("read $line");
        pty.type("\x1b[100;5u");
        expect(await pty.exit()).toBe(0);
        expect(pty.screen()).toContain("detached");
        expect(pty.emulator.buffer.active.type).toBe("normal");
        expect(pty.emulator.modes.applicationCursorKeysMode).toBe(false);
        expect(pty.emulator.modes.bracketedPasteMode).toBe(false);
      }
      using again = lap(home, ["box"], { platform });
      await again.shows("kept=yes");
      again.type("on with it\r");
      await again.shows("read on with it");
      again.type("echo $kept\r");
      await again.shows(/^yes$/m);
    });

    test("the lap key's note leaves no trace on the screen", async () => {
      using home = new TemporaryHome();
      using pty = await open(home);
      pty.type("echo here before\r");
      await pty.shows(/^here before\nready>/m);
      // tmux's last line tells the time.
      const shown = () => pty.lines().slice(0, -1).join("\n");
      const before = shown();
      pty.type("\x1d?");
      await pty.shows("connection info");
      pty.type("q");
      await waitFor(
        () => shown() === before,
        () => `the screen as it was; it is\n${pty.screen()}`,
      );
    });

    test("Ctrl-C ends a flood", async () => {
      using home = new TemporaryHome();
      using pty = await open(home);
      pty.type("yes flooding the screen\r");
      await pty.shows("flooding");
      pty.type("\x03");
      pty.type("echo quiet again\r");
      await pty.shows(/^quiet again$/m);
    });

    test("its own end is told from a loss", async () => {
      using home = new TemporaryHome();
      using pty = await open(home);
      pty.type("exit\r");
      expect(await pty.exit()).toBe(0);
      expect(pty.screen()).toContain("[ws closed] the program in the sandbox ended.");
    });

    test("a command piped in is run, and what it prints comes out", async () => {
      using home = new TemporaryHome();
      const piped = Bun.spawn([LAP, "box", "--new", "--no-tty"], {
        env: {
          PATH: process.env.PATH,
          HOME: home.path,
          LAP_URL: platform.url,
          LAP_KEY: platform.key,
        },
        stdin: Buffer.from('echo pip""ed\n'),
        stdout: "pipe",
        stderr: "ignore",
      });
      expect(await new Response(piped.stdout).text()).toContain("piped");
      expect(await piped.exited).toBe(0);
    });

    test("a looker-on changes nothing", async () => {
      using home = new TemporaryHome();
      using pty = await open(home);
      pty.type("echo to be seen\r");
      await pty.shows(/^to be seen$/m);
      const { id } = JSON.parse(readFileSync(home.state, "utf8")).sessions[platform.url][
        platform.agents[0]?.id as string
      ] as { id: string };
      using other = lap(home, ["attach", "--read-only", id], { platform, columns: 100, rows: 30 });
      await other.shows("to be seen");
      other.type("exit\r");
      // The size follows whoever typed last, which a looker-on never does.
      await showsAfter(pty, "tput cols\r", /^80$/m);
      other.type("\x04");
      expect(await other.exit()).toBe(0);
    });
  });
}
