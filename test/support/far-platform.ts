import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import type { BringUp } from "../../src/demo/sessions.ts";
import { DemoPlatform, SHELL } from "./demo-platform.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { TemporaryHome } from "./home.ts";
import { LAP } from "./lap.ts";
import { Pty } from "./pty.ts";
import { greeter, hello } from "./visit.ts";

/** A platform behind a network that has faults, with one agent, `box`, whose program says `hello`. */
export class FarPlatform implements AsyncDisposable {
  readonly home = new TemporaryHome();
  readonly proxy: FaultProxy;
  /** What the program was sent. */
  readonly typed: string[] = [];
  readonly #demo: DemoPlatform;
  #shell: Pty | undefined;

  constructor(bringUp?: BringUp) {
    this.#demo = new DemoPlatform({
      agents: [{ ...SHELL, name: "box" }],
      openTty: greeter(hello, this.typed),
      ...(bringUp ? { bringUp } : {}),
    });
    this.proxy = new FaultProxy(this.#demo.platform.port);
  }

  get login(): { LAP_URL: string; LAP_KEY: string } {
    return { LAP_URL: this.proxy.url, LAP_KEY: this.#demo.platform.key };
  }

  /** The ids of the sessions that were not ended. */
  get alive(): string[] {
    const { sessions } = this.#demo.platform;
    return sessions.filter(({ status }) => status !== "dead").map(({ id }) => id);
  }

  /** The person's terminal, once lap was run in it. */
  get shell(): Pty {
    if (!this.#shell) throw new Error("lap was not run");
    return this.#shell;
  }

  /** Types `lap <args>` in a shell. */
  async run(args = "box"): Promise<void> {
    const env = { HOME: this.home.path, PS1: "outer$ ", ...this.login };
    const shell = new Pty(["/bin/bash", "--norc", "--noprofile", "-i"], { env, columns: 250 });
    this.#shell = shell;
    await shell.shows("outer$");
    shell.type(`clear; stty -a >${this.home.path}/before; ${LAP} ${args}; echo code=$?\r`);
  }

  /** What lap said, once it has ended with this code and left the terminal as it was. */
  async ended(code: number): Promise<string> {
    const { shell } = this;
    await shell.shows(/^code=\d+$/m);
    const [said = "", ended = ""] = shell.screen().split(/^code=/m);
    expect(Number.parseInt(ended, 10)).toBe(code);
    shell.type(`clear; stty -a >${this.home.path}/after; echo wri""tten\r`);
    await shell.shows(/^written$/m);
    const [before, after] = ["before", "after"].map((file) =>
      readFileSync(`${this.home.path}/${file}`, "utf8"),
    );
    expect(after).toBe(before as string);
    return said;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#shell?.[Symbol.dispose]();
    this.proxy[Symbol.dispose]();
    await this.#demo[Symbol.asyncDispose]();
    this.home[Symbol.dispose]();
  }
}

/** One clear sentence: a cross and the words, then indented hints and nothing else. */
export function expectSentence(said: string, sentence: RegExp): void {
  const [first = "", ...hints] = said.trimEnd().split("\n");
  expect(first).toMatch(/^✗ /);
  expect(first).toMatch(sentence);
  expect(hints.filter((line) => !line.startsWith("  "))).toEqual([]);
}
