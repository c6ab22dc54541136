import { describe, expect, test } from "bun:test";
import { createClient } from "../../src/api/client.ts";
import { errorWords } from "../../src/api/words.ts";
import { PlatformUnreachable } from "../../src/api/errors.ts";
import { EXIT, Interrupted, LapError } from "../../src/errors.ts";
import { closedUrl, failure, page, StubServer } from "../support/stub-server.ts";

const KEY = "sk-test-0123456789";

/** What a request to a server that answers so ends with. */
async function errorOf(answer: () => Response, path = "/agents"): Promise<LapError> {
  await using server = new StubServer(answer);
  const client = createClient({ base: server.url, key: KEY });
  const error = await client.request(path, { what: "agent list" }).catch((fault: unknown) => fault);
  if (!(error instanceof LapError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

describe("a request", () => {
  test("goes below the API's prefix with the key in the header, its query escaped", async () => {
    await using server = new StubServer(() => Response.json({ ok: true }));
    const client = createClient({ base: `${server.url}/prefix`, key: KEY });
    const query = { search: "a&b=c+d %€", limit: 5, offset: undefined };
    expect(await client.request("/agents", { query, what: "x" })).toEqual({ ok: true });
    const { method, path, authorization } = server.requests[0] ?? {};
    expect([method, authorization]).toEqual(["GET", `Bearer ${KEY}`]);
    const { pathname, searchParams } = new URL(path ?? "", server.url);
    expect(pathname).toBe("/prefix/api/v1/managed_agents/agents");
    expect(Object.fromEntries(searchParams)).toEqual({ search: "a&b=c+d %€", limit: "5" });
  });

  test("with a body is JSON", async () => {
    await using server = new StubServer(async (request) => Response.json(await request.json()));
    const client = createClient({ base: server.url, key: KEY });
    const sent = { method: "POST", body: { a: [1] }, what: "x" } as const;
    expect(await client.request("/x", sent)).toEqual({ a: [1] });
  });

  test.each([500, 502, 429, 401])("is not repeated after a %d", async (status) => {
    await using server = new StubServer(() => failure(status, "oops"));
    const client = createClient({ base: server.url, key: KEY });
    await client.request("/agents", { what: "x" }).catch(() => {});
    expect(server.requests).toHaveLength(1);
  });

  // A create that was lost may have been done: twice is one sandbox too many.
  test("is not repeated after a lost connection", async () => {
    let connections = 0;
    const server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket) {
          connections++;
          socket.end();
        },
      },
    });
    const client = createClient({ base: `http://127.0.0.1:${server.port}`, key: KEY });
    for (const method of ["GET", "POST"] as const) {
      await client.request("/x", { method, what: "x" }).catch(() => {});
    }
    server.stop(true);
    expect(connections).toBe(2);
  });

  test("that was aborted before makes no connection, and says why in the signal's own words", async () => {
    await using server = new StubServer(() => Response.json({}));
    const client = createClient({ base: server.url, key: KEY });
    const reason = new Interrupted("SIGTERM");
    const asked = client.request("/agents", { signal: AbortSignal.abort(reason), what: "x" });
    expect(await asked.catch((error: unknown) => error)).toBe(reason);
    expect(server.requests).toEqual([]);
  });

  test("that is aborted on its way ends at once", async () => {
    const abort = new AbortController();
    const reason = new Interrupted("SIGINT");
    await using server = new StubServer(() => {
      abort.abort(reason);
      return new Promise<Response>(() => {});
    });
    const client = createClient({ base: server.url, key: KEY });
    const asked = client.request("/agents", { signal: abort.signal, what: "x" });
    expect(await asked.catch((error: unknown) => error)).toBe(reason);
  });

  test("that is answered with 204 has no content", async () => {
    await using server = new StubServer(() => new Response(null, { status: 204 }));
    const client = createClient({ base: server.url, key: KEY });
    expect(await client.request("/x", { method: "DELETE", what: "x" })).toBeUndefined();
  });
});

describe("an answer of plain text", () => {
  const ask = async (answer: () => Response) => {
    await using server = new StubServer(answer);
    const client = createClient({ base: server.url, key: KEY });
    return await client.text("/log", { what: "pod log" }).catch((fault: unknown) => fault);
  };

  test.each(["", "two\nlines\n", "{}", "<html>of a program</html>"])(
    "is %p as it came",
    async (text) => {
      expect(
        await ask(() => new Response(text, { headers: { "content-type": "text/plain" } })),
      ).toBe(text);
    },
  );

  test("is no page of a proxy, and no error", async () => {
    expect(String(await ask(() => page(200)))).toContain("answered with a web page");
    expect(String(await ask(() => failure(404, "no such session")))).toContain(
      "pod log failed: 404 — no such session",
    );
  });
});

describe("the platform's time", () => {
  test("is that of its last answer, whatever that was", async () => {
    let date: string | undefined;
    await using server = new StubServer(
      () => new Response("{}", { status: 404, headers: date ? { date } : {} }),
    );
    const client = createClient({ base: server.url, key: KEY });
    expect(client.time).toBeUndefined();
    date = "Sun, 22 Nov 2026 20:00:00 GMT";
    await client.request("/x", { what: "x" }).catch(() => {});
    expect(client.time).toBe(Date.UTC(2026, 10, 22, 20));
    date = "yesterday";
    await client.request("/x", { what: "x" }).catch(() => {});
    expect(client.time).toBeUndefined();
  });
});

