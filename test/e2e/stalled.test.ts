import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { OutputHold } from "../../src/demo/flow.ts";
import { isHeldUp, isStopped, lastChild, runsChild } from "../support/children.ts";
import { TemporaryHome } from "../support/home.ts";
import { inFront, WAITING_STTY } from "../support/infront.ts";
import { TAKEN_OVER } from "../support/join.ts";
import { LAP, SHELL } from "../support/lap.ts";
import { Pty } from "../support/pty.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";

const SCREEN = "\x1b[?1049h\x1b[?1000h\x1b[31mthe agent's screen";
const FLOOD = "flooding the screen\r\n".repeat(200);
const FLOODS = 5_000;
/** Of those, what is more than a terminal takes that is not read. */
const MORE_THAN_IS_TAKEN = 100;
const ASK_ATTRIBUTES = "\x1b[c";
const ATTRIBUTES = "\x1b[?62;22c";
/** What stands behind output that was cut off. */
const CANCEL = "\x18\x1b\\";
/** Hands one line that is typed on, and ends once the fifo has one. */
const ELSEWHERE = "{ head -n 1; read <&3; } |";
/** For lap alone. */
const OTHER_STTY = "PATH=~/with-other-stty:$PATH";
const SLOW_SH = "PATH=~/with-other-sh:$PATH";

/** Lap in a shell, at a terminal that takes no more of what the sandbox floods it with. */
class Stalled implements AsyncDisposable {
  readonly home = new TemporaryHome();
  readonly sandbox = new ScriptedSandbox();
  readonly pty: Pty;
  readonly #hold: OutputHold;
  #stopped: number | undefined;
  /** All of the flood is sent. */
  flooded = Promise.resolve();

  private constructor(shell = SHELL) {
    inFront(this.home.path, "stty", WAITING_STTY);
    inFront(this.home.path, "sh", 'sleep 0.1; exec /bin/sh "$@"');
    const env = { HOME: this.home.path, PS1: "outer$ ", ...this.sandbox.login };
    this.pty = new Pty(shell, { env });
    this.#hold = new OutputHold(this.pty.process.pid);
  }

  /**
   * @param stage what stands before lap.
   * @param change sets other modes while lap is suspended: those are the ones before, then.
   */
  static async attached(
    stage = "",
    { shell, change }: { shell?: string[]; change?: string } = {},
  ): Promise<Stalled> {
    const stalled = new Stalled(shell);
    const { pty, sandbox } = stalled;
    await stalled.#type(`${stage} ${LAP} ${sandbox.agent}`);
    await waitFor(() => pty.text().includes(TAKEN_OVER), "lap to take the terminal over");
    await sandbox.joined();
    await stalled.#shows(SCREEN);
    if (change !== undefined) await stalled.#changed(change);
    stalled.#hold.hold();
    await stalled.#flood();
    return stalled;
  }

  /** Waiting for a session to start, before the terminal reads no more. */
  static async starting(): Promise<Stalled> {
    const stalled = new Stalled();
    const { pty, sandbox } = stalled;
    sandbox.status = "creating";
    await stalled.#type(`${LAP} ${sandbox.agent}`);
    await pty.shows(/^\S creating {2}\d/m);
    return stalled;
  }

  /**
   * Without a terminal but for its output.
   *
   * @param stage what stands before lap, and hands a line that is typed on to it.
   * @param says what the sandbox says besides: while the terminal reads, and behind what it takes. What
   *   the terminal says to that.
   */
  static async piped(
    stage: string,
    says: { before?: string; behind?: string; answer?: string } = {},
  ) {
    const { before = "", behind = "", answer = "" } = says;
    const stalled = new Stalled();
    const { pty, sandbox } = stalled;
    const fifo = "mkfifo ~/fifo; exec 3<>~/fifo";
    await stalled.#type(`${fifo}; ${stage} ${LAP} ${sandbox.agent} --no-tty`);
    await waitFor(() => sandbox.pings > 0, "lap to have joined");
    await stalled.#shows(before + SCREEN);
    stalled.#hold.hold();
    // What is not a line yet stays in the terminal.
    pty.type(`k\r${answer}`);
    await sandbox.received("k\n");
    sandbox.send(FLOOD.repeat(MORE_THAN_IS_TAKEN));
    sandbox.send(behind);
    await stalled.#flood();
    return stalled;
  }

  get lap(): number {
    return lastChild(this.pty.process.pid);
  }

