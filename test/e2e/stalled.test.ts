import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { onlyChild } from "../support/children.ts";
import { TemporaryHome } from "../support/home.ts";
import { TAKEN_OVER } from "../support/join.ts";
import { LAP, SHELL } from "../support/lap.ts";
import { Pty } from "../support/pty.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";

const FLOOD = "flooding the screen\r\n".repeat(200);

/** Lap in a shell, at a terminal that takes no more of what the sandbox floods it with. */
class Stalled implements AsyncDisposable {
  readonly home = new TemporaryHome();
  readonly sandbox = new ScriptedSandbox();
  readonly pty: Pty;

  private constructor() {
    const env = { HOME: this.home.path, PS1: "outer$ ", ...this.sandbox.login };
    this.pty = new Pty(SHELL, { env });
  }

  static async start(): Promise<Stalled> {
    const stalled = new Stalled();
    const { pty, sandbox, home } = stalled;
    await pty.shows("outer$");
    pty.type(`stty -a >${home.path}/before; ${LAP} ${sandbox.agent}; echo code=$?\r`);
    await waitFor(() => pty.text().includes(TAKEN_OVER), "lap to take the terminal over");
    await sandbox.joined();
    sandbox.send("\x1b[?1049h\x1b[?1000h\x1b[31mthe agent's screen");
    await pty.shows("the agent's screen");
    pty.stall(true);
    // Only behind a key is it sure that the terminal takes no more.
    pty.type("k");
    await sandbox.received("k");
    void sandbox.flood(FLOOD, 5000);
    await waitFor(() => sandbox.held, "the flood to be held back");
    return stalled;
  }

  /** The terminal reads again, and is as it was before lap. */
  async isAsBefore(code: number): Promise<void> {
    const { pty, home } = this;
    pty.stall(false);
    await pty.shows(`code=${code}`);
    expect(pty.emulator.buffer.active.type).toBe("normal");
    expect(pty.emulator.modes.mouseTrackingMode).toBe("none");
    // oxlint-disable-next-line no-control-regex
    expect(pty.text()).toMatch(/\x1b\[\?1049l[^]*code=/);
    pty.type(`stty -a >${home.path}/after; echo wri""tten\r`);
    await pty.shows("written");
    const [before, after] = ["before", "after"].map((file) =>
      readFileSync(`${home.path}/${file}`, "utf8"),
    );
    expect(after).toBe(before as string);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pty[Symbol.dispose]();
    await this.sandbox[Symbol.asyncDispose]();
    this.home[Symbol.dispose]();
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe.skipIf(process.platform !== "linux")(
  "at a terminal that does not read, lap ends by",
  () => {
    test.each([
      ["SIGTERM", 143, ""],
      ["SIGHUP", 129, ""],
      ["SIGQUIT", 131, ""],
      ["SIGTERM behind a detach", 143, "\x04"],
      ["SIGTERM behind a suspend", 143, "\x1dz"],
    ] as const)("%s, and all is undone once it reads again", async (name, code, keys) => {
      await using stalled = await Stalled.start();
      const { pty, sandbox } = stalled;
      const pid = onlyChild(pty.process.pid);
      pty.type(keys);
      if (keys === "\x04") {
        await waitFor(() => sandbox.socket === undefined, "the connection to be closed");
      }
      process.kill(pid, name.split(" ")[0] as NodeJS.Signals);
      await waitFor(() => !isAlive(pid), "lap to end");
      await stalled.isAsBefore(code);
    });
  },
);