describe("a request's time", () => {
  const silent = () => new Promise<Response>(() => {});

  test("can be less than the half minute that is usual", async () => {
    await using server = new StubServer(silent);
    const client = createClient({ base: server.url, key: KEY });
    const asked = client.request("/x", { what: "x", timeoutMs: 20 });
    await expect(asked).rejects.toThrow(`cannot reach ${server.url}: no answer in time`);
  });

  test("can be without end, but for Ctrl-C", async () => {
    const abort = new AbortController();
    const reason = new Interrupted("SIGINT");
    await using server = new StubServer(() => {
      abort.abort(reason);
      return silent();
    });
    const client = createClient({ base: server.url, key: KEY });
    const { signal } = abort;
    const asked = client.request("/x", { what: "x", timeoutMs: Infinity, signal });
    expect(await asked.catch((error: unknown) => error)).toBe(reason);
  });
});

describe("a redirect", () => {
  test("is not followed: the key goes nowhere else", async () => {
    await using other = new StubServer(() => Response.json({ data: [] }));
    const to = `${other.url}/login`;
    const error = await errorOf(() => Response.redirect(to, 302));
    expect(error).toBeInstanceOf(PlatformUnreachable);
    expect(error.message).toEndWith("redirects elsewhere (302)");
    expect(error.hint).toContain(`at ${other.url} now, run \`lap login\``);
    expect(other.requests).toEqual([]);
  });

  test.each([
    ["nowhere", undefined],
    ["junk", "http://"],
    ["another scheme", "javascript:alert(1)"],
  ])("to %s still has its sentence", async (_, location) => {
    const headers = location === undefined ? undefined : { location };
    const error = await errorOf(() => new Response(null, { status: 307, headers }));
    expect(error.hint).toBe("The key is not sent along.");
  });
});

describe("what is no answer of the API", () => {
  test.each([
    ["HTML with 200", () => page(200), "answered with a web page, not with the platform's API"],
    ["half a JSON", () => new Response(`{"data": [`), "answered with something that is not JSON"],
    ["nothing", () => new Response(""), "answered with something that is not JSON"],
    ["words", () => new Response("OK"), "answered with something that is not JSON"],
  ])("%s is told apart", async (_, answer, message) => {
    const error = await errorOf(answer);
    expect(error).toBeInstanceOf(PlatformUnreachable);
    expect(error.message).toEndWith(message);
    expect(error.exitCode).toBe(EXIT.failure);
  });

  test("a platform that is down is named with the reason", async () => {
    const base = await closedUrl();
    const asked = createClient({ base, key: KEY }).request("/agents", { what: "x" });
    await expect(asked).rejects.toThrow(`cannot reach ${base}: connection refused`);
  });
});

describe("an answer of 400 or more", () => {
  const zod = [
    { code: "invalid_type", path: ["env_vars", "A"], message: "Required" },
    { code: "custom", path: [], message: "too many" },
  ];

  test.each([
    ["a text", failure(500, "internal error"), "agent list failed: 500 — internal error"],
    ["zod's issues", failure(400, zod), "agent list failed: 400 — env_vars.A: Required; too many"],
    [
      "a nested object",
      failure(400, { error: "unknown harness_id 'x'" }),
      "agent list failed: 400 — unknown harness_id 'x'",
    ],
    [
      "another framework's field",
      Response.json({ detail: "no" }, { status: 500 }),
      "agent list failed: 500 — no",
    ],
    ["an empty text", failure(500, ""), "agent list failed: 500"],
    ["a number", failure(500, 7), "agent list failed: 500"],
    ["null", Response.json(null, { status: 500 }), "agent list failed: 500"],
    ["nothing", new Response(null, { status: 500 }), "agent list failed: 500"],
    ["HTML", page(502), "agent list failed: 502"],
    ["half a JSON", new Response(`{"error":`, { status: 500 }), "agent list failed: 500"],
  ])("says what the platform said: %s", async (_, response, message) => {
    expect((await errorOf(() => response)).message).toBe(message);
  });

  test("a page of words is cut to a sentence's length", async () => {
    const { message } = await errorOf(() => failure(500, "no ".repeat(100_000)));
    expect(message.length).toBeLessThan(600);
    expect(message).toEndWith("…");
  });

  test.each([
    [401, "The master key is incorrect. Run `lap login` again.", EXIT.refused],
    [403, "The platform refuses this key.", EXIT.refused],
    [429, "The platform asks for fewer requests", EXIT.failure],
    [500, "The platform has a fault", EXIT.failure],
    [503, "The platform has a fault", EXIT.failure],
  ])("%d has its next step and exit code", async (status, hint, exitCode) => {
    const error = await errorOf(() => failure(status, "x"));
    expect(error.hint).toStartWith(hint);
    expect(error.exitCode).toBe(exitCode);
  });

  test("a 404 of another web server points to the URL", async () => {
    expect((await errorOf(() => page(404))).hint).toContain("lap config");
  });
});

test("words are not looked for at any depth", () => {
  const deep = JSON.stringify({
    error: { error: { error: { error: { error: { error: "x" } } } } },
  });
  expect(errorWords(deep)).toBe("");
});
