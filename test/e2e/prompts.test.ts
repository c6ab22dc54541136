import { expect, test } from "bun:test";
import { DemoPlatform } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { LAP, lap, PROMPT, SHELL } from "../support/lap.ts";
import { Pty } from "../support/pty.ts";
import { StubServer } from "../support/stub-server.ts";

const QUESTIONS = [
  ["for an agent", [], "Open which agent?"],
  ["for a URL", ["login"], "Agent platform URL:"],
  ["for a key", ["login", "--url", "https://lap.acme.dev"], "Master key:"],
] as const;

function oneAgent(): StubServer {
  const agent = { id: "a-1", name: "bot", supports_tui: true };
  return new StubServer((_request, { pathname }) =>
    Response.json(pathname.endsWith("/agents") ? { data: [agent], total: 1 } : []),
  );
}

function login(server: StubServer, args: readonly string[]): Record<string, string> {
  return args.length === 0 ? { LAP_URL: server.url, LAP_KEY: "sk-test-0123456789" } : {};
}

// Its window closed at a question, lap went on for ever, at all that a processor had.
test.each(QUESTIONS)(
  "a terminal that is closed at the question %s ends lap",
  async (_, args, question) => {
    using home = new TemporaryHome();
    await using server = oneAgent();
    using terminal = lap(home, [...args], { env: login(server, args) });
    await terminal.shows(question);
    terminal.terminal.close();
    expect(await terminal.process.exited).toBe(129);
  },
);

// After `fg` lap heard no key any more, Ctrl-C included.
test.each(QUESTIONS)(
  "Ctrl-Z at the question %s stops lap, and fg asks it anew",
  async (_, args, question) => {
    using home = new TemporaryHome();
    await using server = oneAgent();
    const env = { HOME: home.path, PS1: "outer$ ", ...login(server, args) };
    using outer = new Pty(["/bin/bash", "--norc", "--noprofile", "-i"], { env });
    await outer.shows("outer$");
    outer.type(`${[LAP, ...args].join(" ")}\r`);
    await outer.shows(question);
    outer.type("\x1a");
    await outer.shows("Stopped");
    const text = outer.text();
    expect(text.lastIndexOf("\x1b[?25h")).toBeGreaterThan(text.lastIndexOf("\x1b[?25l"));
    outer.type("clear; echo in the sh''ell\r");
    await outer.shows("in the shell");
    outer.type("fg\r");
    await outer.shows(question);
    outer.type("\x03");
    await outer.shows(/outer\$$/);
    outer.type("echo code=$?\r");
    await outer.shows("code=130");
  },
);

test("a lap that Ctrl-Z stopped at a question can be killed", async () => {
  using home = new TemporaryHome();
  const env = { HOME: home.path, PS1: "outer$ " };
  using outer = new Pty(["/bin/bash", "--norc", "--noprofile", "-i"], { env });
  await outer.shows("outer$");
  outer.type(`${LAP} login\r`);
  await outer.shows("Agent platform URL:");
  outer.type("\x1a");
  await outer.shows("Stopped");
  outer.type("kill %1; while jobs %1; do sleep 0.05; done; echo it is go''ne\r");
  await outer.shows("it is gone");
});

test("what is typed behind the Enter of a question goes to the next one, and to the sandbox", async () => {
  using home = new TemporaryHome();
  await using world = new DemoPlatform({
    agents: [{ name: "shell", harness_id: "claude-code", command: SHELL, env: { PS1: PROMPT } }],
  });
  using terminal = lap(home, []);
  await terminal.shows("Agent platform URL:");
  const { url, key } = world.platform;
  terminal.type(`${url}\r${key}\r\recho $((40 + 2))\r`);
  await terminal.shows(/^42$/m);
  terminal.type("echo $((50 + 2))\r");
  await terminal.shows(/^52$/m);
});
