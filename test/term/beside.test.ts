import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Pty } from "../support/pty.ts";
import { waitFor } from "../support/wait.ts";

const BESIDE = join(import.meta.dir, "..", "..", "src", "term", "beside.ts");

const ASK_ATTRIBUTES = "\x1b[c";
const ATTRIBUTES = "\x1b[?62;22c";
const CTRL_C = "\x03";

/** Asks its terminal something, and owes the answer to that at Ctrl-C. No time is ever over. */
const asker = (typing: boolean) => `
  const { StdoutTerminal } = await import(${JSON.stringify(BESIDE)});
  const interrupt = new AbortController();
  const terminal = new StdoutTerminal(${typing}, interrupt.signal);
  process.once("SIGINT", async () => {
    interrupt.abort();
    if (${typing}) process.stdin.destroy();
    globalThis.setTimeout = () => {};
    await terminal.close({ answersOwed: { attributes: 1, sure: true } });
    process.stdout.write("given back");
    process.exit();
  });
  if (${typing}) process.stdin.resume();
  setInterval(() => {}, 1e9);
  terminal.silence();
  terminal.stdout.write(${JSON.stringify(ASK_ATTRIBUTES)});
`;

async function asks(pty: Pty, times: number): Promise<void> {
  await waitFor(
    () => pty.text().split(ASK_ATTRIBUTES).length > times,
    () => `question ${times} in ${JSON.stringify(pty.text())}`,
  );
}

describe.each([
  ["that is typed into", true],
  ["whose input comes from elsewhere", false],
])("a pipe's terminal %s is given back at Ctrl-C", (_, typing) => {
  // Ctrl-C threw the answer away, and it was waited for until no terminal could be so slow.
  test.each([
    ["before", ATTRIBUTES + CTRL_C, ATTRIBUTES],
    ["after", CTRL_C, ATTRIBUTES + ATTRIBUTES],
  ])("once all is answered, where the first answer came %s it", async (_when, first, rest) => {
    using pty = new Pty([process.execPath, "-e", asker(typing)], { emulate: false });
    await asks(pty, 1);
    pty.type(first);
    await asks(pty, 2);
    expect(pty.text()).not.toContain("given back");
    pty.type(rest);
    await waitFor(
      () => pty.text().includes("given back"),
      () => `the terminal given back in ${JSON.stringify(pty.text())}`,
    );
  });
});
