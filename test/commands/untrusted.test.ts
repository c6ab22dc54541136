import { describe, expect, test } from "bun:test";
import { ScriptedTerminal } from "../../src/demo/scripted.ts";
import { TemporaryHome } from "../support/home.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { StubServer } from "../support/stub-server.ts";
import { type Outcome, realClock, runLap } from "../support/world.ts";

/** Everything that does something to a terminal, reorders a line, or makes a line of its own. */
const EVIL =
  "\x1b[2J\x1b]0;owned\x07\x9b31m\x90x\x9c\u202e\u2066\u200f\u061c\r\n✓ owned\x00\x08\x7f\u2028✓ owned\u2029";

/** Text of a server's with all of that in it. */
const evil = (text: string) => `${text}${EVIL}${text}`;

// Written out here, not taken from the source: this is what the source is held to.
const HARMFUL =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

function expectHarmless({ stdout, stderr }: Outcome): void {
  const said = stdout + stderr;
  expect(said).toContain("owned");
  expect(HARMFUL.exec(said)).toBeNull();
  expect(said).not.toMatch(/^\s*✓ owned/m);
}

const AGENT = { id: "agent-1", name: "bot", harness_id: "codex", supports_tui: true };

interface Answers {
  agents?: unknown[];
  /** What a session is, over what it is by itself. */
  session?: Record<string, unknown>;
  /** Every answer is this one. */
  all?: () => Response;
}

function platform({ agents = [AGENT], session = {}, all }: Answers): StubServer {
  const made = { id: "s-1", agent_id: AGENT.id, status: "ready", supports_tui: true, ...session };
  return new StubServer((_request, { pathname }) => {
    if (all) return all();
    if (pathname.endsWith("/agents")) return Response.json({ data: agents, total: agents.length });
    if (pathname.endsWith("/sessions")) return Response.json([made]);
    return Response.json(made);
  });
}

const chat = { harness_id: evil("chat"), supports_tui: false };
const failed = { status: "failed", failure_reason: evil("oom"), phase: evil("pod_pending") };
const refusal = (error: unknown, status = 500) => ({
  all: () => Response.json({ error }, { status }),
});

const ROWS: [what: string, line: string, answers: Answers][] = [
  [
    "agents",
    "agents",
    { agents: [{ ...AGENT, name: evil("bot"), harness_id: evil("codex"), id: evil("1") }] },
  ],
  ["agents as JSON", "agents --json", { agents: [{ ...AGENT, name: evil("bot") }] }],
  ["names that are near", "bott --no-tty", { agents: [{ ...AGENT, name: evil("bott") }] }],
  ["ids of agents of one name", "bot --no-tty", { agents: [AGENT, { ...AGENT, id: evil("2") }] }],
  ["the harness of a chat", "bot --no-tty", { agents: [{ ...AGENT, ...chat }] }],
  ["an agent's id", "bot --no-tty", { agents: [{ ...AGENT, id: evil("a"), ...chat }] }],
  ["why a session failed", "bot --no-tty", { session: failed }],
  ["a status", "bot --no-tty", { session: { status: evil("odd") } }],
  [
    "a phase on its way",
    "bot --no-tty --timeout 0.01",
    { session: { status: "creating", phase: evil("pod"), phase_detail: evil("image") } },
  ],
  [
    "the id of a session that is left",
    "bot --no-tty --timeout 0.01",
    { session: { id: evil("s"), status: "creating" } },
  ],
  ["the id of a session that failed", "bot --no-tty", { session: { id: evil("s"), ...failed } }],
  [
    "a terminal's address",
    "bot --no-tty",
    {
      session: {
        tty_url: `ws://127.0.0.1:1/${evil("tty")}`,
        tty_token: "t",
        failure_reason: evil("x"),
        status: "dead",
      },
    },
  ],
  ["an error that is a text", "agents", refusal(evil("oops"))],
  ["an error that is an object", "agents", refusal({ error: evil("deep") })],
  [
    "an error that is a list",
    "agents",
    refusal([{ path: [evil("limit")], message: evil("too big") }]),
  ],
  ["the error of a refused key", "agents", refusal(evil("no"), 401)],
  ["the error of a stop", "stop s-1", refusal(evil("busy"), 409)],
  [
    "a redirect's place",
    "agents",
    {
      all: () =>
        new Response(null, { status: 302, headers: { location: "https://owned.dev/%1b[2J%0a" } }),
    },
  ],
];

