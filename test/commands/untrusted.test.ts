import { describe, expect, test } from "bun:test";
import { ScriptedTerminal } from "../../src/demo/scripted.ts";
import { TemporaryHome } from "../support/home.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { StubServer } from "../support/stub-server.ts";
import { type Outcome, realClock, runLap } from "../support/world.ts";

const KEY = "sk-test";

/**
 * Everything that does something to a terminal, reorders a line, or makes a line of its own; and the
 * key, as it was sent and with what is not shown in it.
 */
const EVIL =
  `${KEY} ${KEY.replace("-", "-\x07")}` +
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
  expect(said).not.toContain(KEY);
  expect(said).not.toMatch(/^\s*✓ owned/m);
}

const AGENT = { id: "agent-1", name: "bot", harness_id: "codex", supports_tui: true };

interface Answers {
  agents?: unknown[];
  /** The list of sessions, in place of the one. */
  sessions?: unknown[];
  /** Answers of others, by how their path ends; a text is sent as that. */
  others?: Record<string, unknown>;
  /** What a session is, over what it is by itself. */
  session?: Record<string, unknown>;
  /** Every answer is this one. */
  all?: () => Response;
}

function platform(answers: Answers): StubServer {
  const { agents = [AGENT], session = {}, sessions, others = {}, all } = answers;
  const made = { id: "s-1", agent_id: AGENT.id, status: "ready", supports_tui: true, ...session };
  return new StubServer((_request, { pathname }) => {
    if (all) return all();
    if (pathname.endsWith("/agents")) return Response.json({ data: agents, total: agents.length });
    if (pathname.endsWith("/sessions")) return Response.json(sessions ?? [made]);
    const other = Object.keys(others).find((end) => pathname.endsWith(end));
    if (other) {
      const body = others[other];
      if (typeof body === "function") return body() as Response;
      return typeof body === "string" ? new Response(body) : Response.json(body);
    }
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

const missing = () => Response.json({ error: "session x not found" }, { status: 404 });
/** Lines are the server's to make in a log. */
const evilLine = (text: string) => evil(text).replaceAll("\n", "");
const EVENT = {
  kind: evil("tool"),
  title: evil("ls"),
  detail: evil("-l"),
  meta: evil("1 s"),
  status: evil("odd"),
};
const POD = {
  phase: evil("Pending"),
  node_name: evil("node"),
  waiting_reason: evil("Odd"),
  waiting_message: evil("why"),
  error: evil("no cluster"),
};
const DIAGNOSIS = {
  session: { status: "failed", failure_reason: evil("oom"), task_arn: evil("s-1") },
  agent: { agent_name: evil("bot") },
  pod: POD,
  pod_logs_tail: { available: true, text: `${evilLine("one")}\n${evilLine("two")}` },
  detected_issues: [
    {
      code: evil("code"),
      message: evil("broken"),
      recommended_action: evil("mend"),
      severity: evil("high"),
    },
    evil("a text"),
  ],
};
const ALIVE = {
  id: evil("s-1"),
  agent_id: AGENT.id,
  status: "ready",
  supports_tui: true,
  task_arn: evil("t"),
};

ROWS.push(
  ["sessions", "sessions", { sessions: [{ ...ALIVE, phase: evil("pod"), status: "creating" }] }],
  [
    "sessions that ended",
    "sessions --all",
    { sessions: [{ ...ALIVE, ...failed, status: evil("odd") }] },
  ],
  ["sessions as JSON", "sessions --json", { sessions: [ALIVE] }],
  [
    "the name of a session's agent",
    "sessions",
    { sessions: [{ ...ALIVE, id: "s-1" }], agents: [{ ...AGENT, name: evil("bot") }] },
  ],
  [
    "agents of one name, for a flag",
    "sessions --agent bot",
    { agents: [AGENT, { ...AGENT, id: evil("2") }] },
  ],
  [
    "ids that begin alike",
    "stop s-1234",
    {
      sessions: [
        { ...ALIVE, id: evil("s-1234") },
        { ...ALIVE, id: evil("s-12345") },
      ],
      others: { "/s-1234": missing },
    },
  ],
  ["a session that is stopped", "stop s-1", { session: { id: evil("s-1") } }],
  ["a session that had ended", "stop s-1", { session: { id: evil("s-1"), ...failed } }],
  ["events", "logs --events s-1", { others: { "/log": [EVENT, evil("a text")] } }],
  ["events as JSON", "logs --json s-1", { others: { "/log": [EVENT] } }],
  [
    "why a pod's log cannot be read",
    "logs --pod s-1",
    {
      others: {
        "/sandbox_logs": `[sandbox_logs] transient read error: ${evilLine("no")}`,
      },
    },
  ],
  ["a diagnosis", "diagnose s-1", { session: failed, others: { "/diagnose": DIAGNOSIS } }],
  ["a diagnosis as JSON", "diagnose --json s-1", { others: { "/diagnose": DIAGNOSIS } }],
  [
    "what a session itself tells",
    "diagnose s-1",
    { session: failed, others: { "/diagnose": "no JSON" } },
  ],
  [
    "why a session does not start",
    "bot --no-tty",
    { session: failed, others: { "/diagnose": DIAGNOSIS } },
  ],
  ["a session that is asked about", "restart s-1", { session: { id: evil("s-1") } }],
  ["a restart that fails", "restart --yes s-1", { session: { id: evil("s-1"), ...failed } }],
);

test("a pod's log is shown in lines, and they are only text", async () => {
  using home = new TemporaryHome();
  await using server = platform({ others: { "/sandbox_logs": `${evil("one")}\n\ttwo\n` } });
  const env = { LAP_URL: server.url, LAP_KEY: KEY };
  const { stdout } = await runLap(["logs", "--pod", "s-1"], { home: home.path, env });
  expect(stdout).toEndWith("\n\ttwo\n");
  expect(HARMFUL.exec(stdout.replaceAll("\t", ""))).toBeNull();
});

describe("what a platform says does nothing to the terminal", () => {
  for (const env of [{}, { LAP_DEBUG: "1" }]) {
    test.each(ROWS)(`%s ${JSON.stringify(env)}`, async (_, line, answers) => {
      using home = new TemporaryHome();
      await using server = platform(answers);
      const login = { LAP_URL: server.url, LAP_KEY: KEY };
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
    await using server = platform({ all: missing });
    const env = { LAP_URL: server.url, LAP_KEY: KEY };
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
    request.headers.set("authorization", `Bearer ${LAP_KEY}`);
    const inner = await fetch(`${LAP_URL}${pathname}${search}`, request);
    const body = (await inner.json()) as Record<string, unknown>;
    const tty = { tty_url: `ws://${sandbox.authority}/tty` };
    return Response.json("tty_url" in body ? { ...body, ...tty, ...session } : body);
  });
  const terminal = new ScriptedTerminal(realClock);
  const env = { LAP_URL: server.url, LAP_KEY: KEY };
  const running = runLap([sandbox.agent, "--no-reconnect"], { home: home.path, env, terminal });
  await terminal.opened(running);
  await play(sandbox, terminal);
  return await running;
}

describe("while attached", () => {
  test("the connection info shows a session's id without what is in it", async () => {
    await inSandbox({ id: evil("s-1") }, async (_sandbox, terminal) => {
      terminal.type("\x1di");
      await terminal.shows("session     s-1••• •••x ✓ owned ✓ owned s-1", 10_000);
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
  const env = { LAP_URL: server.url, LAP_KEY: KEY };
  const argv = ["bot", "--no-tty", "--timeout", "0.01"];
  const { stderr } = await runLap(argv, { home: home.path, env });
  expect(stderr).toContain("`lap attach 's'\\''1; touch owned'` reaches it");
});

test("an id is one segment of a path, whatever is in it", async () => {
  using home = new TemporaryHome();
  await using server = platform({ all: () => Response.json({ id: "x", status: "dead" }) });
  const env = { LAP_URL: server.url, LAP_KEY: KEY };
  for (const id of ["../agents/1", "a%2fb", "..;x", "s?x=1#y", "ä\u202e"]) {
    await runLap(["stop", id], { home: home.path, env });
  }
  const prefix = "/api/v1/managed_agents/sessions/";
  for (const { path } of server.requests) {
    expect(path).toStartWith(prefix);
    expect(path.slice(prefix.length)).not.toMatch(/[/?#]/);
  }
});
