import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { InteractiveShell, SHELL_NAMES } from "../support/shell.ts";
import { closedUrl } from "../support/stub-server.ts";

/** Each begins with two letters of its own, and goes on with what some shell takes for itself. */
const HOSTILE = [
  "p1 space",
  "p2'single",
  'p3"double',
  "p4$(touch pwned)",
  "p5`touch pwned`",
  "p6\\back",
  "p7:colon:x",
  "p8*?[a-z]",
  "p9;a|b&c>d<e",
  "q1!bang!!",
  "q2{a,b}",
  "q3 ~root =ls",
  "q4%F{red}%n",
  "q5#hash #c",
  "q6世界 🎉",
  "q7^x^y$HOME",
  "q8 ends in '",
  'q9 ends in "',
  "r1@sign",
];

let demo: DemoPlatform;
let sessions: { id: string }[];
const login = () => ({ LAP_URL: demo.platform.url, LAP_KEY: demo.platform.key });

beforeAll(async () => {
  const names = ["docs", "refactor-bot", "login", "red\x1b[31m\nline", ...HOSTILE];
  demo = new DemoPlatform({ agents: names.map((name) => ({ ...SHELL, name })) });
  sessions = [await demo.session(), await demo.session()];
});
afterAll(() => demo[Symbol.asyncDispose]());

describe.each(SHELL_NAMES)("Tab in %s", (name) => {
  const there = Bun.which(name) !== null;

  test.skipIf(!there)("completes what is unique, for lap to get it as it is", async () => {
    using home = new TemporaryHome();
    using shell = await InteractiveShell.start(name, home, login());
    await shell.run("lap refa\t--ne\t", "<refactor-bot><--new>");
    await shell.run("lap op\tref\t", "<open><refactor-bot>");
    await shell.run("lap --agen\tref\t", "<--agent><refactor-bot>");
    await shell.run("lap --agent=ref\t", "<--agent=refactor-bot>");
    await shell.run("lap help atta\t", "<help><attach>");
    await shell.run("lap completion fi\t", "<completion><fish>");
    const id = sessions[0]?.id ?? "";
    await shell.run(`lap attach --read\t${id.slice(0, 8)}\t`, `<attach><--read-only><${id}>`);
    await shell.run("lap open -- ref\t", "<open><--><refactor-bot>");
  });

  test.skipIf(!there)("gives no name to the shell to act on", async () => {
    using home = new TemporaryHome();
    using shell = await InteractiveShell.start(name, home, login());
    for (const agent of HOSTILE) await shell.run(`lap ${agent.slice(0, 2)}\t`, `<${agent}>`);
    expect(existsSync(join(home.path, "pwned"))).toBe(false);
    expect(existsSync("pwned")).toBe(false);
  });

  test.skipIf(!there)("completes the name of a file where one is wanted", async () => {
    using home = new TemporaryHome();
    using shell = await InteractiveShell.start(name, home, login());
    mkdirSync(join(home.path, "certs"));
    writeFileSync(join(home.path, "certs", "acme.pem"), "");
    const file = `${home.path}/certs/acme.pem`;
    await shell.run(
      `lap --ca-cert ${home.path}/cer\tacm\tref\t`,
      `<--ca-cert><${file}><refactor-bot>`,
    );
    await shell.run(`lap open --ca-cert=${home.path}/cer\tacm\t`, `<open><--ca-cert=${file}>`);
    await shell.run(
      `lap config set caC\t${home.path}/cer\tacm\t`,
      `<config><set><caCert><${file}>`,
    );
    await shell.run(`lap --ca-cert ${file} att\t`, `<--ca-cert><${file}><attach>`);
  });

  test.skipIf(!there)("goes on within quotes that are open", async () => {
    using home = new TemporaryHome();
    using shell = await InteractiveShell.start(name, home, login());
    // Only in bash it is lap that quotes.
    const agents = name === "bash" ? HOSTILE : HOSTILE.slice(0, 2);
    for (const agent of agents) {
      const start = agent.slice(0, 2);
      await shell.run(`lap 'op\t '${start}\t`, `<open><${agent}>`);
      await shell.run(`lap "${start}\t`, `<${agent}>`);
    }
    await shell.run("lap 'p1 s\t", "<p1 space>");
    await shell.run("lap p1\\ s\t", "<p1 space>");
    await shell.run("lap --json p7:col\t", "<--json><p7:colon:x>");
    await shell.run("lap --json r1@\t", "<--json><r1@sign>");
    await shell.run("lap --new r1@si\t", "<--new><r1@sign>");
    await shell.run("lap --agent=p1\t", "<--agent=p1 space>");
  });

  test.skipIf(!there)("evaluates nothing that is typed", async () => {
    using home = new TemporaryHome();
    using shell = await InteractiveShell.start(name, home, login());
    const evil = `$(touch ${home.path}/pwned)`;
    // Ctrl-U gives the line up.
    await shell.run(`lap ${evil} "${evil}" ref\t\x15lap open doc\t`, "<open><docs>");
    expect(existsSync(join(home.path, "pwned"))).toBe(false);
  });

  test.skipIf(!there)("lists commands and agents", async () => {
    using home = new TemporaryHome();
    using shell = await InteractiveShell.start(name, home, login());
    shell.pty.type("lap \t\t");
    await shell.pty.shows(/\battach\b/);
    await shell.pty.shows(/\bdocs\b/);
    // Its name would act on the terminal, so it goes by its id.
    expect(shell.pty.text()).not.toContain("\x1b[31m\nline");
  });

  test.skipIf(!there)("lists flags", async () => {
    using home = new TemporaryHome();
    using shell = await InteractiveShell.start(name, home, login());
    shell.pty.type("lap attach --\t\t");
    await shell.pty.shows("--read-only");
    if (name !== "bash") await shell.pty.shows("Watch: send no input and no size");
  });

  test.skipIf(!there)("lists sessions", async () => {
    using home = new TemporaryHome();
    using shell = await InteractiveShell.start(name, home, login());
    shell.pty.type("lap attach \t\t");
    for (const { id } of sessions) await shell.pty.shows(id);
    if (name !== "bash") await shell.pty.shows(/docs, ready/);
  });

  test.skipIf(!there)("says nothing where nobody is logged in, or answers", async () => {
    const nobody = await closedUrl();
    for (const env of [{ LAP_URL: nobody, LAP_KEY: "sk-test" }, undefined]) {
      using home = new TemporaryHome();
      using shell = await InteractiveShell.start(name, home, env);
      await shell.run("lap refa\t agen\t", "<refa><agen>");
      await shell.run("lap agen\t", "<agents>");
      expect(shell.pty.text()).not.toMatch(/✗|!|error/);
    }
  });
});

test.skipIf(Bun.which("zsh") === null)("in zsh also as a file in a folder of $fpath", async () => {
  using home = new TemporaryHome();
  using shell = await InteractiveShell.start("zsh", home, login(), { autoloaded: true });
  await shell.run("lap refa\t", "<refactor-bot>");
  await shell.run("lap refa\t--ne\t", "<refactor-bot><--new>");
});

test.skipIf(Bun.which("zsh") === null)(
  "in zsh words of which nothing is said are listed alone, in their order",
  async () => {
    using home = new TemporaryHome();
    using shell = await InteractiveShell.start("zsh", home);
    shell.pty.type("lap completion \t");
    await shell.pty.shows(/^bash +zsh +fish *$/m);
  },
);
