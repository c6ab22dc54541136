import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ScriptedTerminal } from "../../src/demo/scripted.ts";
import { checkArgs } from "../../src/commands/arguments.ts";
import type { LapArgs } from "../../src/commands/command.ts";
import { renderCommandHelp } from "../../src/commands/help.ts";
import { UsageError } from "../../src/errors.ts";
import { greeter, hello, visit } from "../support/visit.ts";
import { COMMANDS } from "../../src/commands/index.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { realClock, runLap } from "../support/world.ts";

let demo: DemoPlatform;
const tty = { attach: () => ({ keys() {}, resize() {}, drained() {}, closed() {} }) };

beforeAll(() => {
  const names = ["bot", "login", "-odd", "a b"];
  demo = new DemoPlatform({
    agents: names.map((name) => ({ ...SHELL, name })),
    // Says goodbye at once: whatever is opened ends by itself.
    openTty: () => ({
      ...tty,
      attach(client) {
        client.send("[bridge] process exited (code=0, signal=0)");
        client.close();
        return tty.attach();
      },
      stop: async () => {},
    }),
  });
});

afterAll(() => demo[Symbol.asyncDispose]());

async function lap(...argv: string[]) {
  using home = new TemporaryHome();
  const { url, key } = demo.platform;
  const env = { LAP_URL: url, LAP_KEY: key };
  const terminal = new ScriptedTerminal(realClock);
  return await runLap(argv, { home: home.path, env, terminal });
}

/** The name of the agent whose session the command line opened. */
async function opened(...argv: string[]): Promise<string | null | undefined> {
  const before = demo.platform.sessions.length;
  const { code, stderr } = await lap(...argv);
  expect(stderr).toContain("the program in the sandbox ended");
  expect([code, demo.platform.sessions.length]).toEqual([0, before + 1]);
  return demo.platform.sessions[0]?.agent.name;
}

// Others may be chosen, and it named these all the same.
test("lap --help says that the keys in the sandbox are those by default", async () => {
  const { stdout } = await lap("--help");
  expect(stdout).toContain("In the sandbox, by default\n  Ctrl-D    detach");
});

describe("an agent is opened by", () => {
  test.each([
    ["its name", ["bot"], "bot"],
    ["lap open", ["open", "bot"], "bot"],
    ["--agent", ["--agent", "bot"], "bot"],
    ["--agent=", ["--agent=bot"], "bot"],
    ["lap open --agent", ["open", "--agent", "bot"], "bot"],
    ["a flag before its name", ["--new", "bot"], "bot"],
    ["a flag behind its name", ["bot", "--timeout=5", "--new"], "bot"],
    ["a name that is a command, with open", ["open", "login"], "login"],
    ["a name that is a command, with --agent", ["--agent", "login"], "login"],
    ["a name that is a command, behind --", ["--", "login"], "login"],
    ["a name that looks like a flag, behind --", ["open", "--", "-odd"], "-odd"],
    ["a name that looks like a flag, with =", ["--agent=-odd"], "-odd"],
    ["a name with a space", ["a b"], "a b"],
  ])("%s", async (_, argv, name) => {
    expect(await opened(...argv)).toBe(name);
  });
});

describe("a session is returned to by", () => {
  test.each([
    ["attach", (id: string) => ["attach", id]],
    ["--resume", (id: string) => ["--resume", id]],
    ["--resume=", (id: string) => [`--resume=${id}`]],
    ["--resume with a URL", (id: string) => ["--resume", `${demo.platform.url}/sessions/${id}`]],
    ["--resume with a flag", (id: string) => ["--resume", id, "--read-only"]],
  ])("%s", async (_, argv) => {
    const { id } = await demo.session();
    const { code, stderr } = await lap(...argv(id));
    expect(stderr).toContain(`\`lap attach ${id}\` starts it afresh`);
    expect(code).toBe(0);
  });
});

describe("a flag's one letter", () => {
  test("is that flag, and is named in its command's help", async () => {
    const { id } = await demo.session();
    const [short, long] = [await lap("restart", "-y", id), await lap("restart", "--yes", id)];
    expect([short.code, long.code]).toEqual([0, 0]);
    expect((await lap("restart", "--help")).stdout).toMatch(/-y, --yes +Do not ask first/);
  });

  test("is none of another command", async () => {
    const { code, stderr } = await lap("stop", "-y", "s-1");
    expect([code, stderr.split("\n")[0]]).toEqual([2, "✗ unknown flag -y"]);
  });
});

