import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OwedAnswer } from "../../src/term/terminal.ts";
import { TemporaryHome } from "../support/home.ts";
import { inFront } from "../support/infront.ts";
import { Pty } from "../support/pty.ts";
import { waitFor } from "../support/wait.ts";

const LOCAL = join(import.meta.dir, "..", "..", "src", "term", "local.ts");

const ASK_ATTRIBUTES = "\x1b[c";
const ATTRIBUTES = "\x1b[?62;22c";

/**
 * Takes the terminal over and gives it back at once, while answers are owed. Says how long it would wait
 * for them at most; that time is over at SIGUSR1, and never by itself.
 */
const leaver = (answersOwed: OwedAnswer) => `
  const { LocalTerminal } = await import(${JSON.stringify(LOCAL)});
  const terminal = new LocalTerminal(new AbortController().signal);
  terminal.open({ onInput() {}, onResize() {}, onContinue() {}, onWritten() {}, onHangup() {} });
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (work, ms, ...values) => {
    globalThis.setTimeout = setTimeout;
    process.once("SIGUSR1", () => work(...values));
    process.stdout.write("at most " + ms + " ms, ");
  };
  await terminal.close(${JSON.stringify({ answersOwed })});
  process.stdout.write("given back");
  process.exit();
`;

/** A terminal that answers nothing by itself. */
async function leaving(answersOwed: OwedAnswer): Promise<Pty> {
  const pty = new Pty([process.execPath, "-e", leaver(answersOwed)], { emulate: false });
  await says(pty, " ms, ");
  expect(pty.text()).toContain(ASK_ATTRIBUTES);
  return pty;
}

async function says(pty: Pty, text: string): Promise<void> {
  await waitFor(
    () => pty.text().includes(text),
    () => `${text} in ${JSON.stringify(pty.text())}`,
  );
}

describe("an answer that is owed is waited for", () => {
  test.each([
    ["3 s where it is sure to come", true, 3_000],
    ["1 s where it may not", false, 1_000],
  ])("%s, and no longer", async (_, sure, ms) => {
    using pty = await leaving({ attributes: 0, sure });
    expect(pty.text()).toContain(`at most ${ms} ms`);
    expect(pty.text()).not.toContain("given back");
    pty.process.kill("SIGUSR1");
    await says(pty, "given back");
  });

  test("until it is there", async () => {
    using pty = await leaving({ attributes: 0, sure: true });
    pty.type(ATTRIBUTES);
    await says(pty, "given back");
  });

  test("behind those to the remote's own questions", async () => {
    using pty = await leaving({ attributes: 2, sure: true });
    pty.type(ATTRIBUTES.repeat(3));
    await says(pty, "given back");
  });
});

/** Takes the terminal over, and says where it hears that this is gone; `script` does the rest. */
const taker = (script: string) => `
  const { LocalTerminal } = await import(${JSON.stringify(LOCAL)});
  const terminal = new LocalTerminal(new AbortController().signal);
  const onHangup = () => process.stdout.write("hung up, ");
  const open = () =>
    terminal.open({ onInput() {}, onResize() {}, onContinue() {}, onWritten() {}, onHangup });
  ${script}
`;

test("a terminal that cannot be made raw is taken for one that hung up", async () => {
  const fails = `
    process.stdin.setRawMode = () => process.stdin.emit("error", new Error("EIO"));
    open();
    process.stdout.write("open");
  `;
  const env = { PATH: "/nonexistent" };
  using pty = new Pty([process.execPath, "-e", taker(fails)], { env, emulate: false });
  await says(pty, "open");
  expect(pty.text()).toContain("hung up, open");
});

test("one that cannot be made raw again when lap goes on hung up meanwhile", async () => {
  using home = new TemporaryHome();
  const gone = `${home.path}/gone`;
  const env = { PATH: inFront(home.path, "stty", `[ ! -e ${gone} ] && exec /bin/stty "$@"`) };
  const program = taker(`open(); process.stdout.write("open");`);
  using pty = new Pty([process.execPath, "-e", program], { env, emulate: false });
  await says(pty, "open");
  expect(pty.text()).not.toContain("hung up");
  writeFileSync(gone, "");
  pty.process.kill("SIGCONT");
  await says(pty, "hung up");
});

// The job stopped, and its end waited for somebody to bring it back.
test("a terminal that is closed on the way to a stop is given back, and nothing stops", async () => {
  const stops = `
    process.on("SIGTSTP", () => process.stdout.write("stopped, "));
    process.on("SIGUSR2", () => process.stdout.write("over"));
    setInterval(() => {}, 1e9);
    open();
    void terminal.suspend();
    await terminal.close();
    process.stdout.write("given back, ");
    process.kill(process.pid, "SIGUSR2");
  `;
  using pty = new Pty([process.execPath, "-e", taker(stops)], { emulate: false });
  await says(pty, "over");
  expect(pty.text()).toContain("given back, over");
  expect(pty.text()).not.toContain("stopped");
});
