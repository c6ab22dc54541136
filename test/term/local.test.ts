import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { OwedAnswer } from "../../src/term/terminal.ts";
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
