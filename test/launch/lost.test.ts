import { describe, expect, test } from "bun:test";
import { createClient } from "../../src/api/client.ts";
import type { Session } from "../../src/api/sessions.ts";
import { Interrupted, LapError } from "../../src/errors.ts";
import { launch, type LaunchOptions } from "../../src/launch/launch.ts";
import { madeSince } from "../../src/launch/lost.ts";
import type { Platform } from "../../src/demo/platform.ts";
import { JumpingClock } from "../support/clock.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { failure, page } from "../support/stub-server.ts";

const AGENT = { ...SHELL, id: "agent-1", name: "bot" };
const OTHER = { ...SHELL, id: "agent-2", name: "other" };

describe("what was made since", () => {
  const NOW = 1_000_000;
  test.each([
    ["a young one", { status: "creating", createdAt: NOW + 50 }, true],
    ["one that is ready by now", { status: "ready", createdAt: NOW + 50 }, true],
    ["one that failed at once", { status: "failed", createdAt: NOW + 50 }, true],
    [
      "one by a clock that is a little behind",
      { status: "creating", createdAt: NOW - 1_900 },
      true,
    ],
    ["an older one", { status: "ready", createdAt: NOW - 2_100 }, false],
    ["one that was ended", { status: "dead", createdAt: NOW + 50 }, false],
    ["one without a time that starts", { status: "creating", createdAt: undefined }, true],
    ["one without a time that runs", { status: "ready", createdAt: undefined }, false],
  ])("%s: %p", (_, fields, counts) => {
    expect(madeSince([fields as Session], NOW)).toHaveLength(counts ? 1 : 0);
  });
});

interface Loss {
  /** What becomes of the create: it is carried out, or not, and answered so. */
  answer: () => Response | Promise<Response>;
  /** How often the platform carries it out, and for which agents. */
  made?: string[];
  options?: Partial<LaunchOptions>;
  /** Changes the listing, or fails it. */
  list?: (look: number) => Response | undefined;
  /** How much the platform's clock is ahead, in milliseconds. */
  ahead?: number;
}

/** Opens an agent on a platform whose answer to the create is lost. */
async function lose({ answer, made = ["agent-1"], options = {}, list, ahead = 0 }: Loss) {
  let looks = 0;
  const shift = (value: unknown) =>
    typeof value === "string" ? new Date(Date.parse(value) + ahead).toISOString() : value;
  const create = async ({ url, key }: Platform, agent: string) => {
    const headers = { authorization: `Bearer ${key}`, "x-inner": "1" };
    const path = `/api/v1/managed_agents/agents/${agent}/session`;
    await fetch(url + path, { method: "POST", headers });
  };
  await using demo = new DemoPlatform({
    agents: [AGENT, OTHER],
    intercept: async (request, url, platform) => {
      if (request.headers.has("x-inner")) return undefined;
      if (request.method === "POST") {
        for (const agent of made) await create(platform, agent);
        return answer();
      }
      if (!url.pathname.endsWith("/sessions")) return undefined;
      looks++;
      const instead = list?.(looks);
      if (instead) return instead;
      const headers = { ...Object.fromEntries(request.headers), "x-inner": "1" };
      const sessions = (await (await fetch(url, { headers })).json()) as { created_at: string }[];
      const date = new Date(Date.now() + ahead).toUTCString();
      return Response.json(
        sessions.map((session) => ({ ...session, created_at: shift(session.created_at) })),
        { headers: { date } },
      );
    },
  });
  // One of the same agent that was there before, and is older than any clock's error.
  await create(demo.platform, "agent-1");
  const old = demo.platform.sessions[0] as { createdAt: string };
  old.createdAt = new Date(Date.now() - 60_000).toISOString();
  const { url: base, key } = demo.platform;
  const clock = new JumpingClock();
  const started: [id: string, found: boolean][] = [];
  const result = await launch(createClient({ base, key }), {
    agent: "bot",
    remembered: [],
    timeoutMs: 600_000,
    signal: new AbortController().signal,
    clock,
    onPhase: () => {},
    onStarting: ({ id }, _agent, found) => started.push([id, found]),
    ...options,
  }).catch((error: unknown) => error);
  const ids = demo.platform.sessions.slice(0, -1).map(({ id }) => id);
  return { result, ids, started, clock, looks, base };
}

const cut = () => page(502);

