import { describe, expect, test } from "bun:test";
import { createClient } from "../../src/api/client.ts";
import { getSession } from "../../src/api/sessions.ts";
import type { Whereabouts } from "../../src/attach/whereabouts.ts";
import { EXIT, LapError } from "../../src/errors.ts";
import { locator } from "../../src/launch/locate.ts";
import { closedUrl, failure, page, StubServer } from "../support/stub-server.ts";
import { Secret } from "../../src/net/secret.ts";

const READY = {
  id: "s-1",
  status: "ready",
  tty_url: "ws://sandbox/tty",
  tty_token: "t",
};

async function locate(
  answer: () => Response | Promise<Response>,
  { env = {}, signal = new AbortController().signal } = {},
): Promise<Whereabouts> {
  await using server = new StubServer(answer);
  const client = createClient({ base: server.url, key: "sk-test-0123456789" });
  return await locator(client, "s-1", env)(signal);
}

async function refusal(answer: () => Response): Promise<LapError> {
  const error = await locate(answer).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LapError);
  return error as LapError;
}

describe("a session whose connection was lost", () => {
  test("is asked for where it is now, and found there", async () => {
    await using server = new StubServer(() => Response.json(READY));
    const client = createClient({ base: server.url, key: "sk-test-0123456789" });
    const where = await locator(client, "s/1", {})(new AbortController().signal);
    expect(where).toEqual({
      kind: "ready",
      endpoint: { url: "ws://sandbox/tty", token: new Secret("t") },
    });
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/api/v1/managed_agents/sessions/s%2F1",
    ]);
  });

  test("is found by the token and the place that the environment names, as at first", async () => {
    const body = { ...READY, tty_url: "ws://tty.default.svc.cluster.local/tty" };
    const env = { LAP_TTY_TOKEN: "mine", LAP_TTY_FALLBACK: "ws://way-in/tty" };
    expect(await locate(() => Response.json(body), { env })).toEqual({
      kind: "ready",
      endpoint: { url: "ws://way-in/tty", token: new Secret("mine") },
    });
  });

  test("is asked for on a connection of its own: one from before may be dead", async () => {
    const ports: (number | undefined)[] = [];
    await using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request, self) => {
        ports.push(self.requestIP(request)?.port);
        return Response.json(READY);
      },
    });
    const client = createClient({ base: server.url.origin, key: "sk-test-0123456789" });
    const { signal } = new AbortController();
    await getSession(client, "s-1");
    await getSession(client, "s-1");
    await locator(client, "s-1", {})(signal);
    await locator(client, "s-1", {})(signal);
    const [kept, again, first, second] = ports;
    expect(again).toBe(kept);
    expect(new Set([kept, first, second]).size).toBe(3);
  });

  for (const [sentence, body, label] of [
    ["tells its phase", { phase: "pod_pending", phase_detail: "2 of 3" }, "pod pending (2 of 3)"],
    ["has a phase from before its restart, which says nothing", { phase: "ready" }, "creating"],
    ["has no phase", { phase: null }, "creating"],
  ] as const) {
    test(`and that is starting again ${sentence}`, async () => {
      const session = { ...READY, ...body, status: "creating" };
      expect(await locate(() => Response.json(session))).toEqual({ kind: "starting", label });
    });
  }

  for (const [name, answer] of [
    ["a fault", () => failure(500, "internal error")],
    ["a gateway's fault", () => page(502)],
    ["that it is down", () => page(503)],
    ["that it is asked too often", () => failure(429, "slow down")],
    ["a web page, as a hotel's network does", () => page(200)],
    [
      "that it is elsewhere, as a login page does",
      () => Response.redirect("https://login.example/"),
    ],
    ["another server's 404", () => page(404)],
    ["another server's 401, as a login page before it has", () => page(401)],
    ["another server's 403", () => page(403)],
  ] as const) {
    test(`cannot be asked for where the platform answers ${name}`, async () => {
      expect(await locate(answer)).toEqual({ kind: "unreachable" });
    });
  }

  test("cannot be asked for where nobody answers", async () => {
    const client = createClient({ base: await closedUrl(), key: "sk-test-0123456789" });
    const where = await locator(client, "s-1", {})(new AbortController().signal);
    expect(where).toEqual({ kind: "unreachable" });
  });

  test("is given up with the signal's reason, which is no fault of the platform's", async () => {
    const tried = new AbortController();
    const reason = new Error("too long");
    const asked = locate(
      () => {
        tried.abort(reason);
        return new Promise(() => {});
      },
      { signal: tried.signal },
    );
    expect(await asked.catch((error: unknown) => error)).toBe(reason);
  });
});

describe("the end of a session", () => {
  for (const [status, reason, says] of [
    ["dead", "idle timeout", "session s-1 is dead: idle timeout"],
    ["failed", "creating timeout", "session s-1 is failed: creating timeout"],
    ["dead", null, "session s-1 is dead"],
    ["stopped", null, "session s-1 is stopped"],
  ] as const) {
    test(`is told with its reason: ${says}`, async () => {
      const session = { ...READY, status, failure_reason: reason };
      const error = await refusal(() => Response.json(session));
      expect(error.message).toBe(`[ws closed] ${says}`);
      expect([error.hint, error.exitCode]).toEqual(["`lap <agent>` opens a fresh one.", EXIT.lost]);
    });
  }

  test("is told where the platform knows none of that id", async () => {
    const error = await refusal(() => failure(404, "session s-1 not found"));
    expect(error.message).toBe("[ws closed] session s-1 is gone");
    expect(error.exitCode).toBe(EXIT.lost);
  });

  test("is none where there is a reason to fail and it is ready all the same", async () => {
    const session = { ...READY, failure_reason: "initial_prompt failed: x" };
    expect(await locate(() => Response.json(session))).toMatchObject({ kind: "ready" });
  });

  for (const status of [401, 403]) {
    test(`is a key that is refused with ${status}`, async () => {
      const error = await refusal(() => failure(status, "unauthorized"));
      expect(error.message).toContain(`session lookup failed: ${status}`);
      expect(error.exitCode).toBe(EXIT.refused);
    });
  }

  test("is a terminal of which the platform does not say where it is", async () => {
    const error = await refusal(() => Response.json({ ...READY, tty_url: null }));
    expect(error.message).toContain("does not say where this session's terminal is");
  });
});
