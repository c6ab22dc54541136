import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runsChild } from "../support/children.ts";
import { TemporaryHome } from "../support/home.ts";
import { inFront, WAITING_STTY } from "../support/infront.ts";
import { Pty } from "../support/pty.ts";
import { waitFor } from "../support/wait.ts";

const LOCAL = join(import.meta.dir, "..", "..", "src", "term", "local.ts");

/**
 * Takes the terminal over and notes in a file what it hears, and of each continuation in what modes
 * that found the terminal. `f` floods the terminal; `z` suspends, and has somebody else flood it.
 */
const PROGRAM = `
  const { appendFileSync } = await import("node:fs");
  const { LocalTerminal } = await import(${JSON.stringify(LOCAL)});
  const note = (text) => appendFileSync(process.env.NOTES, text + "\\n");
  const stty = () => Bun.spawnSync(["stty", "-a"], { stdin: "inherit" }).stdout.toString();
  const terminal = new LocalTerminal(new AbortController().signal);
  terminal.open({
    async onInput(bytes) {
      const keys = Buffer.from(bytes).toString();
      note("key " + keys.trim());
      if (keys === "f") terminal.write("x".repeat(1024 * 1024));
      if (keys !== "z") return;
      await terminal.suspend();
      Bun.spawn(["sh", "-c", "head -c 300000 /dev/zero"], { stdout: "inherit" });
      note("suspended");
    },
    onContinue: () => note("continued " + (stty().includes("-icanon") ? "raw" : "cooked")),
    onResize() {},
    onWritten() {},
    onHangup: () => note("hangup"),
  });
  note("open");
`;

/** The program in its terminal, where stty can be told nothing else than to wait for that, and what it has noted. */
class Player implements Disposable {
  readonly #home = new TemporaryHome();
  readonly pty: Pty;

  constructor() {
    const { path } = this.#home;
    const env = { NOTES: `${path}/notes`, PATH: inFront(path, "stty", WAITING_STTY) };
    this.pty = new Pty([process.execPath, "-e", PROGRAM], { env, emulate: false });
  }

  static async start(): Promise<Player> {
    const player = new Player();
    await player.noted("open");
    return player;
  }

  get notes(): string[] {
    try {
      return readFileSync(`${this.#home.path}/notes`, "utf8").trim().split("\n");
    } catch {
      return []; // it has noted nothing yet
    }
  }

  async noted(note: string): Promise<void> {
    await waitFor(
      () => this.notes.includes(note),
      () => `'${note}'; noted is ${this.notes.join(", ")}`,
    );
  }

  /** Types keys and waits until they were heard. */
  async type(keys: string): Promise<void> {
    this.pty.type(keys);
    await this.noted(`key ${keys.trim()}`);
  }

  /** Waits until stty stands before a terminal that takes nothing. */
  async waitsForStty(): Promise<void> {
    await runsChild(this.pty.process.pid, "stty");
  }

  [Symbol.dispose](): void {
    this.pty[Symbol.dispose]();
    this.#home[Symbol.dispose]();
  }
}

const onLinux = test.skipIf(process.platform !== "linux");

onLinux("SIGCONT while the terminal does not read: keys go on, and it is heard once", async () => {
  using player = await Player.start();
  player.pty.stall(true);
  await player.type("f");
  player.pty.process.kill("SIGCONT");
  await player.waitsForStty();
  player.pty.process.kill("SIGCONT");
  await player.type("k");
  player.pty.process.kill("SIGCONT");
  await player.type("l");
  player.pty.stall(false);
  await player.noted("continued raw");
  await player.type("e");
  expect(player.notes).toEqual(["open", "key f", "key k", "key l", "continued raw", "key e"]);
});

onLinux(
  "what is typed on coming back, before the terminal is raw, is heard behind that",
  async () => {
    using player = await Player.start();
    player.pty.stall(true);
    await player.type("z");
    await player.noted("suspended");
    await player.waitsForStty();
    // A whole line: until the terminal is raw it passes nothing less.
    player.pty.type("typed\r");
    player.pty.stall(false);
    await player.noted("key typed");
    expect(player.notes).toEqual(["open", "key z", "suspended", "continued raw", "key typed"]);
  },
);
