import { describe, expect, test } from "bun:test";
import { ScriptedTerminal } from "../../src/demo/scripted.ts";
import { ManualClock } from "../support/clock.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import type { Fault } from "../support/network/faults.ts";
import { TemporaryHome } from "../support/home.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";
import { type Outcome, realClock, runLap } from "../support/world.ts";

const SCREEN_MS = 10_000;

/** lap in this process, attached through a network, with a time that passes when a test says so. */
class Attached implements AsyncDisposable {
  readonly home = new TemporaryHome();
  readonly sandbox = new ScriptedSandbox();
  readonly proxy = new FaultProxy(this.sandbox.port);
  readonly clock = new ManualClock();
  readonly terminal = new ScriptedTerminal(realClock);
  readonly outcome: Promise<Outcome>;

  private constructor() {
    const { home, sandbox, proxy, clock, terminal } = this;
    sandbox.onJoin = () => sandbox.send(`painted ${sandbox.connections}`);
    const env = { ...sandbox.login, LAP_URL: proxy.url };
    this.outcome = runLap(["box"], { home: home.path, env, terminal, clock });
  }

  static async start(): Promise<Attached> {
    const attached = new Attached();
    await attached.terminal.shows("painted 1", SCREEN_MS);
    return attached;
  }

  /** Lets time pass in small steps, and the network have its turns, until the screen says so. */
  async passUntil(text: string): Promise<number> {
    const start = this.clock.now();
    let seen = false;
    void this.terminal.shows(text, SCREEN_MS).then(() => (seen = true));
    while (!seen && this.clock.now() - start < 600_000) {
      await this.clock.advance(100);
    }
    return this.clock.now() - start;
  }

  /** Lets time pass until lap asks for a sign of life for so many times, and has it. */
  async answered(times: number): Promise<void> {
    await waitFor(async () => {
      if (this.sandbox.pings < times) await this.clock.advance(50);
      return this.sandbox.pings >= times;
    }, "a question");
    this.sandbox.send(`behind answer ${times}`);
    await this.terminal.shows(`behind answer ${times}`, SCREEN_MS);
  }

  /** The network is well again: lap comes back, though a try may have been swallowed just before. */
  async comesBack(): Promise<void> {
    this.proxy.clear();
    await waitFor(async () => {
      await this.clock.advance(50);
      return this.sandbox.connections === 2;
    }, "lap to come back");
    await this.terminal.shows("painted 2", SCREEN_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.terminal.type("\x04");
    await this.outcome;
    this.proxy[Symbol.dispose]();
    await this.sandbox[Symbol.asyncDispose]();
    this.home[Symbol.dispose]();
  }
}

const SILENCES: [string, Fault][] = [
  ["packets that vanish", { kind: "drop" }],
  ["keys that do not arrive", { kind: "stall", way: "to-server" }],
  ["output that does not arrive", { kind: "stall", way: "to-client" }],
];

describe("a link that is dead without a word", () => {
  test.each(SILENCES)("is noticed within 25 s: %s", async (_name, fault) => {
    await using it = await Attached.start();
    it.proxy.set(fault);
    expect(await it.passUntil("connection lost")).toBeLessThanOrEqual(25_000);
    await it.comesBack();
  });

  test.each(
    SILENCES.flatMap(([name, fault]) => [
      { name, fault, asleep: "stopped" as const },
      { name, fault, asleep: "with the machine" as const },
    ]),
  )("is noticed within 5 s of waking: $name, asleep $asleep", async ({ fault, asleep }) => {
    await using it = await Attached.start();
    it.proxy.set(fault);
    if (asleep === "stopped") it.clock.stop(60_000);
    else it.clock.jump(60_000);
    expect(await it.passUntil("connection lost")).toBeLessThanOrEqual(5_000);
    await it.comesBack();
  });

  test("what was typed into it is said to be lost, and not sent twice", async () => {
    await using it = await Attached.start();
    await it.answered(1);
    it.terminal.type("before,");
    await it.answered(2);
    it.proxy.set({ kind: "drop" });
    it.terminal.type("into it,");
    await it.passUntil("connection lost");
    await it.terminal.shows("8 B lost?", SCREEN_MS);
    it.terminal.type("away,");
    await it.comesBack();
    it.terminal.type("after");
    await it.sandbox.received("after");
    expect(it.sandbox.input.toString()).toBe("before,away,after");
  });
});

test("a sleep that the link outlived is no loss", async () => {
  await using it = await Attached.start();
  it.clock.stop(60_000);
  await it.clock.advance(100);
  it.terminal.type("awake");
  await it.sandbox.received("awake");
  it.sandbox.send("still here");
  await it.terminal.shows("still here", SCREEN_MS);
  await it.clock.advance(5_000);
  expect(it.sandbox.connections).toBe(1);
});
