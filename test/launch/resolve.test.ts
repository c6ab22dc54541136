import { describe, expect, test } from "bun:test";
import { createClient } from "../../src/api/client.ts";
import { EXIT, LapError } from "../../src/errors.ts";
import { AmbiguousAgent, resolveAgent } from "../../src/launch/resolve.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";

const UUID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
const OTHER_UUID = "00000000-8b86-4d01-b42d-00cf4fc964ff";

interface Named {
  id: string;
  name: string | null;
}

/** Resolves `wanted` on a platform with these agents; `asked` are the requests it took. */
async function resolve(agents: Named[], wanted: string, ignoresSearch = false) {
  const asked: string[] = [];
  await using demo = new DemoPlatform({
    agents: agents.map((agent) => ({ ...SHELL, ...agent })),
    intercept: (request, url) => {
      asked.push(`${url.pathname.split("/managed_agents")[1]}${url.search}`);
      if (!ignoresSearch || !url.searchParams.has("search")) return undefined;
      url.searchParams.delete("search");
      return fetch(url, { headers: request.headers });
    },
  });
  const { url: base, key } = demo.platform;
  const outcome = await resolveAgent(createClient({ base, key }), wanted).catch(
    (error: unknown) => error,
  );
  return { outcome, asked };
}

describe("a name", () => {
  const agents = [
    { id: "1", name: "docs-writer" },
    { id: "2", name: "docs" },
    { id: "3", name: "Docs" },
    { id: "4", name: null },
    { id: "5", name: "docs " },
  ];

  test.each([
    ["docs", "2"],
    ["Docs", "3"],
    ["docs ", "5"],
    ["docs-writer", "1"],
  ])("is matched exactly among names that hold it: '%s'", async (wanted, id) => {
    expect((await resolve(agents, wanted)).outcome).toMatchObject({ id });
  });

  test("takes one request where the server searches", async () => {
    const { asked } = await resolve(agents, "docs");
    expect(asked).toEqual(["/agents?limit=200&search=docs"]);
  });

  test("is found behind the first page where the server ignores the search", async () => {
    const many = Array.from({ length: 450 }, (_, index) => ({
      id: `id-${index}`,
      name: `agent ${index}`,
    }));
    expect((await resolve(many, "agent 449", true)).outcome).toMatchObject({ id: "id-449" });
  });

  test("with characters of a URL's own is searched for as it is", async () => {
    const odd = [{ id: "1", name: "a&b=c+d?#%€" }];
    expect((await resolve(odd, "a&b=c+d?#%€")).outcome).toMatchObject({ id: "1" });
  });

  test("that nobody carries is told with the nearest", async () => {
    const { outcome } = await resolve(agents, "doks");
    expect(outcome).toBeInstanceOf(LapError);
    const { message, hint, exitCode } = outcome as LapError;
    expect(message).toBe("no agent named 'doks'.");
    expect(hint).toStartWith("Did you mean 'docs'");
    expect(exitCode).toBe(EXIT.failure);
  });

  test("that is like no other is told where the others are listed", async () => {
    const { hint } = (await resolve(agents, "kubernetes")).outcome as LapError;
    expect(hint).toStartWith("`lap agents` lists all");
  });

  test("on a platform without names is told that there are none", async () => {
    const { hint } = (await resolve([{ id: "4", name: null }], "x")).outcome as LapError;
    expect(hint).toStartWith("There are no named agents here");
  });
});

describe("a name that several carry", () => {
  const twins = [
    { id: UUID, name: "bot" },
    { id: OTHER_UUID, name: "bot" },
    { id: "3", name: "bottle" },
  ];

  test("is a usage error that names their ids", async () => {
    const { outcome } = await resolve(twins, "bot");
    expect(outcome).toBeInstanceOf(AmbiguousAgent);
    const { message, hint, exitCode, agents } = outcome as AmbiguousAgent;
    expect(message).toBe("2 agents are named 'bot'");
    expect(hint).toBe(`Open one by its id:\n  lap ${UUID}\n  lap ${OTHER_UUID}`);
    expect(exitCode).toBe(EXIT.usage);
    expect(agents.map(({ id }) => id)).toEqual([UUID, OTHER_UUID]);
  });
});

describe("an id", () => {
  const agents = [
    { id: UUID, name: "bot" },
    { id: "agent-7", name: null },
    { id: "8", name: "agent-8" },
  ];

  test("that is a UUID is used as it is", async () => {
    const { outcome, asked } = await resolve(agents, UUID);
    expect(outcome).toMatchObject({ id: UUID });
    expect(asked).toEqual([`/agents/${UUID}`]);
  });

  test("that is no UUID is found by the search", async () => {
    expect((await resolve(agents, "agent-7")).outcome).toMatchObject({ id: "agent-7" });
  });

  test("goes after a name of the same letters", async () => {
    const both = [...agents, { id: "agent-8", name: "x" }];
    expect((await resolve(both, "agent-8")).outcome).toMatchObject({ id: "8" });
  });

  test("may be the name of another agent", async () => {
    const { outcome } = await resolve([{ id: "9", name: OTHER_UUID }], OTHER_UUID);
    expect(outcome).toMatchObject({ id: "9" });
  });
});
