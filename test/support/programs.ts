import { afterAll, beforeAll, describe } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Platform, startPlatform } from "../../src/demo/platform.ts";
import { SharedPty } from "../../src/demo/pty.ts";
import type { Session } from "../../src/demo/sessions.ts";
import type { TemporaryHome } from "./home.ts";
import { LAP, lap, type LapOptions, PROMPT, SHELL } from "./lap.ts";
import { Pty, type PtyOptions } from "./pty.ts";
import { TmuxTty } from "./tmux-tty.ts";
import { Wire } from "./wire.ts";

/** What a coding agent turns on when it starts. */
export const MODES =
  "\x1b]0;agent\x07\x1b[?1049hthe agent's screen\x1b[?2004h\x1b[?1004h\x1b[?1h\x1b=\x1b[?1002h\x1b[?1006h\x1b[?25l\x1b[?7l" +
  "\x1b[4 q\x1b[5;20r\x1b(0\x1b[31m\x1b[>1u\x1b[>4;2m\x1b[?2031h";

/** A full-screen program: says its size, and says it anew whenever it is told of another. */
const PAINTER = `#!/bin/bash
paint() { printf '\\033[?1049h\\033[?1000h\\033[H\\033[2Jpainted at %s' "$(stty size)"; }
trap paint WINCH
paint
sleep 1000 &
while kill -0 $!; do wait; done
`;

/**
 * Runs the same checks in a sandbox with a bare shell, and in one with a shell in tmux as real
 * sandboxes have it. tmux is passed over where it is missing; .ci/run installs it.
 */
export function inEachProgram(define: (box: Box) => void): void {
  for (const program of ["a plain shell", "tmux"] as const) {
    const missing = program === "tmux" && !Bun.which("tmux");
    describe.skipIf(missing)(`in a sandbox with ${program}`, () => {
      const box = new Box(program === "tmux");
      beforeAll(() => box.start());
      afterAll(() => box.stop());
      define(box);
    });
  }
}

/** A platform whose agent, `box`, runs a real program; its folder is there for the tests to look into. */
export class Box {
  readonly inTmux: boolean;
  readonly folder = mkdtempSync(join(tmpdir(), "lap-sandbox-"));
  #platform: Platform | undefined;

  constructor(inTmux: boolean) {
    this.inTmux = inTmux;
  }

  start(): void {
    const { folder } = this;
    writeFileSync(join(folder, "modes"), MODES);
    writeFileSync(join(folder, "painter"), PAINTER, { mode: 0o755 });
    const env = { PS1: PROMPT, HOME: folder, PATH: process.env.PATH, LC_ALL: "C.UTF-8" };
    this.#platform = startPlatform({
      agents: [{ name: "box", harness_id: "claude-code", command: SHELL, env, cwd: folder }],
      openTty: ({ agent }) =>
        new Wire(this.inTmux ? new TmuxTty(SHELL, env) : new SharedPty(agent.spec)),
    });
  }

  async stop(): Promise<void> {
    await this.#platform?.stop();
    rmSync(this.folder, { recursive: true });
  }

  get platform(): Platform {
    if (!this.#platform) throw new Error("the platform is not started");
    return this.#platform;
  }

  /** The newest session. */
  get session(): Session {
    const [newest] = this.platform.sessions;
    if (!newest) throw new Error("there is no session");
    return newest;
  }

  /** What comes over the connection of the newest session. */
  get wire(): Wire {
    return this.session.tty as Wire;
  }

  /** The rows that a program has of a terminal's: tmux takes the last line for its status. */
  rowsOf(rows: number): number {
    return this.inTmux ? rows - 1 : rows;
  }

  /** Reads a file that a program in the sandbox may be about to write. */
  read(name: string): Buffer {
    try {
      return readFileSync(join(this.folder, name));
    } catch {
      return Buffer.alloc(0);
    }
  }

  /** A session of its own, at its prompt. */
  async open(home: TemporaryHome, args: string[] = [], options: LapOptions = {}): Promise<Pty> {
    const pty = lap(home, ["box", "--new", ...args], { platform: this.platform, ...options });
    await this.#atPrompt(pty);
    return pty;
  }

  /** A session of its own, at its prompt, in a lap that a person started in a shell of theirs. */
  async openInShell(home: TemporaryHome, options: PtyOptions = {}): Promise<ShellWithLap> {
    const shell = new ShellWithLap(home, this.platform, options);
    await shell.start();
    await this.#atPrompt(shell);
    return shell;
  }

  async #atPrompt(pty: Pty): Promise<void> {
    await pty.shows(PROMPT);
    pty.type(`cd ${this.folder}; clear; echo op""ened\r`);
    await pty.shows(/^opened$/m);
    this.wire.forget();
  }
}

/** A person's own shell with job control, in which lap runs; prints `code=` and lap's exit code. */
export class ShellWithLap extends Pty {
  readonly #home: TemporaryHome;

  constructor(home: TemporaryHome, { url, key }: Platform, options: PtyOptions) {
    // Bracketed paste of the shell's own would hide what lap leaves on.
    writeFileSync(join(home.path, "inputrc"), "set enable-bracketed-paste off\n");
    const login = { LAP_URL: url, LAP_KEY: key };
    const env = { HOME: home.path, INPUTRC: join(home.path, "inputrc"), PS1: "outer$ ", ...login };
    super(SHELL, { ...options, env: { ...env, ...options.env } });
    this.#home = home;
  }

  async start(): Promise<void> {
    await this.shows("outer$");
    const { path } = this.#home;
    const command = `sh -c 'echo $$ > ${path}/pid; exec ${LAP} box --new'`;
    this.type(`stty -a > ${path}/before; ${command}; echo code=$?\r`);
  }

  /** lap's process, by now. */
  get pid(): number {
    return Number(readFileSync(join(this.#home.path, "pid"), "utf8"));
  }

  /** What stty said before lap, and what it says now. To be called at the shell's prompt. */
  async modesBeforeAndNow(): Promise<[before: string, now: string]> {
    const { path } = this.#home;
    const read = (name: string) => readFileSync(join(path, name), "utf8");
    this.type(`clear; stty -a > ${path}/now; echo wri""tten\r`);
    await this.shows(/^written$/m);
    return [read("before"), read("now")];
  }
}
