import { describe, expect, test } from "bun:test";
import { FaultProxy } from "../support/fault-proxy.ts";
import type { Fault } from "../support/network/faults.ts";
import { TemporaryHome } from "../support/home.ts";
import { join } from "../support/join.ts";
import type { Pty } from "../support/pty.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";

const ENDS: [string, Fault][] = [
  ["closed", { kind: "cut", by: "fin" }],
  ["reset", { kind: "cut", by: "reset" }],
  ["ended by the sandbox's side alone", { kind: "half-close", way: "to-client" }],
  ["ended by lap's side alone", { kind: "half-close", way: "to-server" }],
];

const STALLS: [string, Fault][] = [
  ["to the sandbox", { kind: "stall", way: "to-server" }],
  ["to lap", { kind: "stall", way: "to-client" }],
];

const SHAPES: [string, Fault][] = [
  ["50 ms each way", { kind: "delay", ms: 50 }],
  ["150 ms each way", { kind: "delay", ms: 150 }],
  ["400 ms each way", { kind: "delay", ms: 400 }],
  ["single bytes", { kind: "split" }],
  ["gathered chunks", { kind: "merge" }],
];

const SILENCES: [string, Fault][] = [...STALLS, ["no way", { kind: "drop" }]];

/** A lap in a terminal, attached through a network to a sandbox that paints what it was sent. */
class Attached implements AsyncDisposable {
  readonly home = new TemporaryHome();
  readonly sandbox = new ScriptedSandbox();
  readonly proxy = new FaultProxy(this.sandbox.port);
  #pty: Pty | undefined;

  static async start(): Promise<Attached> {
    const attached = new Attached();
    const { sandbox, home, proxy } = attached;
    // As tmux does: all of the screen for whoever joins, and then what is typed.
    sandbox.onJoin = () =>
      sandbox.send(`\x1b[?1049h\x1b[2J\x1b[Hpainted ${sandbox.connections}: ${sandbox.input}`);
    sandbox.onFrame = ({ binary, bytes }) => binary && sandbox.send(bytes.toString());
    attached.#pty = await join(home, sandbox, [], { env: { LAP_URL: proxy.url } });
    await attached.pty.shows("painted 1");
    return attached;
  }

  get pty(): Pty {
    return this.#pty as Pty;
  }

  /** Types, and waits until it has come back. */
  async echoes(text: string): Promise<void> {
    this.pty.type(text);
    await this.pty.shows(text);
  }

  /** Connected for the so-manieth time, with nothing but the sandbox's own on the screen. */
  async joined(times: number): Promise<void> {
    await this.pty.shows(`painted ${times}`);
    expect(this.pty.screen()).not.toContain("connection lost");
  }

  async detach(): Promise<void> {
    this.pty.type("\x04");
    expect(await this.pty.exit()).toBe(0);
    expect(this.pty.emulator.buffer.active.type).toBe("normal");
    expect(this.pty.screen()).toContain("detached — the session lives on");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pty?.[Symbol.dispose]();
    this.proxy[Symbol.dispose]();
    await this.sandbox[Symbol.asyncDispose]();
    this.home[Symbol.dispose]();
  }
}

describe.concurrent("while attached", () => {
  test.each(ENDS)("a connection that is %s is made again in place", async (_name, fault) => {
    await using it = await Attached.start();
    await it.echoes("before");
    it.proxy.set(fault);
    await it.joined(2);
    await it.echoes("after");
    await it.detach();
    expect(it.sandbox.input.toString()).toBe("beforeafter");
    expect(it.sandbox.control[0]).toEqual({ type: "resize", cols: 80, rows: 24 });
  });

  test("a host that refuses is said so, and what is typed meanwhile arrives once", async () => {
    await using it = await Attached.start();
    await it.echoes("before");
    it.proxy.set({ kind: "refuse" });
    await it.pty.shows(/connection lost, next try in \d+ s .* Ctrl-D: detach/);
    it.pty.type("meanwhile");
    await it.pty.shows("9 B kept");
    it.proxy.clear();
    it.pty.type("\r");
    await it.joined(2);
    await it.pty.shows("painted 2: before");
    await it.sandbox.received("meanwhile\r");
    await it.echoes("after");
    await it.detach();
    expect(it.sandbox.input.toString()).toBe("beforemeanwhile\rafter");
  });

  test("a host that refuses can be left", async () => {
    await using it = await Attached.start();
    it.proxy.set({ kind: "refuse" });
    await it.pty.shows("connection lost");
    it.pty.type("lost");
    await it.pty.shows("4 B kept");
    await it.detach();
    expect(it.pty.screen()).toContain("4 bytes that you typed were not sent");
  });

  test.each(STALLS)("a moment of nothing %s loses and doubles nothing", async (_name, fault) => {
    await using it = await Attached.start();
    it.proxy.set(fault);
    it.pty.type("typed");
    await waitFor(() => it.proxy.hits > 0, "the silence");
    expect(it.pty.screen()).not.toContain("typed");
    it.proxy.clear();
    await it.pty.shows("painted 1: typed");
    await it.echoes("after");
    await it.detach();
    expect([it.sandbox.input.toString(), it.sandbox.connections]).toEqual(["typedafter", 1]);
  });

  test.each(SHAPES)("%s: everything arrives, in order", async (_name, fault) => {
    await using it = await Attached.start();
    it.proxy.set(fault);
    it.pty.resize(90, 30);
    await it.echoes("é✻🦊 and more");
    const resized = () =>
      it.sandbox.control.some((message) => (message as { cols: number }).cols === 90);
    await waitFor(resized, "the new size");
    await it.detach();
    expect([it.sandbox.input.toString(), it.sandbox.connections]).toEqual(["é✻🦊 and more", 1]);
  });
});

describe.concurrent("while detaching", () => {
  const rows = [["refused", { kind: "refuse" }] as [string, Fault], ...ENDS, ...SHAPES];

  test.each(rows)("%s: lap ends as ever, and what was typed last arrives", async (_name, fault) => {
    await using it = await Attached.start();
    it.proxy.set(fault, { at: "detaching" });
    it.pty.type("last");
    await it.detach();
    await it.sandbox.received("last");
    expect(it.sandbox.connections).toBe(1);
  });

  test.each(SILENCES)("nothing goes through %s: lap ends nevertheless", async (_name, fault) => {
    await using it = await Attached.start();
    it.proxy.set(fault, { at: "detaching" });
    it.pty.type("last");
    await it.detach();
    await it.sandbox.received("last");
  });

  test.each(SILENCES)("nothing has gone through %s before: the same", async (_name, fault) => {
    await using it = await Attached.start();
    it.proxy.set(fault);
    it.pty.type("lost");
    await it.detach();
  });
});

test.skipIf(process.platform !== "linux")(
  "asleep while the connection ends: awake, lap comes back",
  async () => {
    await using it = await Attached.start();
    const { pid } = it.pty.process;
    process.kill(pid, "SIGSTOP");
    it.proxy.set({ kind: "cut", by: "fin" });
    it.pty.type("typed asleep");
    process.kill(pid, "SIGCONT");
    await it.joined(2);
    await it.pty.shows("typed asleep");
    await it.detach();
    expect(it.sandbox.input.toString()).toBe("typed asleep");
  },
);