describe("a usage error names the word and the nearest right one", () => {
  test.each([
    ["an unknown flag", ["agents", "--jsno"], "unknown flag --jsno", "Did you mean --json?"],
    ["one with a value", ["agents", "--serch=x"], "unknown flag --serch", "Did you mean --search?"],
    ["one like no other", ["agents", "--quux"], "unknown flag --quux", "`lap agents --help`"],
    ["a short one", ["agents", "-j"], "unknown flag -j", "`lap agents --help`"],
    ["one of an agent's", ["bot", "--nw"], "unknown flag --nw", "Did you mean --new?"],
    ["one before an agent", ["--timout", "5", "bot"], "unknown flag --timout", "--timeout?"],
    ["a negated one", ["agents", "--no-json"], "unknown flag --no-json", "Did you mean --json?"],
    ["a key as a flag", ["login", "--key", "sk-1"], "unknown flag --key", "--key-stdin?"],
    ["a missing value", ["agents", "--search"], "--search needs a value", "`lap agents --help`"],
    ["an empty value", ["agents", "--search="], "--search needs a value", "`lap agents --help`"],
    ["a flag for a value", ["bot", "--agent", "--new"], "--agent needs a value", "open --help`"],
    ["a value too many", ["agents", "--json=yes"], "--json takes no value", "agents --help`"],
    ["a missing argument", ["stop"], "lap stop needs <session>", "`lap sessions` lists them"],
    ["a missing session", ["--resume"], "no session is named", "`lap sessions` lists them"],
    ["an empty one of several", ["stop", "x", ""], "<session> is empty", "`lap stop --help`"],
    ["a flag of another name's", ["ps", "--search", "x"], "unknown flag --search", "`lap sessions"],
    ["an empty argument", ["attach", ""], "<session> is empty", "`lap attach --help`"],
    ["an empty agent", [""], "<name> is empty", "`lap open --help`"],
    ["an empty --resume", ["--resume="], "<session> is empty", "`lap attach --help`"],
    ["an empty session to stop", ["stop", ""], "<session> is empty", "`lap stop --help`"],
    ["an extra argument", ["agents", "x"], "unexpected argument 'x'", "`lap agents --help`"],
    ["a second agent", ["bot", "x"], "unexpected argument 'x'", "`lap open --help`"],
    ["an agent twice", ["bot", "--agent", "x"], "two agents are named: 'bot' and 'x'", "Leave"],
    ["a flag behind --", ["agents", "--", "--json"], "unexpected argument '--json'", "agents"],
    ["a timeout in words", ["bot", "--timeout", "soon"], "--timeout 'soon' is not a", "120"],
    ["no time at all", ["bot", "--timeout", "0"], "--timeout '0' is not a", "120"],
    ["endless time", ["bot", "--timeout", "1e9"], "--timeout '1e9' is not a", "120"],
    ["an unknown key", ["bot", "--detach-keys", "ctrl-ä"], "ctrl-ä", ""],
    ["one key for two", ["bot", "--escape-key", "ctrl-d"], "cannot be both", "another"],
  ])("%s: lap %p", async (_, argv, message, hint) => {
    const sessions = demo.platform.sessions.length;
    const { code, stdout, stderr } = await lap(...argv);
    const [first = "", ...more] = stderr.split("\n");
    expect(first).toStartWith("✗ ");
    expect(first).toContain(message);
    expect(more.join("\n")).toContain(hint);
    expect([code, stdout, demo.platform.sessions.length]).toEqual([2, "", sessions]);
  });
});