describe("a create whose answer is lost", () => {
  test.each<[string, Loss["answer"]]>([
    ["to a load balancer's 502", () => page(502)],
    ["to a load balancer's 504", () => new Response(null, { status: 504 })],
    ["to a page with 200", () => page(200)],
    ["in the middle", () => new Response(`{"id": "`)],
  ])("%s is found again and gone on with", async (_, answer) => {
    const { result, ids, started, clock } = await lose({ answer });
    expect(result).toMatchObject({ returned: false, session: { status: "ready" } });
    expect(started).toEqual([[`${ids[0]}`, true]]);
    expect((result as { session: Session }).session.id).toBe(ids[0] as string);
    expect(clock.sleeps.filter((ms) => ms >= 500)).toEqual([]);
  });

  test.each([-3_600_000, 3_600_000, 86_400_000 * 365])(
    "is found where the platform's clock is %d ms ahead",
    async (ahead) => {
      const { started, ids } = await lose({ answer: cut, ahead });
      expect(started).toEqual([[`${ids[0]}`, true]]);
    },
  );

  test("is looked for again while it is not listed, and while that fails", async () => {
    const empty = () => Response.json([]);
    const list = (look: number) => [undefined, empty(), failure(502, "x"), empty()][look];
    const { started, ids, looks, clock } = await lose({ answer: cut, list });
    expect(started).toEqual([[`${ids[0]}`, true]]);
    expect([looks, clock.sleeps.slice(0, 3)]).toEqual([4, [500, 1_000, 2_000]]);
  });

  test("is not taken for another agent's, nor for an old one", async () => {
    const { result, looks } = await lose({ answer: cut, made: ["agent-2"] });
    const { message, hint } = result as LapError;
    expect(message).toBe("session create failed: 502");
    expect(hint).toEndWith(
      "No session of it is listed so far; `lap sessions` shows whether one comes all the same.",
    );
    expect(looks).toBe(4);
  });

  test("is not guessed where two fit: both are named", async () => {
    const { result, ids, started } = await lose({ answer: cut, made: ["agent-1", "agent-1"] });
    const { message, hint } = result as LapError;
    expect(message).toBe("session create failed: 502");
    expect(hint).toContain(`made at the same time: ${ids.join(", ")}. \`lap attach <session>\``);
    expect(started).toEqual([]);
  });

  test("may be left where the platform cannot be asked any more", async () => {
    const { result } = await lose({ answer: cut, list: () => page(502) });
    expect((result as LapError).hint).toEndWith(
      "A session may have been created all the same; `lap sessions` lists those that run.",
    );
  });

  test.each([
    ["its own 503", () => failure(503, "KEY not configured")],
    ["its own 500", () => failure(500, "internal error")],
    ["401", () => failure(401, "unauthorized")],
  ])("is none where the platform refuses: %s", async (_, answer) => {
    const { result, looks } = await lose({ answer, made: [] });
    expect((result as LapError).message).toStartWith("session create failed: ");
    expect(looks).toBe(0);
  });
});

describe("a create that nobody waits for any more", () => {
  const interrupted = async (made: string[]) => {
    const abort = new AbortController();
    const clock = new JumpingClock();
    // The time that the answer is given passes at once.
    clock.after = (_ms?: number, work?: () => void) => {
      work?.();
      return () => {};
    };
    const answer = () => {
      abort.abort(new Interrupted("SIGINT"));
      return new Promise<Response>(() => {});
    };
    return await lose({ answer, made, options: { signal: abort.signal, clock } });
  };

  test("is found, and named", async () => {
    const { result, ids, started } = await interrupted(["agent-1"]);
    const { message, hint, exitCode } = result as Interrupted;
    expect([message, exitCode]).toEqual(["stopped waiting", 130]);
    expect(hint).toStartWith(`Session ${ids[0]} is still there: \`lap attach ${ids[0]}\``);
    expect(started).toEqual([[`${ids[0]}`, true]]);
  });

  test("is looked for twice at most", async () => {
    const { result, looks } = await interrupted([]);
    expect([(result as Interrupted).exitCode, looks]).toEqual([130, 2]);
  });
});

test("Ctrl-C while it is looked for ends with what may be left", async () => {
  const abort = new AbortController();
  const list = (look: number) => {
    if (look === 2) abort.abort(new Interrupted("SIGINT"));
    return Response.json([]);
  };
  const { result } = await lose({ answer: cut, list, options: { signal: abort.signal } });
  expect(result).toBeInstanceOf(Interrupted);
  expect((result as Interrupted).hint).toContain("No session of it is listed so far");
});
