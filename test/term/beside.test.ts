import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TemporaryHome } from "../support/home.ts";
import { inFront } from "../support/infront.ts";
import { Pty } from "../support/pty.ts";
import { waitFor } from "../support/wait.ts";

const BESIDE = join(import.meta.dir, "..", "..", "src", "term", "beside.ts");

const ASK_ATTRIBUTES = "\x1b[c";
const ATTRIBUTES = "\x1b[?62;22c";
const CTRL_C = "\x03";

/**
 * Asks its terminal something, and owes answers to that at Ctrl-C. No time is ever over then. Is stopped and goes
 * on at SIGUSR1, and tells of its terminal's modes.
 */
const asker = (typing: boolean, attributes: number) => `
  const { StdoutTerminal } = await import(${JSON.stringify(BESIDE)});
  const interrupt = new AbortController();
  const terminal = new StdoutTerminal(${typing}, interrupt.signal);
  process.once("SIGINT", async () => {
    interrupt.abort();
    if (${typing}) process.stdin.destroy();
    globalThis.setTimeout = () => {};
    await terminal.close({ answersOwed: { attributes: ${attributes}, sure: true } });
    process.stdout.write("given back");
    process.exit();
  });
  if (${typing}) process.stdin.resume();
  setInterval(() => {}, 1e9);
  process.on("SIGUSR1", async () => {
    // A job that no shell controls is not stopped by it.
    process.emit("SIGTSTP");
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const modes = Bun.spawnSync(["stty", "-a"], { stdin: "inherit" }).stdout.toString();
    process.stdout.write("goes on with " + modes.match(/-?echo\\b/) + ", ");
  });
  terminal.silence();
  terminal.stdout.write(${JSON.stringify(ASK_ATTRIBUTES)});
`;

async function shows(pty: Pty, text: string, times = 1): Promise<void> {
  await waitFor(
    () => pty.text().split(text).length > times,
    () => `${times} times ${JSON.stringify(text)} in ${JSON.stringify(pty.text())}`,
  );
}

function asks(pty: Pty, times: number): Promise<void> {
  return shows(pty, ASK_ATTRIBUTES, times);
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
    using pty = new Pty([process.execPath, "-e", asker(typing, 1)], { emulate: false });
    await asks(pty, 1);
    pty.type(first);
    await asks(pty, 2);
    expect(pty.text()).not.toContain("given back");
    pty.type(rest);
    await shows(pty, "given back");
  });
});

test.each([
  ["that is typed into", true, "echo"],
  ["whose input comes from elsewhere", false, "-echo"],
])("a pipe's terminal %s is set as before once that goes on", async (_, typing, echo) => {
  using pty = new Pty([process.execPath, "-e", asker(typing, 1)], { emulate: false });
  await asks(pty, 1);
  pty.process.kill("SIGUSR1");
  await shows(pty, ", ");
  expect(pty.text()).toContain(`goes on with ${echo},`);
});

test("a pipe's terminal owes no answer that was dropped whenever the pipe was stopped", async () => {
  using pty = new Pty([process.execPath, "-e", asker(true, 2)], { emulate: false });
  await asks(pty, 1);
  for (const times of [1, 2]) {
    pty.type(ATTRIBUTES);
    await shows(pty, ATTRIBUTES.slice(1), times);
    pty.process.kill("SIGUSR1");
    await shows(pty, "goes on", times);
  }
  pty.type(CTRL_C);
  await asks(pty, 2);
  pty.type(ATTRIBUTES);
  await shows(pty, "given back");
});

/** Has a terminal be silent for many frames, and for as many again a second later. */
const FRAMES = `
  const { StdoutTerminal } = await import(${JSON.stringify(BESIDE)});
  const terminal = new StdoutTerminal(true, new AbortController().signal);
  let now = 0;
  performance.now = () => now;
  const frames = (count) => {
    for (let frame = 0; frame < count; frame++) terminal.silence();
  };
  frames(50);
  now += 1_000;
  frames(50);
`;

// Each frame behind a question looked for the terminal again, on macOS by two more processes.
test("a pipe's terminal that cannot be set is tried once a second, and not for every frame", async () => {
  using home = new TemporaryHome();
  const tries = `${home.path}/tries`;
  const env = { PATH: inFront(home.path, "stty", `echo "$@" >>${tries}; exit 1`) };
  using pty = new Pty([process.execPath, "-e", FRAMES], { env });
  expect(await pty.exit()).toBe(0);
  expect(readFileSync(tries, "utf8")).toBe("-g\n-g\n");
});
