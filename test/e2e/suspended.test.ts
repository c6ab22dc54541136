import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { isStopped, onlyChild } from "../support/children.ts";
import { TemporaryHome } from "../support/home.ts";
import { TAKEN_OVER } from "../support/join.ts";
import { LAP } from "../support/lap.ts";
import { Pty } from "../support/pty.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";

const SUSPEND = "\x1dz";
const CHANGE = "stty tostop -echoctl intr ^X";

/** Not fish, which itself undoes what was changed: a job goes on in the modes that it stopped in. */
const SHELLS = {
  bash: ["bash", "--norc", "--noprofile", "-i"],
  dash: ["dash", "-i"],
  zsh: ["zsh", "-f", "-i"],
};

/** A shell, lap in it, and what stty says at the shell's prompt. */
class Outer implements AsyncDisposable {
  readonly #home = new TemporaryHome();
  readonly sandbox = new ScriptedSandbox();
  readonly pty: Pty;
  #commands = 0;

  constructor(shell: string[]) {
    const home = this.#home.path;
    const env = { HOME: home, ...this.sandbox.login };
    this.pty = new Pty(shell, { env, columns: 160 });
  }

  /** Runs a command line of the shell to its end. */
  async run(line: string): Promise<void> {
    const done = `done ${++this.#commands}`;
    this.pty.type(`${line}; echo ${done.replace("done", 'do""ne')}\r`);
    await this.pty.shows(done);
  }

  async modes(): Promise<string> {
    const path = `${this.#home.path}/modes`;
    await this.run(`stty -a >${path}`);
    return readFileSync(path, "utf8");
  }

  async open(): Promise<void> {
    this.pty.type(`${LAP} ${this.sandbox.agent}\r`);
    await waitFor(() => this.pty.text().includes(TAKEN_OVER), "lap to take the terminal over");
    await this.sandbox.joined();
  }

  async suspend(): Promise<void> {
    const stops = () => this.pty.text().match(/stopped|suspended/gi)?.length ?? 0;
    const before = stops();
    this.pty.type(SUSPEND);
    await waitFor(() => stops() > before, "lap to be stopped");
  }

  /** Brings lap back, which asks for a repaint then. */
  async resume(): Promise<void> {
    const { length } = this.sandbox.control;
    this.pty.type("fg\r");
    await waitFor(() => this.sandbox.control.length >= length + 2, "lap to come back");
  }

  async detach(): Promise<void> {
    this.pty.type("\x04");
    await this.pty.shows("detached");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pty[Symbol.dispose]();
    await this.sandbox[Symbol.asyncDispose]();
    this.#home[Symbol.dispose]();
  }
}

describe.each(Object.entries(SHELLS))("in %s", (name, shell) => {
  const there = test.skipIf(!Bun.which(name) || process.platform !== "linux");

  there("modes that are changed while lap is suspended stay when it ends", async () => {
    await using outer = new Outer(shell);
    await outer.run("true");
    await outer.open();
    await outer.suspend();
    await outer.run(CHANGE);
    const changed = await outer.modes();
    await outer.resume();
    await outer.detach();
    expect(await outer.modes()).toBe(changed);
    expect(changed).toContain(" tostop");
  });

  there("those of a shell that reads a line are never lap's to give back", async () => {
    await using outer = new Outer(shell);
    await outer.run("true");
    const before = await outer.modes();
    await outer.open();
    await outer.suspend();
    // It wants the terminal at once, which is the shell's: that stops it again.
    const pid = onlyChild(outer.pty.process.pid);
    process.kill(pid, "SIGCONT");
    await isStopped(pid);
    await outer.resume();
    await outer.detach();
    expect(await outer.modes()).toBe(before);
  });
});

const onLinux = test.skipIf(process.platform !== "linux");

onLinux("kill -STOP and fg leave bracketed paste on under a program that has it on", async () => {
  await using outer = new Outer(SHELLS.bash);
  await outer.run("true");
  await outer.open();
  outer.sandbox.send("\x1b[?2004hprogram");
  await outer.pty.shows("program");
  process.kill(onlyChild(outer.pty.process.pid), "SIGSTOP");
  await outer.pty.shows("Stopped");
  await outer.resume();
  const { emulator } = outer.pty;
  await waitFor(() => emulator.modes.bracketedPasteMode, "bracketed paste to be on again");
  await outer.detach();
});

const inDash = test.skipIf(!Bun.which("dash"));

inDash("modes that are changed while lap is suspended stay when it is killed", async () => {
  await using outer = new Outer(SHELLS.dash);
  await outer.run("true");
  await outer.open();
  await outer.suspend();
  await outer.run("stty -echoctl intr ^X");
  const changed = await outer.modes();
  await outer.run("kill %1; kill -CONT %1");
  await outer.pty.shows("the session lives on");
  expect(await outer.modes()).toBe(changed);
});

inDash(
  "modes that are changed while lap is stopped by Ctrl-Z before it joins stay when it ends",
  async () => {
    await using outer = new Outer(SHELLS.dash);
    const gate = Promise.withResolvers<void>();
    outer.sandbox.gate = gate.promise;
    await outer.run("true");
    outer.pty.type(`${LAP} ${outer.sandbox.agent}\r`);
    await outer.pty.shows("waiting for");
    outer.pty.type("\x1a");
    await outer.pty.shows("Stopped");
    await outer.run(CHANGE);
    const changed = await outer.modes();
    outer.pty.type("fg\r");
    gate.resolve();
    await outer.sandbox.joined();
    await waitFor(() => outer.sandbox.control.length > 0, "lap to join");
    await outer.detach();
    expect(await outer.modes()).toBe(changed);
  },
);
