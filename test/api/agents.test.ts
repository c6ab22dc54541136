import { describe, expect, test } from "bun:test";
import { getAgent, listAgents } from "../../src/api/agents.ts";
import { createClient } from "../../src/api/client.ts";
import { failure, page, StubServer } from "../support/stub-server.ts";

type Json = Record<string, unknown>;
const ALL = Array.from({ length: 5_000 }, (_, index) => ({ id: `id-${index}`, name: `a${index}` }));

interface Habits {
  /** The most a page holds; 200 on the platform. */
  most?: number;
  total?: "missing" | number;
  ignores?: string[];
}

/** GET /agents of a platform with habits of its own. */
function agentServer(agents: Json[], { most = 200, total, ignores = [] }: Habits = {}) {
  return new StubServer((_request, { searchParams: query }) => {
    const asked = (name: string) => (ignores.includes(name) ? null : query.get(name));
    const limit = Math.min(Number(asked("limit") ?? 50), most);
    const offset = Number(asked("offset") ?? 0);
    const needle = asked("search") ?? "";
    const found = agents.filter(({ name }) => String(name).includes(needle));
    const data = found.slice(offset, offset + limit);
    return Response.json(total === "missing" ? { data } : { data, total: total ?? found.length });
  });
}

const list = (server: StubServer, search?: string) =>
  listAgents(createClient({ base: server.url, key: "sk-test-0123456789" }), { search });

describe("5,000 agents", () => {
  test.each([
    ["a platform as it is", {}, 25],
    ["one that gives 50 at a time", { most: 50 }, 100],
    ["one that ignores the limit", { ignores: ["limit"] }, 100],
    ["one that says no total", { total: "missing" }, 26],
  ] satisfies [string, Habits, number][])("are listed whole by %s", async (_, habits, requests) => {
    await using server = agentServer(ALL, habits);
    const agents = await list(server);
    expect(agents.map(({ id }) => id)).toEqual(ALL.map(({ id }) => id));
    expect(server.requests).toHaveLength(requests);
  });

  test.each([
    ["ignores the offset", { ignores: ["offset"] }],
    ["ignores the offset and says no total", { ignores: ["offset"], total: "missing" }],
    ["promises far more than it has", { total: 1_000_000_000, ignores: ["offset"] }],
  ] satisfies [string, Habits][])("end soon on a platform that %s", async (_, habits) => {
    await using server = agentServer(ALL, habits);
    const agents = await list(server);
    expect(agents.map(({ id }) => id)).toEqual(ALL.slice(0, 200).map(({ id }) => id));
    expect(server.requests.length).toBeLessThan(10);
  });

  test("are searched by the server", async () => {
    await using server = agentServer(ALL);
    expect((await list(server, "a4999")).map(({ id }) => id)).toEqual(["id-4999"]);
    expect(server.requests).toHaveLength(1);
  });

  test("are all there where the server ignores the search", async () => {
    await using server = agentServer(ALL, { ignores: ["search"] });
    expect(await list(server, "a4999")).toHaveLength(5_000);
  });

  test("that moved between pages are kept once", async () => {
    const pages = [["1", "2"], ["2", "3"], ["3"]].map((ids) => ids.map((id) => ({ id })));
    await using server = new StubServer((_request, { searchParams }) => {
      const offset = Number(searchParams.get("offset") ?? 0);
      return Response.json({ data: pages[offset / 2], total: 5 });
    });
    expect((await list(server)).map(({ id }) => id)).toEqual(["1", "2", "3"]);
  });

  test("among entries without an id do not cost a request each", async () => {
    const agents = ALL.slice(0, 1_000).map((agent, index) => (index % 100 === 0 ? agent : {}));
    await using server = agentServer(agents);
    expect(await list(server)).toHaveLength(10);
    expect(server.requests).toHaveLength(5);
  });
});

test("a platform without agents lists none", async () => {
  await using server = agentServer([]);
  expect(await list(server)).toEqual([]);
  expect(server.requests).toHaveLength(1);
});

describe("an agent", () => {
  const parsed = async (agent: Json) => {
    await using server = agentServer([{ id: "1", ...agent }]);
    return (await list(server))[0];
  };

  test.each([
    ["claude-code", undefined, true],
    ["codex", undefined, true],
    ["gemini", undefined, true],
    ["hermes", undefined, true],
    ["opencode", undefined, false],
    ["claude-agent-sdk", undefined, false],
    ["opencode-brain-inline", undefined, false],
    ["anything new", undefined, false],
    ["anything new", true, true],
    ["claude-code", false, false],
    ["claude-code", "no", true],
  ])("of %s which says supports_tui: %p has a terminal: %p", async (harness_id, tui, expected) => {
    const agent = await parsed({ harness_id, supports_tui: tui });
    expect(agent?.hasTerminal).toBe(expected);
  });

  test("keeps nothing of its secrets", async () => {
    const agent = await parsed({ name: "bot", env_vars: { TOKEN: "hunter2" }, prompt: "hunter2" });
    expect(JSON.stringify(agent)).not.toContain("hunter2");
  });

  test("may lack everything but its id", async () => {
    expect(await parsed({})).toEqual({
      id: "1",
      name: null,
      harness: "",
      hasTerminal: false,
      hasActiveSession: undefined,
    });
  });
});

describe("what is no list of agents", () => {
  test.each([
    ["a bare array", []],
    ["an object without data", { agents: [] }],
    ["data that is no list", { data: {} }],
    ["null", null],
  ])("%s is said to be none", async (_, body) => {
    await using server = new StubServer(() => Response.json(body));
    await expect(list(server)).rejects.toThrow(
      "answered with something that is not a list of agents",
    );
  });

  test("entries that are no agents are passed over", async () => {
    const data = [null, 7, "x", {}, { id: 7 }, { id: "" }, { id: "1" }];
    await using server = new StubServer(() => Response.json({ data, total: 1 }));
    expect((await list(server)).map(({ id }) => id)).toEqual(["1"]);
  });
});

describe("one agent", () => {
  const get = async (answer: () => Response, id = "1") => {
    await using server = new StubServer(answer);
    const agent = await getAgent(createClient({ base: server.url, key: "sk-test" }), id);
    return { agent, path: server.requests[0]?.path };
  };

  test("is asked for by its id, whatever that holds", async () => {
    const { agent, path } = await get(() => Response.json({ id: "a/b?c" }), "a/b?c");
    expect(agent?.id).toBe("a/b?c");
    expect(path).toBe("/api/v1/managed_agents/agents/a%2Fb%3Fc");
  });

  test("is not there where the platform says so", async () => {
    expect((await get(() => failure(404, "agent '1' not found"))).agent).toBeUndefined();
  });

  test("is not known where another web server answers 404", async () => {
    await expect(get(() => page(404))).rejects.toThrow("agent lookup failed: 404");
  });
});