describe("positional arguments", () => {
  const one = { type: "positional" } as const;
  const may = { type: "positional", required: false } as const;
  const rows: [string, LapArgs, string[], string | undefined][] = [
    ["one that is there", { a: one }, ["x"], undefined],
    ["one that is not", { a: one }, [], "lap go needs <a>"],
    ["one that need not be", { a: may }, [], undefined],
    ["one too many", { a: one }, ["x", "y"], "unexpected argument 'y'"],
    ["many", { a: { ...one, repeated: true } }, ["x", "y", "--", "-z"], undefined],
    ["none of many", { a: { ...one, repeated: true } }, [], "lap go needs <a>"],
    ["none of many that need not be", { a: { ...may, repeated: true } }, [], undefined],
    ["an empty one of many", { a: { ...one, repeated: true } }, ["x", "y", ""], "<a> is empty"],
    ["many behind one", { a: one, b: { ...one, repeated: true } }, ["x", "y", "z"], undefined],
    ["none behind one", { a: one, b: { ...one, repeated: true } }, ["x"], "lap go needs <b>"],
    [
      "an empty one before many",
      { a: one, b: { ...one, repeated: true } },
      ["", "x"],
      "<a> is empty",
    ],
  ];

  test.each(rows)("%s", (_, args, raw, message) => {
    const check = () => checkArgs("go", args, raw);
    if (message === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(new UsageError(message));
  });

  test("are shown as they are typed", () => {
    const args = { a: one, b: { ...one, repeated: true }, c: { ...may, repeated: true } };
    const go = { meta: { description: "Go" }, args, examples: [] };
    expect(renderCommandHelp("go", go, (_style, text) => text)).toContain(
      "Usage  lap go <a> <b...> [c...]\n",
    );
  });
});

describe("a mistyped command", () => {
  test.each([
    ["logn", "lap login"],
    ["agnets", "lap agents"],
    ["atach", "lap attach"],
    ["confg", "lap config"],
  ])("lap %s is told of %s as well as of the agents", async (typed, command) => {
    const { code, stderr } = await lap(typed);
    expect(code).toBe(1);
    expect(stderr).toStartWith(`✗ no agent named '${typed}'.\n`);
    expect(stderr).toContain(`  The nearest command is \`${command}\`.\n`);
  });

  test("is told of it too where there is no terminal to open anything in", async () => {
    using home = new TemporaryHome();
    const env = { LAP_URL: demo.platform.url, LAP_KEY: demo.platform.key };
    const { code, stderr } = await runLap(["agnets"], { home: home.path, env });
    expect(code).toBe(2);
    expect(stderr).toContain("  The nearest command is `lap agents`.\n");
  });

  test.each(["--agent=logn", "kubernetes"])("is not what lap %s looks like", async (word) => {
    expect((await lap(word)).stderr).not.toContain("nearest command");
  });
});

describe("lap ps", () => {
  test("is lap sessions", async () => {
    const [short, long] = [await lap("ps", "--json"), await lap("sessions", "--json")];
    expect([short.code, short.stderr]).toEqual([0, ""]);
    expect(JSON.parse(short.stdout)).toHaveLength(JSON.parse(long.stdout).length);
  });

  test("has its help", async () => {
    const { stdout } = await lap("sessions", "--help");
    expect((await lap("ps", "--help")).stdout).toBe(stdout);
    expect((await lap("help", "ps")).stdout).toBe(stdout);
  });

  test("is not what an agent of that name is returned to by", async () => {
    using home = new TemporaryHome();
    await using own = new DemoPlatform({
      agents: [{ ...SHELL, name: "ps" }],
      openTty: greeter(hello),
    });
    const argv = ["open", "ps"];
    const { stderr } = await visit(argv, { home: home.path, platform: own.platform });
    expect(stderr).toEndWith("Return to it with: lap open ps\n");
  });
});

describe("help", () => {
  const commands = Object.keys(COMMANDS);

  test.each(commands)("lap %s --help has its usage and an example", async (name) => {
    const { code, stdout, stderr } = await lap(name, "--help");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`Usage  lap ${name}`);
    expect(stdout).toMatch(/\nExamples\n {2}\S/);
    expect(stdout).not.toContain("undefined");
    expect((await lap("help", name)).stdout).toBe(stdout);
    expect((await lap(name, "-h")).stdout).toBe(stdout);
  });

  test.each([["help"], ["--help"], ["-h"]])("lap %s lists every command", async (word) => {
    const { code, stdout, stderr } = await lap(word);
    expect([code, stderr]).toEqual([0, ""]);
    for (const name of commands) expect(stdout).toMatch(new RegExp(`^ {2}${name} {2,}\\S`, "m"));
  });

  test("of a flag shows its value, and of a negative flag its negation", async () => {
    const { stdout } = await lap("open", "--help");
    expect(stdout).toMatch(/--timeout <seconds> +How long/);
    expect(stdout).toMatch(/--no-tty +\S/);
    expect(stdout).not.toMatch(/--tty/);
    expect(stdout).toMatch(/^ {2}name +\S/m);
  });

  test("of a flag that can be turned on and off shows both", async () => {
    const { stdout } = await lap("login", "--help");
    expect(stdout).toMatch(/^ {2}--keychain +Keep the key in the keychain/m);
    expect(stdout).toMatch(/^ {2}--no-keychain +Keep it in the file/m);
  });

  test("is given before anything is checked or done", async () => {
    const { code, stdout } = await lap("stop", "--help", "--nonsense");
    expect([code, stdout.includes("Usage  lap stop [session...] [flags]")]).toEqual([0, true]);
  });

  test("lap bot --help explains open", async () => {
    expect((await lap("bot", "--help")).stdout).toContain("Usage  lap open [name] [flags]");
  });

  test("behind -- is no request for help", async () => {
    expect((await lap("open", "--", "--help")).stderr).toStartWith("✗ no agent named '--help'.");
  });

  test.each([
    ["nonsense", "`lap help` lists all."],
    ["agnets", "Did you mean `lap help agents`?"],
    ["constructor", "`lap help` lists all."],
  ])("lap help %s", async (word, hint) => {
    const { code, stdout, stderr } = await lap("help", word);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(`✗ there is no command '${word}'\n  ${hint}\n`);
  });
});

test.each(["--version", "-v"])("lap %s is the version alone", async (flag) => {
  const { version } = await import("../../package.json");
  expect(await lap(flag)).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});
