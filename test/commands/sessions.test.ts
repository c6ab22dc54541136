import { describe, expect, test } from "bun:test";
import { ScriptedTerminal } from "../../src/demo/scripted.ts";
import { Interrupted } from "../../src/errors.ts";
import { TemporaryHome } from "../support/home.ts";
import { type OnRequest, type Row, RowsServer } from "../support/rows.ts";
import { closedUrl, failure } from "../support/stub-server.ts";
import { type Outcome, realClock, runLap, type WorldOptions } from "../support/world.ts";

const NOW = Date.UTC(2026, 10, 22, 20);
const MINUTE = 60_000;
const AGENTS = { "a-1": "refactor-bot", "a-2": "docs" };
const SECRET = "the-terminal-token";

/** The time stands still at NOW; waits pass at once. */
const clock = { ...realClock, date: () => NOW };

const iso = (minutesAgo: number) => new Date(NOW - minutesAgo * MINUTE).toISOString();

function row(fields: Row): Row {
  return {
    agent_id: "a-1",
    status: "ready",
    phase: "ready",
    supports_tui: true,
    tty_url: `/api/v1/managed_agents/sessions/${fields.id}/tty`,
    tty_token: SECRET,
    created_at: iso(60),
    last_seen_at: iso(4),
    idle_timeout_ms: 15 * MINUTE,
    ...fields,
  };
}

interface Options extends Partial<WorldOptions> {
  agents?: Record<string, string | null>;
  onRequest?: OnRequest;
}

async function list(
  rows: Row[],
  argv: string[] = [],
  { agents, onRequest, ...world }: Options = {},
) {
  using home = new TemporaryHome();
  await using server = new RowsServer(rows, agents ?? AGENTS, onRequest);
  const { env, ...rest } = world;
  const outcome = await runLap(["sessions", ...argv], {
    home: home.path,
    env: { ...server.login, ...env },
    clock,
    ...rest,
  });
  return { ...outcome, url: server.url, asked: server.asked };
}

const lines = ({ stdout }: Outcome) => stdout.trimEnd().split("\n");

/** The cells of one column, which begin where its head does. */
function column(outcome: Outcome, head: string): string[] {
  const [first = "", ...rest] = lines(outcome);
  const start = first.indexOf(head);
  const width = first.slice(start).match(/^\S+\s*/)?.[0].length;
  const last = first.endsWith(head);
  return rest.map((line) => line.slice(start, last ? undefined : start + (width ?? 0)).trim());
}

