import { describe, expect, test } from "bun:test";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { waitFor } from "../support/wait.ts";

type Json = Record<string, unknown>;
type Page = { data: Json[]; total: number; limit: number; offset: number };

describe("agents", () => {
  const agents = Array.from({ length: 230 }, (_, index) => ({
    ...SHELL,
    id: `id-${index}`,
    name: index === 0 ? null : `agent ${index}`,
  }));

  test.each([
    ["", 50, 0, "id-0", 50],
    ["?limit=3&offset=2", 3, 2, "id-2", 3],
    ["?limit=1000", 200, 0, "id-0", 200],
    ["?limit=0&offset=-1", 50, 0, "id-0", 50],
    ["?limit=many", 50, 0, "id-0", 50],
    ["?offset=228", 50, 228, "id-228", 2],
    ["?order=asc&limit=1", 1, 0, "id-229", 1],
    ["?sort=name&limit=1", 1, 0, "id-99", 1],
  ])("a page for '%s'", async (query, limit, offset, first, count) => {
    await using demo = new DemoPlatform({ agents });
    const page = await demo.json<Page>(`/agents${query}`);
    expect(page).toMatchObject({ total: 230, limit, offset });
    expect([page.data[0]?.["id"], page.data.length]).toEqual([first, count]);
  });

  test.each([
    ["AGENT 22", 11],
    ["id-229", 1],
    ["codex", 230],
    ["no such", 0],
  ])("search for '%s' looks into name, id and harness", async (search, total) => {
    await using demo = new DemoPlatform({ agents });
    const page = await demo.json<Page>(`/agents?search=${encodeURIComponent(search)}`);
    expect(page.total).toBe(total);
  });

  test("the list counts sessions, the single agent does not", async () => {
    await using demo = new DemoPlatform();
    const count = async () => {
      const { data } = await demo.json<Page>("/agents");
      return [data[0]?.["session_count"], data[0]?.["has_active_session"]];
    };
    expect(await count()).toEqual([0, false]);
    const { id, agent_id } = await demo.session();
    expect(await count()).toEqual([1, true]);
    await demo.request(`/sessions/${id}`, { method: "DELETE" });
    expect(await count()).toEqual([1, false]);
    expect(await demo.json(`/agents/${agent_id}`)).not.toHaveProperty("session_count");
  });

  test.each([
    ["follows the harness", { harness_id: "opencode" }, { supports_tui: false }],
    ["is what the agent says", { harness_id: "x", supports_tui: true }, { supports_tui: true }],
    ["is left out on demand", { supports_tui: undefined }, {}],
  ])("supports_tui %s", async (_, spec, expected) => {
    await using demo = new DemoPlatform({ agents: [{ ...SHELL, ...spec }] });
    const { data } = await demo.json<Page>("/agents");
    const { supports_tui } = data[0] ?? {};
    expect(supports_tui === undefined ? {} : { supports_tui }).toEqual(expected);
  });
});

describe("sessions", () => {
  test("are created at once and come up in the background, phase by phase", async () => {
    const next = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    await using demo = new DemoPlatform({
      async *bringUp() {
        await next[0].promise;
        yield { phase: "pod_pending", detail: "pulling the image" };
        await next[1].promise;
      },
    });
    const agent = demo.platform.agents[0]?.id;
    const created = await demo.json(`/agents/${agent}/session`, { method: "POST", body: "{oops" });
    expect(created).toMatchObject({ status: "creating", phase: null, tty_url: null });
    const path = `/sessions/${String(created["id"])}`;
    next[0].resolve();
    await waitFor(async () => (await demo.json(path))["phase"] === "pod_pending", "the phase");
    expect(await demo.json(path)).toMatchObject({ phase_detail: "pulling the image" });
    next[1].resolve();
    await waitFor(async () => (await demo.json(path))["status"] === "ready", "ready");
    expect(await demo.json(path)).toMatchObject({
      phase: "ready",
      harness_session_id: "tty",
      tty_url: `/api/v1/managed_agents${path}/tty`,
      tty_token: demo.platform.token,
      failure_reason: null,
    });
  });

  test("fail with the reason of their bring-up", async () => {
    await using demo = new DemoPlatform({
      async *bringUp() {
        yield { phase: "pod_running" };
        throw new Error("sandbox never ready");
      },
    });
    expect(await demo.session()).toMatchObject({
      status: "failed",
      phase: "pod_running",
      failure_reason: "sandbox never ready",
      tty_url: null,
    });
  });

  test("fail when the agent's program is not installed", async () => {
    const agents = [{ ...SHELL, command: ["/no/such/program"] }];
    await using demo = new DemoPlatform({ agents });
    expect(await demo.session()).toMatchObject({
      status: "failed",
      failure_reason: "command not found: /no/such/program",
    });
  });

  test("that were deleted while they came up stay dead", async () => {
    const finish = Promise.withResolvers<void>();
    await using demo = new DemoPlatform({
      async *bringUp() {
        yield { phase: "pod_pending" };
        await finish.promise;
      },
    });
    const agent = demo.platform.agents[0]?.id;
    const { id } = await demo.json<{ id: string }>(`/agents/${agent}/session`, { method: "POST" });
    expect(await demo.json(`/sessions/${id}`, { method: "DELETE" })).toEqual({
      id,
      status: "deleted",
    });
    finish.resolve();
    expect(await demo.json(`/sessions/${id}`, { method: "DELETE" })).toEqual({
      id,
      status: "dead",
    });
    expect(await demo.json(`/sessions/${id}`)).toMatchObject({ status: "dead" });
  });

  test("are listed as a bare array, newest first, by agent and up to a limit", async () => {
    await using demo = new DemoPlatform();
    const [first, second] = [await demo.session(), await demo.session()];
    const ids = async (query: string) =>
      (await demo.json<Json[]>(`/sessions${query}`)).map(({ id }) => id);
    expect(await ids("")).toEqual([second.id, first.id]);
    expect(await ids("?limit=1")).toEqual([second.id]);
    expect(await ids(`?agent_id=${String(first["agent_id"])}`)).toEqual([second.id, first.id]);
    expect(await ids("?agent_id=unknown")).toEqual([]);
  });

  test("restart keeps the id and starts a new program; not while creating", async () => {
    await using demo = new DemoPlatform();
    const { id } = await demo.session();
    const peer = await demo.attach(id);
    peer.type("kept=old\r");
    const restarted = await demo.json(`/sessions/${id}/restart`, { method: "POST" });
    expect(restarted).toMatchObject({ id, status: "ready" });
    await peer.ended();
    const again = await demo.attach(id);
    again.type('echo "is<$kept>"\r');
    await again.shows("is<>");
    const session = demo.platform.sessions[0];
    if (session !== undefined) session.status = "creating";
    const { status } = await demo.request(`/sessions/${id}/restart`, { method: "POST" });
    expect(status).toBe(409);
  });

  test("a stream answers at once, stays open and moves last_seen_at", async () => {
    await using demo = new DemoPlatform();
    const { id } = await demo.session();
    const record = demo.platform.sessions[0];
    if (record !== undefined) record.lastSeenAt = "2000-01-01T00:00:00.000Z";
    const aborted = new AbortController();
    const { signal } = aborted;
    const stream = await demo.request(`/sessions/${id}/stream`, { signal });
    expect(stream.headers.get("content-type")).toContain("text/event-stream");
    const { last_seen_at } = await demo.json(`/sessions/${id}`);
    expect(last_seen_at).not.toBe("2000-01-01T00:00:00.000Z");
    aborted.abort();
  });
});