  async #type(line: string): Promise<void> {
    await this.pty.shows("outer$");
    this.pty.type(`stty -a >~/before; ${line}; echo code=$?\r`);
  }

  async #changed(change: string): Promise<void> {
    const { pty, sandbox } = this;
    const told = sandbox.control.length;
    pty.type("\x1dz");
    await pty.shows("Stopped");
    pty.type(`${change}; stty -a >~/before; fg; echo code=$?\r`);
    await waitFor(() => sandbox.control.length > told, "lap to come back");
  }

  async #shows(screen: string): Promise<void> {
    this.sandbox.send(screen);
    await this.pty.shows("the agent's screen");
  }

  async #flood(): Promise<void> {
    this.flooded = this.sandbox.flood(FLOOD, FLOODS);
    await waitFor(() => this.sandbox.held, "the flood to be held back");
    await isHeldUp(this.lap);
  }

  /** Has lap stop. It is killed at the end: stopped, it may outlive its shell. */
  async stop(): Promise<void> {
    this.#stopped = this.lap;
    process.kill(this.#stopped, "SIGTSTP");
    await isStopped(this.#stopped);
  }

  readsNot(): void {
    this.#hold.hold();
  }

  reads(): void {
    this.#hold.release();
  }

  /** The terminal reads again, and is as it was before lap. */
  async isAsBefore(code: number): Promise<void> {
    const { pty } = this;
    this.reads();
    writeFileSync(`${this.home.path}/fifo`, "\n");
    await pty.shows(`code=${code}`);
    // oxlint-disable-next-line no-control-regex
    expect(pty.text()).toMatch(/\x18\x1b\\[^]*\x1b\[\?1049l[^]*code=/);
    await this.isInModesAsBefore();
  }

  /** As `isAsBefore`, but the shell's words may be lost. */
  async isInModesAsBefore(): Promise<void> {
    const { pty, home } = this;
    this.reads();
    await pty.shows(/outer\$$/);
    pty.type(`stty -a >~/after; echo wri""tten\r`);
    await pty.shows("written");
    expect(pty.emulator.buffer.active.type).toBe("normal");
    expect(pty.emulator.modes.mouseTrackingMode).toBe("none");
    const [before, after] = ["before", "after"].map((file) =>
      readFileSync(`${home.path}/${file}`, "utf8"),
    );
    expect(after).toBe(before as string);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopped !== undefined && isAlive(this.#stopped)) {
      process.kill(this.#stopped, "SIGKILL");
    }
    this.pty[Symbol.dispose]();
    await this.sandbox[Symbol.asyncDispose]();
    this.home[Symbol.dispose]();
  }
}

const inDash = test.skipIf(!Bun.which("dash"));

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe.skipIf(process.platform !== "linux")("at a terminal that does not read, a pipe", () => {
  // Only SIGKILL ended it.
  describe.each([
    ["whose input comes from elsewhere", ELSEWHERE],
    ["whose input comes from there", ""],
  ])("%s", (_, stage) => {
    test.each([
      ["SIGTERM", 143],
      ["SIGHUP", 129],
      ["SIGINT", 130],
      ["SIGQUIT", 131],
      ["SIGTERM behind the link's end", 143],
    ] as const)("ends by %s, and all is undone once it reads again", async (name, code) => {
      const says = { before: ASK_ATTRIBUTES, answer: ATTRIBUTES };
      await using stalled = await Stalled.piped(stage, says);
      const { lap, sandbox } = stalled;
      if (name.endsWith("end")) {
        sandbox.socket?.terminate();
        await waitFor(() => sandbox.socket === undefined, "the connection to be closed");
      }
      process.kill(lap, name.split(" ")[0] as NodeJS.Signals);
      await waitFor(() => !isAlive(lap), "lap to end");
      await stalled.isAsBefore(code);
    });
  });

  // stty waited for the terminal, and lap for stty.
  test("that asks it something ends by SIGTERM as well", async () => {
    await using stalled = await Stalled.piped(ELSEWHERE, {
      behind: ASK_ATTRIBUTES,
      answer: ATTRIBUTES,
    });
    const { lap } = stalled;
    process.kill(lap, "SIGTERM");
    await waitFor(() => !isAlive(lap), "lap to end");
    await stalled.isAsBefore(143);
  });

  // The shell's words went out before, and were gone with the alternate screen.
  test("ends behind what undoes all, though the program that writes that is slow to start", async () => {
    await using stalled = await Stalled.piped(SLOW_SH);
    const { lap } = stalled;
    process.kill(lap, "SIGTERM");
    await waitFor(() => !isAlive(lap), "lap to end");
    await stalled.isAsBefore(143);
  });

  // The kernel does not let SIGKILL end an stty that waits for the terminal, and lap waited for that.
  test("that asks it something ends by SIGTERM where stty waits for the terminal", async () => {
    await using stalled = await Stalled.piped(OTHER_STTY, { before: ASK_ATTRIBUTES });
    const { lap } = stalled;
    process.kill(lap, "SIGTERM");
    await waitFor(() => !isAlive(lap), "lap to end");
    await stalled.isAsBefore(143);
  });

  test.each([
    ["", ELSEWHERE],
    [" where stty waits for the terminal", OTHER_STTY],
  ])("that has asked it something is stopped by SIGTSTP%s", async (_, stage) => {
    await using stalled = await Stalled.piped(stage, { before: ASK_ATTRIBUTES });
    await stalled.stop();
  });

  test("writes all in order once it reads again", async () => {
    await using stalled = await Stalled.piped(ELSEWHERE);
    const { pty, sandbox, flooded } = stalled;
    stalled.reads();
    await flooded;
    sandbox.send("the end");
    await pty.shows("the end");
    // The terminal's own processing puts a CR before each LF.
    const shown = pty.text().replaceAll("\r\r\n", "\r\n");
    const all = FLOOD.repeat(MORE_THAN_IS_TAKEN + FLOODS);
    expect(shown.includes(`${SCREEN}${all}the end`)).toBe(true);
  });
});

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
      await using stalled = await Stalled.attached();
      const { pty, sandbox, lap } = stalled;
      pty.type(keys);
      if (keys === "\x04") {
        await waitFor(() => sandbox.socket === undefined, "the connection to be closed");
      }
      process.kill(lap, name.split(" ")[0] as NodeJS.Signals);
      await waitFor(() => !isAlive(lap), "lap to end");
      await stalled.isAsBefore(code);
    });

    test("SIGTERM, but only once it has had time to read all", async () => {
      await using stalled = await Stalled.attached();
      const { pty, sandbox, lap } = stalled;
      process.kill(lap, "SIGTERM");
      await waitFor(() => sandbox.socket === undefined, "the connection to be closed");
      stalled.reads();
      await pty.shows("code=143");
      expect(pty.text()).not.toContain(CANCEL);
    });

    // Not bash, which sets them again itself.
    inDash("SIGTERM, and modes that were changed while it was suspended stay", async () => {
      const change = "stty tostop -echoctl intr ^X";
      await using stalled = await Stalled.attached("", { shell: ["dash", "-i"], change });
      const { lap } = stalled;
      process.kill(lap, "SIGTERM");
      await waitFor(() => !isAlive(lap), "lap to end");
      await stalled.isAsBefore(143);
    });

    // Here and below, lap waited for a killed stty, which the kernel did not let end.
    test("SIGTERM where stty waits for the terminal", async () => {
      await using stalled = await Stalled.attached(OTHER_STTY);
      const { lap } = stalled;
      process.kill(lap, "SIGTERM");
      await waitFor(() => !isAlive(lap), "lap to end");
      await stalled.isAsBefore(143);
    });

    test("SIGTERM once it has taken the terminal over again", async () => {
      await using stalled = await Stalled.attached();
      const { lap, sandbox } = stalled;
      const told = sandbox.control.length;
      process.kill(lap, "SIGCONT");
      await waitFor(() => sandbox.control.length > told, "lap to go on");
      process.kill(lap, "SIGTERM");
      await waitFor(() => !isAlive(lap), "lap to end");
      await stalled.isAsBefore(143);
    });

    test("SIGTERM while stty waits to take the terminal over again", async () => {
      await using stalled = await Stalled.attached(OTHER_STTY);
      const { lap } = stalled;
      process.kill(lap, "SIGCONT");
      await runsChild(lap, "stty");
      process.kill(lap, "SIGTERM");
      await waitFor(() => !isAlive(lap), "lap to end");
      await stalled.isInModesAsBefore();
    });
  },
);