describe("the list", () => {
  test("shows agent, id, status, phase, times and endpoint, newest first", async () => {
    const creating = {
      status: "creating",
      phase: "pod_pending",
      phase_detail: "pulling the image",
      tty_url: null,
      created_at: iso(0.7),
      last_seen_at: null,
    };
    const outcome = await list([
      row({ id: "6f9619ff-8b86-4d01-b42d-00cf4fc964ff" }),
      row({ id: "5e551011-0000-4000-8000-000000000001", agent_id: "a-2", ...creating }),
    ]);
    expect(lines(outcome)).toEqual([
      "AGENT         ID        STATUS    PHASE        AGE     IDLE   LEFT    ENDPOINT",
      "docs          5e551011  creating  pod pending  42 s",
      "refactor-bot  6f9619ff  ready                  60 min  4 min  11 min  reachable",
    ]);
    expect([outcome.code, outcome.stderr]).toEqual([0, ""]);
  });

  const STATES = ["ready", "creating", "failed", "dead", "stopped", "hibernating"];
  const ofEach = () => STATES.map((status) => row({ id: `s-${status}`, status }));

  test("is of those that are alive, which a status that nobody knows may be", async () => {
    const outcome = await list(ofEach());
    expect(column(outcome, "STATUS")).toEqual(["ready", "creating", "hibernating"]);
  });

  test("--all is of those that ended as well", async () => {
    expect(column(await list(ofEach(), ["--all"]), "STATUS")).toEqual(STATES);
  });

  test("says why a session ended, and never of one that is alive", async () => {
    const failure_reason = "initial_prompt failed: \x1b[31mx";
    const outcome = await list(
      [
        row({ id: "s-1", failure_reason }),
        row({ id: "s-2", status: "dead", failure_reason: "idle\ntimeout" }),
        row({ id: "s-3", status: "failed", failure_reason: "long ".repeat(30) }),
      ],
      ["--all"],
    );
    const [alive, dead, failed = ""] = column(outcome, "STATUS");
    expect([alive, dead]).toEqual(["ready", "dead (idle timeout)"]);
    expect(failed).toStartWith("failed (long long");
    expect(failed).toEndWith("…)");
    expect(failed.length).toBeLessThan(50);
  });

  test.each([
    ["creating", "pod_pending", "pod pending"],
    ["creating", "ready", ""],
    ["creating", null, ""],
    ["failed", "waiting_harness", "waiting harness"],
    ["dead", "ready", ""],
    ["dead", "cloning_repo", ""],
    ["ready", "ready", ""],
  ])("shows of a %s session's phase %p: '%s'", async (status, phase, shown) => {
    const outcome = await list([row({ id: "s-1", status, phase })], ["--all"]);
    expect(column(outcome, "PHASE")).toEqual([shown]);
  });

  test.each<[string, Record<string, unknown>, string, string]>([
    ["just used", { last_seen_at: iso(0) }, "0 s", "15 min"],
    ["never used", { last_seen_at: null, created_at: iso(3) }, "3 min", "12 min"],
    ["used in the future, by this machine's clock", { last_seen_at: iso(-5) }, "0 s", "15 min"],
    ["overdue", { last_seen_at: iso(20) }, "20 min", "0 s"],
    ["never reaped", { idle_timeout_ms: null }, "4 min", "no limit"],
    ["of a platform that does not say", { idle_timeout_ms: undefined }, "4 min", "~11 min"],
    ["without times", { last_seen_at: null, created_at: "soon" }, "", ""],
    ["dead", { status: "dead" }, "", ""],
  ])("shows how long one that is %s lives on", async (_, fields, idle, left) => {
    const outcome = await list([row({ id: "s-1", ...fields })], ["--all"]);
    expect([column(outcome, "IDLE"), column(outcome, "LEFT")]).toEqual([[idle], [left]]);
  });

  const SERVICE = "http://s-1.lap.svc.cluster.local:8080";
  test.each<[string, Record<string, unknown>, Record<string, string>, string]>([
    ["on the platform", {}, {}, "reachable"],
    ["in the cluster", { tty_url: null, sandbox_url: SERVICE }, {}, "in-cluster"],
    ["of a chat", { supports_tui: false, tty_url: null }, {}, "(chat)"],
    ["of one being created", { status: "creating" }, {}, ""],
  ])("shows whether a terminal %s is reached", async (_, fields, env, shown) => {
    expect(column(await list([row({ id: "s-1", ...fields })], [], { env }), "ENDPOINT")).toEqual([
      shown,
    ]);
  });

  test("tries addresses elsewhere, without the token and all at once", async () => {
    await using harness = new RowsServer([]);
    const outcome = await list([
      row({ id: "s-1", tty_url: null, sandbox_url: harness.url }),
      row({ id: "s-2", tty_url: null, sandbox_url: await closedUrl() }),
    ]);
    expect(column(outcome, "ENDPOINT")).toEqual(["reachable", "connection refused"]);
    expect(harness.asked).toEqual([]);
  });

  test("shows agents without a name, unknown ones and none at all as what they are", async () => {
    const ids = ["a-1", "a-2", "a-3-long-one", undefined];
    const rows = ids.map((agent_id, index) => row({ id: `s-${index}`, agent_id }));
    const outcome = await list(rows, [], { agents: { "a-1": null, "a-2": " " } });
    expect(column(outcome, "AGENT")).toEqual([
      "(no name)",
      "(blank name)",
      "(agent a-3-long)",
      "(unknown)",
    ]);
  });

  test("shows ids that begin alike as far as they differ", async () => {
    const outcome = await list([
      row({ id: "aaaaaaaa-1111" }),
      row({ id: "aaaaaaaa-2222", status: "dead" }),
      row({ id: "bbbbbbbb-1111" }),
    ]);
    expect(column(outcome, "ID")).toEqual(["aaaaaaaa-1", "bbbbbbbb"]);
  });

  test("shows nothing that would act on the terminal or turn a line around", async () => {
    const evil = "\x1b]0;owned\x07\x1b[2J\u202erotcafer\u202c\u009b31m\r\nline";
    const fields = { id: evil, status: evil, phase: evil, failure_reason: evil };
    const dead = { ...fields, id: `2${evil}`, status: "failed" };
    const { stdout } = await list([row(fields), row(dead)], ["--all"], { agents: { "a-1": evil } });
    // oxlint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(stdout.trimEnd().split("\n")).toHaveLength(3);
  });

  test("is not kept from being shown by a row that cannot be read", async () => {
    const rows = [row({ id: "s-1" }), null as never, { status: "ready" } as never];
    const outcome = await list(rows);
    expect([outcome.code, column(outcome, "ID")]).toEqual([0, ["s-1"]]);
  });

  test.each([
    [199, ""],
    [200, "! the platform lists no more than the newest 200 sessions; there may be older ones\n"],
    [230, "! the platform lists no more than the newest 200 sessions; there may be older ones\n"],
  ])("of %d says on stderr whether there may be more", async (count, said) => {
    const rows = Array.from({ length: count }, (_, index) => row({ id: `s-${index}` }));
    for (const argv of [[], ["--json"]]) expect((await list(rows, argv)).stderr).toBe(said);
  });

  test("of nothing says so, without a table", async () => {
    const nothing = await list([]);
    expect([nothing.code, nothing.stdout]).toEqual([0, ""]);
    expect(nothing.stderr).toBe(`no session is alive on ${nothing.url}\n`);
    const dead = await list([row({ id: "s-1", status: "dead" })]);
    expect(dead.stderr).toBe(
      `no session is alive on ${dead.url}; \`lap sessions --all\` lists 1 more that ended\n`,
    );
    const none = await list([], ["--all"]);
    expect(none.stderr).toBe(`no sessions on ${none.url}\n`);
  });
});