describe("refusals", () => {
  test.each([
    ["GET", "/agents/nope", 404, { error: "agent 'nope' not found" }],
    ["POST", "/agents/nope/session", 404, { error: "agent 'nope' not found" }],
    ["GET", "/sessions/nope", 404, { error: "session nope not found" }],
    ["DELETE", "/sessions/nope", 404, { error: "session nope not found" }],
    ["GET", "/sessions/nope/stream", 404, { error: "session nope not found" }],
    ["GET", "/nonsense", 404, { error: "not found" }],
    ["GET", "/sessions/nope/log/more", 404, { error: "not found" }],
    ["DELETE", "/agents", 405, undefined],
    ["POST", "/sessions", 405, undefined],
    ["GET", "/agents/nope/session", 405, undefined],
    ["GET", "/sessions/nope/restart", 405, undefined],
  ])("%s %s is %d", async (method, path, status, body) => {
    await using demo = new DemoPlatform();
    const response = await demo.request(path, { method });
    const text = await response.text();
    expect([response.status, text === "" ? undefined : JSON.parse(text)]).toEqual([status, body]);
  });

  test.each([
    ["no key", undefined],
    ["a wrong key", "Bearer wrong"],
    ["another scheme's case", "bearer master-key"],
    ["the terminal's token", "Bearer tty-token"],
    ["the key alone", "master-key"],
  ])("%s is 401", async (_, authorization) => {
    await using demo = new DemoPlatform({ key: "master-key", token: "tty-token" });
    const headers = new Headers();
    if (authorization !== undefined) headers.set("authorization", authorization);
    const response = await fetch(`${demo.platform.url}/api/v1/managed_agents/agents`, { headers });
    expect([response.status, await response.json()]).toEqual([401, { error: "unauthorized" }]);
  });

  test.each<[string, Record<string, string>]>([
    ["an Origin", { origin: "https://evil.example" }],
    ["its own Origin", { origin: "http://127.0.0.1" }],
    ["another Host", { host: "evil.example" }],
    ["its Host without the port", { host: "127.0.0.1" }],
  ])("a request with %s is 403, the right key or not", async (_, headers) => {
    await using demo = new DemoPlatform();
    expect((await demo.request("/agents", { headers })).status).toBe(403);
  });

  test("a taken port is said so", async () => {
    await using demo = new DemoPlatform();
    const { port } = demo.platform;
    expect(() => new DemoPlatform({ port })).toThrow(`port ${port} is in use`);
  });
});

test("keys and tokens are fresh with every start", async () => {
  await using one = new DemoPlatform();
  await using two = new DemoPlatform();
  const secrets = [one.platform, two.platform].flatMap(({ key, token }) => [key, token]);
  expect(new Set(secrets).size).toBe(4);
  for (const secret of secrets) expect(secret).toMatch(/^[\w-]{22,}$/);
});

test("an intercepted request gets the given answer, others the platform's", async () => {
  await using demo = new DemoPlatform({
    intercept: async (_, url) =>
      url.pathname.endsWith("/agents") ? new Response("<html>", { status: 502 }) : undefined,
  });
  expect((await demo.request("/agents")).status).toBe(502);
  expect((await demo.request("/sessions")).status).toBe(200);
});
