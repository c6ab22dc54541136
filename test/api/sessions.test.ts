import { describe, expect, test } from "bun:test";
import { createClient } from "../../src/api/client.ts";
import {
  createSession,
  deleteSession,
  getSession,
  hasEnded,
  listSessions,
  touchSession,
} from "../../src/api/sessions.ts";
import { UsageError } from "../../src/errors.ts";
import { closedUrl, failure, page, StubServer } from "../support/stub-server.ts";
import { Secret } from "../../src/net/secret.ts";

const PREFIX = "/api/v1/managed_agents";

async function asking<T>(
  answer: () => Response | Promise<Response>,
  work: (client: ReturnType<typeof createClient>) => Promise<T>,
) {
  await using server = new StubServer(answer);
  const result = await work(createClient({ base: server.url, key: "sk-test-0123456789" }));
  const { method, path } = server.requests[0] ?? {};
  return { result, asked: `${method} ${path}` };
}

describe("a session", () => {
  test("is read field by field", async () => {
    const body = {
      id: "s-1",
      agent_id: "a-1",
      status: "ready",
      phase: "ready",
      phase_detail: "ok",
      failure_reason: "initial_prompt failed: x",
      sandbox_url: "http://n:1",
      tty_url: "/tty",
      tty_token: "t",
      supports_tui: true,
      created_at: "2026-11-22T20:00:00.000Z",
      last_seen_at: "2026-11-22T20:00:01.500Z",
      idle_timeout_ms: 900_000,
      response: { big: "x" },
    };
    const { result, asked } = await asking(
      () => Response.json(body),
      (client) => getSession(client, "s-1"),
    );
    await expect(asked).toBe(`GET ${PREFIX}/sessions/s-1`);
    expect(result).toEqual({
      id: "s-1",
      agentId: "a-1",
      status: "ready",
      phase: "ready",
      phaseDetail: "ok",
      failureReason: "initial_prompt failed: x",
      sandboxUrl: "http://n:1",
      ttyUrl: "/tty",
      ttyToken: new Secret("t"),
      hasTerminal: true,
      createdAt: Date.UTC(2026, 10, 22, 20),
      lastSeenAt: Date.UTC(2026, 10, 22, 20, 0, 1, 500),
      idleTimeoutMs: 900_000,
    });
  });

  test.each([
    ["never ends by itself", null, null],
    ["does not say when it ends", undefined, undefined],
    ["says nonsense", -1, undefined],
    ["says nonsense in words", "900000", undefined],
  ])("%s", async (_, idle_timeout_ms, expected) => {
    const body = { id: "s-1", idle_timeout_ms, created_at: 7, last_seen_at: "yesterday" };
    const { result } = await asking(
      () => Response.json(body),
      (client) => getSession(client, "s-1"),
    );
    expect(result).toHaveProperty("idleTimeoutMs", expected);
    expect([result?.createdAt, result?.lastSeenAt]).toEqual([undefined, undefined]);
  });

  test("may lack everything but its id, or hold something else (older platforms)", async () => {
    const body = { id: "s-1", phase: null, tty_url: 7, tty_token: "", supports_tui: null };
    const { result } = await asking(
      () => Response.json(body),
      (client) => getSession(client, "s-1"),
    );
    expect(result).toMatchObject({ id: "s-1", status: "unknown" });
    expect(result?.ttyUrl ?? result?.ttyToken ?? result?.hasTerminal ?? result?.phase).toBe(
      undefined as never,
    );
  });

  test.each([
    ["null", null],
    ["a list", []],
    ["without an id", { status: "ready" }],
    ["with a number for its id", { id: 7 }],
  ])("that is %s is none", async (_, body) => {
    const asked = asking(
      () => Response.json(body),
      (client) => createSession(client, "a-1"),
    );
    await expect(asked).rejects.toThrow("answered with something that is not a session");
  });

  test.each([
    ["a b/c?d#e&é%", "a%20b%2Fc%3Fd%23e%26%C3%A9%25"],
    ["...", "..."],
    ["s-1", "s-1"],
  ])("called %s is asked for as %s", async (id, escaped) => {
    const { asked } = await asking(
      () => Response.json({ id }),
      (client) => getSession(client, id),
    );
    await expect(asked).toBe(`GET ${PREFIX}/sessions/${escaped}`);
  });

  // A path of dots is resolved before it is sent: `lap stop ..` would ask to delete something else.
  test.each(["", ".", "..", "\ud800x"])(
    "cannot be called '%s', which asks for nothing",
    async (id) => {
      await using server = new StubServer(() => Response.json({ id: "s-1" }));
      const client = createClient({ base: server.url, key: "sk-test-0123456789" });
      for (const ask of [getSession, deleteSession, createSession]) {
        expect(await ask(client, id).catch((error: unknown) => error)).toBeInstanceOf(UsageError);
      }
      expect(server.requests).toEqual([]);
    },
  );
});

test("a session is created by a POST with an empty object", async () => {
  const { result, asked } = await asking(
    () => Response.json({ id: "s-1", status: "creating" }),
    (client) => createSession(client, "a-1"),
  );
  await expect(asked).toBe(`POST ${PREFIX}/agents/a-1/session`);
  expect(result.status).toBe("creating");
});

test("a session is deleted, also where the answer is empty", async () => {
  const { result, asked } = await asking(
    () => new Response(null, { status: 204 }),
    (client) => deleteSession(client, "s-1"),
  );
  expect([result, asked]).toEqual([true, `DELETE ${PREFIX}/sessions/s-1`]);
});