describe("--agent", () => {
  const rows = () => [row({ id: "s-1" }), row({ id: "s-2", agent_id: "a-2" })];

  test.each(["docs", "a-2"])("%s shows the sessions of that agent", async (agent) => {
    const outcome = await list(rows(), ["--agent", agent]);
    expect(column(outcome, "ID")).toEqual(["s-2"]);
    expect(outcome.asked).toContain("GET /sessions?limit=200&agent_id=a-2");
  });

  test("of a name that nobody has says so, with the nearest", async () => {
    const { code, stderr } = await list(rows(), ["--agent", "doc"]);
    expect(code).toBe(1);
    expect(stderr).toStartWith("✗ no agent named 'doc'.\n  Did you mean 'docs'?");
  });

  test("of a name that two have exits with 2, and names both", async () => {
    const agents = { "a-1": "bot", "a-2": "bot" };
    const { code, stderr } = await list(rows(), ["--agent", "bot"], { agents });
    expect(code).toBe(2);
    expect(stderr).toEndWith("  Give the id of one of them:\n  --agent a-1\n  --agent a-2\n");
  });
});

describe("--json", () => {
  test("is a list of records with full ids, times in ms and ISO, and no secret", async () => {
    const outcome = await list([row({ id: "6f9619ff-8b86-4d01-b42d-00cf4fc964ff" })], ["--json"]);
    expect(JSON.parse(outcome.stdout)).toEqual([
      {
        id: "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
        agent_id: "a-1",
        agent: "refactor-bot",
        status: "ready",
        phase: "ready",
        phase_detail: null,
        failure_reason: null,
        tui: true,
        created_at: "2026-11-22T19:00:00.000Z",
        last_seen_at: "2026-11-22T19:56:00.000Z",
        age_ms: 3_600_000,
        idle_ms: 240_000,
        idle_timeout_ms: 900_000,
        left_ms: 660_000,
        reachable: true,
        unreachable_reason: null,
      },
    ]);
    expect(outcome.stdout + outcome.stderr).not.toContain(SECRET);
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["never reaped", { idle_timeout_ms: null }, { idle_timeout_ms: null, left_ms: null }],
    ["of which the platform says nothing", { idle_timeout_ms: undefined }, { left_ms: null }],
    ["dead", { status: "dead" }, { idle_ms: null, left_ms: null, reachable: null }],
    ["nowhere", { tty_url: null }, { reachable: false, unreachable_reason: "no address" }],
    ["of an agent that is gone", { agent_id: "a-9" }, { agent: null, agent_id: "a-9" }],
    ["without times", { created_at: null, last_seen_at: 7 }, { created_at: null, age_ms: null }],
  ])("of one that is %s", async (_, fields, expected) => {
    const { stdout } = await list([row({ id: "s-1", ...fields })], ["--json", "--all"]);
    const [record] = JSON.parse(stdout) as Record<string, unknown>[];
    expect(record).toMatchObject(expected);
    expect("idle_timeout_ms" in (record ?? {})).toBe(
      !("idle_timeout_ms" in fields) || fields["idle_timeout_ms"] !== undefined,
    );
  });

  test("of nothing is an empty list, with no word", async () => {
    const { stdout, stderr } = await list([], ["--json"]);
    expect([stdout, stderr]).toEqual(["[]\n", ""]);
  });
});