describe("what a platform says does nothing to the terminal", () => {
  for (const env of [{}, { LAP_DEBUG: "1" }]) {
    test.each(ROWS)(`%s ${JSON.stringify(env)}`, async (_, line, answers) => {
      using home = new TemporaryHome();
      await using server = platform(answers);
      const login = { LAP_URL: server.url, LAP_KEY: "sk-test" };
      const outcome = await runLap(line.split(" "), { home: home.path, env: { ...login, ...env } });
      expectHarmless(outcome);
    });
  }

  test("while logging in", async () => {
    using home = new TemporaryHome();
    await using server = platform(refusal(evil("oops")));
    const argv = ["login", "--url", server.url, "--key-stdin"];
    expectHarmless(await runLap(argv, { home: home.path, stdin: "sk-test" }));
  });

  test.each(["attach", "stop"])("nor what was typed for lap %s", async (command) => {
    using home = new TemporaryHome();
    const missing = () => Response.json({ error: "session x not found" }, { status: 404 });
    await using server = platform({ all: missing });
    const env = { LAP_URL: server.url, LAP_KEY: "sk-test" };
    const terminal = new ScriptedTerminal(realClock);
    const id = evil("s-1").replaceAll(/\s/g, "");
    expectHarmless(await runLap([command, id], { home: home.path, env, terminal }));
  });
});

/** A sandbox behind a platform that calls its session what a test likes. */
async function inSandbox(
  session: Record<string, unknown>,
  play: (sandbox: ScriptedSandbox, terminal: ScriptedTerminal) => Promise<void>,
): Promise<Outcome> {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox();
  const { LAP_URL, LAP_KEY } = sandbox.login;
  await using server = new StubServer(async (request, { pathname, search }) => {
    const inner = await fetch(`${LAP_URL}${pathname}${search}`, request);
    const body = (await inner.json()) as Record<string, unknown>;
    const tty = { tty_url: `ws://${sandbox.authority}/tty` };
    return Response.json("tty_url" in body ? { ...body, ...tty, ...session } : body);
  });
  const terminal = new ScriptedTerminal(realClock);
  const env = { LAP_URL: server.url, LAP_KEY };
  const running = runLap([sandbox.agent, "--no-reconnect"], { home: home.path, env, terminal });
  await sandbox.joined();
  await play(sandbox, terminal);
  return await running;
}

describe("while attached", () => {
  test("the connection info shows a session's id without what is in it", async () => {
    await inSandbox({ id: evil("s-1") }, async (_sandbox, terminal) => {
      terminal.type("\x1di");
      await terminal.shows("session     s-1x ✓ owned ✓ owned s-1", 10_000);
      terminal.type("x\x04");
    });
  });

  test("what was said on closing is shown as words", async () => {
    const outcome = await inSandbox({}, async ({ socket }) => {
      socket?.close(1011, evil("no").slice(0, 60));
    });
    expectHarmless(outcome);
  });
});

test("what is shown to be copied runs nothing else", async () => {
  using home = new TemporaryHome();
  await using server = platform({ session: { id: "s'1; touch owned", status: "creating" } });
  const env = { LAP_URL: server.url, LAP_KEY: "sk-test" };
  const argv = ["bot", "--no-tty", "--timeout", "0.01"];
  const { stderr } = await runLap(argv, { home: home.path, env });
  expect(stderr).toContain("`lap attach 's'\\''1; touch owned'` reaches it");
});

test("an id is one segment of a path, whatever is in it", async () => {
  using home = new TemporaryHome();
  await using server = platform({ all: () => Response.json({ id: "x", status: "dead" }) });
  const env = { LAP_URL: server.url, LAP_KEY: "sk-test" };
  for (const id of ["../agents/1", "a%2fb", "..;x", "s?x=1#y", "ä\u202e"]) {
    await runLap(["stop", id], { home: home.path, env });
  }
  const prefix = "/api/v1/managed_agents/sessions/";
  for (const { path } of server.requests) {
    expect(path).toStartWith(prefix);
    expect(path.slice(prefix.length)).not.toMatch(/[/?#]/);
  }
});