describe("a session that is not there", () => {
  const missing = () => failure(404, "session s-1 not found");

  test("is undefined when asked for, and false when deleted", async () => {
    const got = await asking(missing, (client) => getSession(client, "s-1"));
    const deleted = await asking(missing, (client) => deleteSession(client, "s-1"));
    expect([got.result, deleted.result]).toEqual([undefined, false]);
  });

  test("is not concluded from another web server's 404", async () => {
    const notFound = () => page(404);
    await expect(asking(notFound, (client) => getSession(client, "s-1"))).rejects.toThrow(
      "session lookup failed: 404",
    );
    await expect(asking(notFound, (client) => deleteSession(client, "s-1"))).rejects.toThrow(
      "session stop failed: 404",
    );
  });
});

describe("counting as use of a session", () => {
  const touch = (
    answer: () => Response | Promise<Response>,
    signal = new AbortController().signal,
  ) => asking(answer, (client) => touchSession(client, "s/1", signal));
  const stream = (body: string | ReadableStream) =>
    new Response(body, { headers: { "content-type": "text/event-stream" } });

  test("is done once its event stream answers, which is left", async () => {
    const left = Promise.withResolvers<void>();
    const endless = new ReadableStream({
      start: (controller) => controller.enqueue("data: {}\n\n"),
      cancel: () => left.resolve(),
    });
    await using server = new StubServer(() => stream(endless));
    const client = createClient({ base: server.url, key: "sk-test-0123456789" });
    await touchSession(client, "s/1", new AbortController().signal);
    expect(server.requests[0]).toMatchObject({
      method: "GET",
      path: `${PREFIX}/sessions/s%2F1/stream`,
    });
    await left.promise;
  });

  test("is done with a stream that ends, and with any other content", async () => {
    for (const body of [":keepalive\n\n", "", "<html>"]) await touch(() => stream(body));
  });

  test("is done where nothing answers: the request is there by then", async () => {
    await touch(() => new Promise(() => {}));
  });

  test.each([401, 404, 500, 502])("is not done with %d", async (status) => {
    await expect(touch(() => failure(status, "no"))).rejects.toThrow(
      `keeping the session failed: ${status}`,
    );
  });

  test("is not done where nobody is there, or elsewhere", async () => {
    const client = createClient({ base: await closedUrl(), key: "sk-test-0123456789" });
    const { signal } = new AbortController();
    await expect(touchSession(client, "s-1", signal)).rejects.toThrow("cannot reach");
    const elsewhere = () => Response.redirect("https://login.example/");
    await expect(touch(elsewhere)).rejects.toThrow("redirects elsewhere");
  });

  test("is called off with the signal's reason", async () => {
    const left = new AbortController();
    const asked = touch(() => {
      left.abort(new Error("left"));
      return new Promise(() => {});
    }, left.signal);
    await expect(asked).rejects.toThrow("left");
  });
});

describe("the list of sessions", () => {
  test("asks for as many as a platform gives", async () => {
    const { result, asked } = await asking(() => Response.json([{ id: "s-1" }]), listSessions);
    await expect(asked).toBe(`GET ${PREFIX}/sessions?limit=200`);
    expect(result.sessions.map(({ id }) => id)).toEqual(["s-1"]);
  });

  test("of one agent is asked for as that, and holds no other's where the platform ignores it", async () => {
    const body = ["a/1", "a-2", undefined].map((agent_id, index) => ({
      id: `s-${index}`,
      agent_id,
    }));
    const { result, asked } = await asking(
      () => Response.json(body),
      (client) => listSessions(client, undefined, { agentId: "a/1" }),
    );
    await expect(asked).toBe(`GET ${PREFIX}/sessions?limit=200&agent_id=a%2F1`);
    expect(result.sessions.map(({ id }) => id)).toEqual(["s-0"]);
  });

  test("is sorted newest first; those without a time come last, as they came", async () => {
    const times = [undefined, "2026-11-22T20:00:00Z", "2026-11-22T21:00:00Z", undefined];
    const body = times.map((created_at, index) => ({ id: `s-${index}`, created_at }));
    const { result } = await asking(() => Response.json(body), listSessions);
    expect(result.sessions.map(({ id }) => id)).toEqual(["s-2", "s-1", "s-0", "s-3"]);
  });

  // One row without an id made every list fail, that of the agents included.
  test.each([["null"], ["7"], ["[]"], ["{}"], [`{"id": null}`], [`{"id": ""}`]])(
    "passes over a row that is %s",
    async (row) => {
      const body = [{ id: "s-1" }, JSON.parse(row), { id: "s-2" }];
      const { result } = await asking(() => Response.json(body), listSessions);
      expect(result.sessions.map(({ id }) => id)).toEqual(["s-1", "s-2"]);
    },
  );

  test.each([
    [199, false],
    [200, true],
  ])("of %d rows, readable or not: full is %p", async (count, full) => {
    const body = Array.from({ length: count }, (_, index) => (index ? { id: `s-${index}` } : null));
    const { result } = await asking(() => Response.json(body), listSessions);
    expect(result.full).toBe(full);
  });

  test("is no longer than was asked for, and the newest of it", async () => {
    const body = Array.from({ length: 250 }, (_, index) => ({
      id: `s-${index}`,
      created_at: new Date(Date.UTC(2026, 10, 22) + index * 1_000).toISOString(),
    }));
    const { result } = await asking(() => Response.json(body), listSessions);
    const ids = result.sessions.map(({ id }) => id);
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([200, "s-249", "s-50"]);
  });

  test("is a bare array, and nothing else", async () => {
    await expect(asking(() => Response.json({ data: [] }), listSessions)).rejects.toThrow(
      "answered with something that is not a list of sessions",
    );
  });
});

test.each([
  ["ready", false],
  ["creating", false],
  ["failed", true],
  ["dead", true],
  ["stopped", true],
  ["hibernating", false],
])("of a session that is %s it is over: %p", (status, over) => {
  expect(hasEnded({ status })).toBe(over);
});
