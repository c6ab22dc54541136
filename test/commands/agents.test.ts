import { describe, expect, test } from "bun:test";
import type { AgentSpec } from "../../src/demo/agents.ts";
import type { PlatformOptions } from "../../src/demo/platform.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { type Outcome, runLap } from "../support/world.ts";

interface Asked {
  sessions?: number;
  options?: Partial<PlatformOptions>;
}

/** `lap agents` on a platform with these agents, the first of which has so many sessions. */
async function list(
  agents: Partial<AgentSpec>[],
  argv: string[] = [],
  { sessions = 0, options = {} }: Asked = {},
): Promise<Outcome> {
  using home = new TemporaryHome();
  const specs = agents.map((agent, index) => ({ ...SHELL, id: `id-${index}`, ...agent }));
  await using demo = new DemoPlatform({ agents: specs, ...options });
  for (let count = 0; count < sessions; count++) await demo.session();
  const env = { LAP_URL: demo.platform.url, LAP_KEY: demo.platform.key };
  return await runLap(["agents", ...argv], { home: home.path, env });
}

const lines = ({ stdout }: Outcome) => stdout.trimEnd().split("\n");

describe("the list", () => {
  test("shows name, harness, kind, running sandboxes and a short id", async () => {
    const agents = [
      { id: "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", name: "refactor-bot" },
      { name: "helper", harness_id: "opencode" },
    ];
    const outcome = await list(agents, [], { sessions: 2 });
    expect(lines(outcome)).toEqual([
      "NAME          HARNESS   KIND    RUNNING  ID",
      "refactor-bot  codex     [tui]   2        6f9619ff",
      "helper        opencode  [chat]  0        id-1",
    ]);
    expect([outcome.code, outcome.stderr]).toEqual([0, ""]);
  });

  test("counts only what runs", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform();
    for (const status of ["ready", "creating", "dead", "failed"] as const) {
      await demo.session();
      (demo.platform.sessions[0] as { status: string }).status = status;
    }
    const env = { LAP_URL: demo.platform.url, LAP_KEY: demo.platform.key };
    const outcome = await runLap(["agents"], { home: home.path, env });
    expect(lines(outcome)[1]).toMatch(/^shell +codex +\[tui\] +2 /);
  });

  // One row that is no session made the whole list fail.
  test("counts on where one of the sessions cannot be read", async () => {
    const rows = [{ id: "s-1", agent_id: "id-0", status: "ready" }, { status: "ready" }, null];
    const outcome = await list([{}], [], {
      options: {
        intercept: (_, { pathname }) =>
          pathname.endsWith("/sessions") ? Response.json(rows) : undefined,
      },
    });
    expect([outcome.code, outcome.stderr]).toEqual([0, ""]);
    expect(lines(outcome)[1]).toMatch(/^shell +codex +\[tui\] +1 /);
  });

  test("says 1+ where the platform knows of sessions beyond those that it lists", async () => {
    const outcome = await list([{ extra: { has_active_session: true } }]);
    expect(lines(outcome)[1]).toContain("  1+  ");
  });

  test("shows 5,000 agents", async () => {
    const agents = Array.from({ length: 5_000 }, (_, index) => ({ name: `agent ${index}` }));
    const outcome = await list(agents);
    expect(lines(outcome)).toHaveLength(5_001);
    expect(outcome.stdout).toContain("agent 4999");
  });

  test("shows null and repeated names as what they are", async () => {
    const agents = [{ name: null }, { name: "bot" }, { name: "bot" }, { name: "" }, { name: " " }];
    const names = lines(await list(agents)).map((line) => line.split("  ")[0]);
    expect(names).toEqual(["NAME", "(no name)", "bot", "bot", "(blank name)", "(blank name)"]);
  });

  test("shows nothing that would act on the terminal or turn a line around", async () => {
    const evil = "\x1b]0;owned\x07\x1b[2J\u202erotcafer\u202c\u009b31m\r\nline";
    const { stdout } = await list([{ name: evil, harness_id: evil, id: `\x1b[2J${evil}` }]);
    // oxlint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(stdout.trimEnd().split("\n")).toHaveLength(2);
    expect(stdout).toContain("rotcafer line");
  });

  test("never shows an agent's secrets", async () => {
    const agents = [{ name: "bot", extra: { env_vars: { TOKEN: "hunter2" } } }];
    for (const argv of [[], ["--json"]]) {
      const { stdout, stderr } = await list(agents, argv);
      expect(stdout + stderr).not.toContain("hunter2");
    }
  });

  test("of nothing says so, without a table", async () => {
    const { code, stdout, stderr } = await list([]);
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toStartWith("no agents on http://127.0.0.1:");
  });
});

describe("--search", () => {
  const agents = [
    { name: "refactor-bot" },
    { name: null },
    { name: "docs", harness_id: "claude-code" },
  ];

  test.each([
    ["BOT", ["id-0"]],
    ["claude", ["id-2"]],
    ["id-1", ["id-1"]],
    ["null", []],
  ])("%s finds by name, id or harness", async (search, ids) => {
    const { stdout } = await list(agents, ["--json", "--search", search]);
    expect((JSON.parse(stdout) as { id: string }[]).map(({ id }) => id)).toEqual(ids);
  });

  test("finds the same where the server ignores it", async () => {
    const ignoring: Partial<PlatformOptions> = {
      intercept: (request, url) => {
        if (!url.searchParams.has("search")) return undefined;
        url.searchParams.delete("search");
        return fetch(url, { headers: request.headers });
      },
    };
    for (const [search, ids] of [
      ["BOT", ["id-0"]],
      ["null", []],
    ] as const) {
      const { stdout } = await list(agents, ["--json", `--search=${search}`], {
        options: ignoring,
      });
      expect((JSON.parse(stdout) as { id: string }[]).map(({ id }) => id)).toEqual([...ids]);
    }
  });

  test("without a match says so", async () => {
    const { code, stdout, stderr } = await list(agents, ["--search", "kube"]);
    expect([code, stdout, stderr]).toEqual([0, "", "no agent matches 'kube'\n"]);
  });
});

describe("--json", () => {
  test("is a list of id, name, harness, tui and running", async () => {
    const agents = [{ name: "bot" }, { name: null, harness_id: "opencode" }];
    const { stdout } = await list(agents, ["--json"], { sessions: 1 });
    expect(JSON.parse(stdout)).toEqual([
      { id: "id-0", name: "bot", harness: "codex", tui: true, running: 1 },
      { id: "id-1", name: null, harness: "opencode", tui: false, running: 0 },
    ]);
  });

  test("of nothing is an empty list", async () => {
    expect((await list([], ["--json"])).stdout).toBe("[]\n");
  });

  test("keeps a name exactly, and is still harmless on a terminal", async () => {
    const name = "\x1b[2J\u009b31m\u202eevil\u2066 世界 🎉";
    const { stdout } = await list([{ name }], ["--json"]);
    expect(JSON.parse(stdout)[0].name).toBe(name);
    // oxlint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066]/);
    expect(stdout).toContain("世界 🎉");
  });
});
