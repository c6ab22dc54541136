import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Platform, startPlatform } from "../../src/demo/platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { lap, PROMPT, SHELL } from "../support/lap.ts";
import type { Pty } from "../support/pty.ts";
import { TmuxTty } from "../support/tmux-tty.ts";
import { waitFor } from "../support/wait.ts";

const ALSO = "is joined to this session too: its size follows whoever types";

/** Two terminals on one session: with tmux in the sandbox, as real ones have it. */
describe.skipIf(!Bun.which("tmux"))("two terminals on one session", () => {
  const folder = mkdtempSync(join(tmpdir(), "lap-sandbox-"));
  const env = { PS1: PROMPT, HOME: folder, PATH: process.env.PATH, LC_ALL: "C.UTF-8" };
  let platform: Platform;

  beforeAll(() => {
    platform = startPlatform({
      agents: [{ name: "box", harness_id: "claude-code", command: SHELL, env, cwd: folder }],
      openTty: () => new TmuxTty(SHELL, env),
    });
  });
  afterAll(async () => {
    await platform.stop();
    rmSync(folder, { recursive: true });
  });

  let asked = 0;
  /** Asks the shell in the sandbox for its width, from a terminal; that is the last to type then. */
  async function widthAsTypedBy(pty: Pty, expected: number): Promise<void> {
    await waitFor(
      async () => {
        const answer = new RegExp(`width ${++asked} is (\\d+)`);
        pty.type(`clear; echo width ${asked} is $(tput cols)\r`);
        await pty.shows(answer);
        return answer.exec(pty.screen())?.[1] === `${expected}`;
      },
      () => `a width of ${expected}; the screen shows:\n${pty.screen()}`,
    );
  }

  async function two(home: TemporaryHome) {
    const first = lap(home, ["box", "--new"], { platform, columns: 80, rows: 24 });
    await first.shows(PROMPT);
    first.type("echo he''re\r");
    await first.shows(/^here$/m);
    const { id } = platform.sessions[0] as { id: string };
    return { first, id };
  }

  const present = (home: TemporaryHome) => {
    const attached = join(home.path, ".lap", "attached");
    return existsSync(attached) ? readdirSync(attached).length : 0;
  };

  test("see the same, type into the same, and its size follows whoever types", async () => {
    using home = new TemporaryHome();
    const { first, id } = await two(home);
    using _first = first;
    using second = lap(home, ["attach", id.slice(0, 8)], { platform, columns: 100, rows: 30 });
    await second.shows(/^here$/m);
    expect(second.text()).toContain(
      `another lap on this machine (pid ${first.process.pid}) ${ALSO}`,
    );
    expect(first.text()).not.toContain("another lap");
    expect(present(home)).toBe(2);

    await widthAsTypedBy(second, 100);
    await widthAsTypedBy(first, 80);
    second.type("clear; echo from the sec''ond\r");
    await second.shows(/^from the second$/m);
    await first.shows(/^from the second$/m);
    await widthAsTypedBy(second, 100);

    // The larger one leaves: the session is the first one's again, without a key.
    second.type("\x04");
    expect(await second.exit()).toBe(0);
    expect(present(home)).toBe(1);
    await widthAsTypedBy(first, 80);
    first.type("\x04");
    expect(await first.exit()).toBe(0);
    expect(present(home)).toBe(0);
  });

  test("one of them looking on: the size is that of who types, and it says so", async () => {
    using home = new TemporaryHome();
    const { first, id } = await two(home);
    using _first = first;
    using onlooker = lap(home, ["attach", "--read-only", id], { platform, columns: 100, rows: 30 });
    await onlooker.shows("here");
    expect(onlooker.text()).toContain(
      "it has the size of whoever types there, not of this terminal",
    );
    await widthAsTypedBy(first, 80);
    onlooker.type("\x04");
    expect(await onlooker.exit()).toBe(0);
    first.type("\x04");
    expect(await first.exit()).toBe(0);
  });

  test("one of them killed: nobody is told of it any more, and its note is gone", async () => {
    using home = new TemporaryHome();
    const { first, id } = await two(home);
    first.process.kill("SIGKILL");
    await first.process.exited;
    first[Symbol.dispose]();
    expect(present(home)).toBe(1);
    using second = lap(home, ["attach", id], { platform });
    await second.shows(PROMPT);
    expect(second.text()).not.toContain("another lap");
    expect(present(home)).toBe(1);
    second.type("\x04");
    expect(await second.exit()).toBe(0);
    expect(present(home)).toBe(0);
  });
});