// It drew its line, and did nothing else until the terminal read again: no signal ended it.
describe.skipIf(process.platform !== "linux")(
  "at a terminal that does not read, lap that waits for a session",
  () => {
    test.each([
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const)("asks for it still, and ends by %s", async (signal, code) => {
      await using stalled = await Stalled.starting();
      const { pty, sandbox, lap } = stalled;
      stalled.readsNot();
      const asked = sandbox.requests.length;
      await waitFor(() => sandbox.requests.length > asked + 2, "lap to ask for the session");
      process.kill(lap, signal);
      await waitFor(() => !isAlive(lap), "lap to end");
      stalled.reads();
      await pty.shows(`code=${code}`);
      await stalled.isInModesAsBefore();
    });

    test("says so at its end where it reads again in time", async () => {
      await using stalled = await Stalled.starting();
      const { pty, lap } = stalled;
      stalled.readsNot();
      process.kill(lap, "SIGTERM");
      await isHeldUp(lap);
      stalled.reads();
      await pty.shows("code=143");
      expect(pty.screen()).toContain("is still there");
      expect(pty.screen()).not.toContain("creating");
    });

    test("joins it, and takes away the line that stands there", async () => {
      await using stalled = await Stalled.starting();
      const { pty, sandbox } = stalled;
      pty.type("\x13");
      const asked = sandbox.requests.length;
      await waitFor(() => sandbox.requests.length > asked + 2, "lap to ask for the session");
      sandbox.status = "ready";
      await sandbox.joined();
      sandbox.send("the sandbox's own");
      await pty.shows(/^the sandbox's own$/m);
      pty.type("\x04");
      await pty.shows("code=0");
      await stalled.isInModesAsBefore();
    });
  },
);