describe("--watch", () => {
  /** Watches until the terminal shows `seen`, then types. */
  async function watch(rows: Row[], seen: string, typed: string, options: Options = {}) {
    const terminal = new ScriptedTerminal(realClock);
    const watching = list(rows, ["--watch"], { terminal, ...options });
    await terminal.opened(watching);
    await terminal.shows(seen, 10_000).finally(() => terminal.type(typed));
    return await watching;
  }

  test.each(["q", "\x03"])("%p ends it quietly, and leaves what was seen last", async (typed) => {
    const outcome = await watch([row({ id: "s-1" })], "1 session on http", typed);
    expect([outcome.code, outcome.stderr]).toEqual([0, ""]);
    expect(column(outcome, "ID")).toEqual(["s-1"]);
  });

  test("sees what changes", async () => {
    const rows = [row({ id: "s-1", status: "creating", phase: "pod_pending" })];
    let lists = 0;
    const onRequest: OnRequest = (_, path) => {
      if (path === "/sessions" && ++lists === 3) rows.push(row({ id: "s-2", agent_id: "a-9" }));
      if (path === "/sessions" && lists === 5) Object.assign(rows[0] as Row, { status: "ready" });
    };
    const outcome = await watch(rows, "s-1  ready", "q", { onRequest });
    expect(column(outcome, "ID")).toEqual(["s-1", "s-2"]);
    // The agents were asked for once more, for the one that was not known, and that is all.
    expect(outcome.asked.filter((line) => line.startsWith("GET /agents"))).toHaveLength(2);
  });

  test("goes on when the platform is out for a moment, with a word", async () => {
    let lists = 0;
    const onRequest: OnRequest = (_, path) =>
      path === "/sessions" && ++lists === 2 ? failure(502, "bad gateway") : undefined;
    const outcome = await watch([row({ id: "s-1" })], "session list failed: 502", "q", {
      onRequest,
    });
    expect([outcome.code, outcome.stderr]).toEqual([0, ""]);
  });

  test("ends when the key is refused, and when the first look fails", async () => {
    let lists = 0;
    const onRequest: OnRequest = (_, path) =>
      path === "/sessions" && ++lists > 1 ? failure(401, "unauthorized") : undefined;
    const terminal = new ScriptedTerminal(realClock);
    const refused = await list([row({ id: "s-1" })], ["--watch"], { terminal, onRequest });
    expect([refused.code, refused.stdout]).toEqual([4, ""]);
    const down = await list([], ["--watch"], { terminal, onRequest: () => failure(500, "no") });
    expect(down.code).toBe(1);
    expect(down.stderr).toMatch(/^✗ (session|agent) list failed: 500 — no\n/);
  });

  test.each([
    ["SIGINT", 0],
    ["SIGTERM", 143],
  ] as const)("%s ends it with %d", async (name, code) => {
    const abort = new AbortController();
    let lists = 0;
    const outcome = await list([row({ id: "s-1" })], ["--watch"], {
      terminal: new ScriptedTerminal(realClock),
      signal: abort.signal,
      onRequest: (_, path) => {
        if (path === "/sessions" && ++lists === 3) abort.abort(new Interrupted(name));
      },
    });
    expect([outcome.code, outcome.stderr]).toEqual([code, ""]);
  });

  test.each([
    [["--watch"], "--watch needs a terminal"],
    [["--watch", "--json"], "--watch does not go with --json"],
  ])("%p in a script is refused, without any request", async (argv, words) => {
    const { code, stdout, stderr, asked } = await list([row({ id: "s-1" })], argv);
    expect([code, stdout, asked]).toEqual([2, "", []]);
    expect(stderr).toBe(`✗ ${words}\n  In a script, repeat \`lap sessions --json\`.\n`);
  });
});
