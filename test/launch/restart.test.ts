import { describe, expect, test } from "bun:test";
import { createClient } from "../../src/api/client.ts";
import { getSession, type Session } from "../../src/api/sessions.ts";
import { Interrupted, LapError } from "../../src/errors.ts";
import { restart, type Restarted } from "../../src/launch/restart.ts";
import { JumpingClock } from "../support/clock.ts";
import { failure, page, StubServer } from "../support/stub-server.ts";
import { waitFor } from "../support/wait.ts";

type State = Record<string, unknown>;
const READY: State = { status: "ready", phase: "ready", sandbox_url: "http://old" };
const FRESH: State = { ...READY, sandbox_url: "http://new" };
const CREATING: State = { status: "creating", phase: "ready" };
const never = () => new Promise<Response>(() => {});

interface Script {
  /** The states that a session is seen in, one per look, the first by whoever asks for the restart. */
  states: (State | (() => Response))[];
  /** What each restart is answered with, and which look is waited for until then. */
  answers?: { after?: number; answer: () => Response | Promise<Response> }[];
  signal?: AbortSignal;
  onLook?: (look: number) => void;
}

async function run({ states, answers = [], signal, onLook }: Script) {
  let looks = 0;
  let restarts = 0;
  await using server = new StubServer(async ({ method }, { pathname }) => {
    if (pathname.endsWith("/diagnose")) {
      return Response.json({ detected_issues: [{ code: "x", message: "the node is gone" }] });
    }
    if (method === "POST") {
      const { after = 0, answer } = answers[restarts++] ?? { answer: never };
      await waitFor(() => looks > after, "the look before the restart's answer");
      return answer();
    }
    const state = states[Math.min(looks++, states.length - 1)] ?? {};
    onLook?.(looks);
    return typeof state === "function" ? state() : Response.json({ id: "s-1", ...state });
  });
  const client = createClient({ base: server.url, key: "sk-test-0123456789" });
  const before = (await getSession(client, "s-1")) as Session;
  const clock = new JumpingClock();
  const phases: string[] = [];
  const result = await restart(client, before, {
    clock,
    signal: signal ?? new AbortController().signal,
    onPhase: (label) => phases.at(-1) !== label && phases.push(label),
  }).catch((error: unknown) => error);
  return { result, phases, clock, restarts };
}

const ok = () => Response.json({ id: "s-1", ...FRESH });

describe("a restart", () => {
  test("ends with the platform's own answer", async () => {
    const answers = [{ answer: ok }];
    const { result, restarts } = await run({ states: [READY], answers });
    expect(result).toMatchObject({ asked: true, session: { sandboxUrl: "http://new" } });
    expect(restarts).toBe(1);
  });

  test("tells the phases, but not those of before", async () => {
    const old = { ...READY, phase: "cloning_repo" };
    const starting = { ...CREATING, phase: "cloning_repo" };
    const installing = { ...CREATING, phase: "installing_deps", phase_detail: "npm" };
    const { phases } = await run({ states: [old, old, starting, installing, starting, FRESH] });
    expect(phases).toEqual(["restarting", "installing deps (npm)", "restarting"]);
  });

  test.each([
    ["a load balancer that cuts at 60 s", () => new Response(null, { status: 504 })],
    ["a proxy's 502", () => page(502)],
    ["a proxy's 502 with words", () => failure(502, "Bad Gateway")],
    ["half an answer", () => new Response(`{"id":`)],
  ])("goes on without its answer: %s", async (_, answer) => {
    const states = [READY, CREATING, CREATING, CREATING, CREATING, FRESH];
    const { result, restarts } = await run({ states, answers: [{ after: 2, answer }] });
    expect(result).toMatchObject({ asked: true, session: { status: "ready" } });
    expect(restarts).toBe(1);
  });

  test("needs no answer at all", async () => {
    const { result } = await run({ states: [READY, READY, CREATING, FRESH] });
    expect(result).toMatchObject({ asked: true, session: { sandboxUrl: "http://new" } });
  });

  test("is not over while the session is ready as before", async () => {
    const states = [...Array.from({ length: 20 }, () => READY), CREATING, FRESH];
    expect((await run({ states })).result).toMatchObject({ session: { sandboxUrl: "http://new" } });
  });

  test.each([
    ["another address", READY, FRESH],
    ["life in what was dead", { status: "dead" }, READY],
    ["life in what had failed", { status: "failed", failure_reason: "x" }, READY],
  ])("that was too quick to be seen is known by %s", async (_, before, after) => {
    const answers = [{ answer: () => new Response(null, { status: 504 }) }];
    const { result } = await run({ states: [before, after], answers });
    expect(result).toMatchObject({ asked: true, session: { status: "ready" } });
  });

  test("takes as long as it takes, up to half an hour", async () => {
    const minutes = (n: number) => Array.from({ length: n * 150 }, () => CREATING);
    const slow = await run({ states: [READY, ...minutes(20), FRESH] });
    expect(slow.result).toMatchObject({ asked: true });
    expect(slow.clock.now()).toBeGreaterThan(19 * 60_000);
    const { result } = await run({ states: [READY, ...minutes(40)] });
    const { message, hint } = result as LapError;
    expect(message).toBe("the session is not ready after 30 min 0 s");
    expect(hint).toStartWith("Phases seen: restarting.\nThe node is gone.");
  });

  test("outlives a platform out of reach, but not for ever", async () => {
    const out = Array.from({ length: 100 }, () => () => page(502));
    expect((await run({ states: [READY, CREATING, ...out, FRESH] })).result).toMatchObject({
      asked: true,
    });
    const { result, clock } = await run({
      states: [READY, CREATING, ...out, ...out, ...out, ...out],
    });
    expect((result as LapError).message).toBe("session lookup failed: 502");
    expect(clock.now()).toBeWithin(120_000, 125_000);
  });
});

describe("a session that is being started already", () => {
  test("is waited for, and not restarted once more", async () => {
    const { result, restarts, phases } = await run({
      states: [{ ...CREATING, phase: "pod_pending" }, CREATING, READY],
    });
    expect([result, restarts]).toEqual([expect.objectContaining({ asked: false }), 0]);
    expect(phases).toEqual(["pod pending", "starting"]);
  });

  test("is waited for where the platform says so (409)", async () => {
    const answers = [{ answer: () => failure(409, "session s-1 is creating") }];
    const { result, restarts } = await run({ states: [READY, CREATING, CREATING, FRESH], answers });
    expect([result, restarts]).toEqual([expect.objectContaining({ asked: false }), 1]);
  });

  test("is restarted where that fails", async () => {
    const states = [CREATING, { status: "failed" }, CREATING, READY];
    const { result, restarts } = await run({ states });
    expect([result, restarts]).toEqual([expect.objectContaining({ asked: true }), 1]);
  });
});

describe("a restart that fails", () => {
  const LINES = "The node is gone.\n`lap diagnose s-1` tells more.";

  test.each([
    ["502", () => failure(502, "session restart failed: no node"), "the restart failed: no node"],
    ["503", () => failure(503, "harness unavailable"), "the restart failed: harness unavailable"],
    ["500", () => failure(500, "internal error"), "the restart failed: internal error"],
  ])("tells the platform's reason, and why: %s", async (_, answer, message) => {
    const { result } = await run({ states: [READY], answers: [{ answer }] });
    expect([(result as LapError).message, (result as LapError).hint]).toEqual([message, LINES]);
  });

  test("without an answer is seen in the session", async () => {
    const states = [READY, CREATING, { status: "failed", failure_reason: "pod evicted" }];
    const { result } = await run({ states });
    expect((result as LapError).message).toBe("session s-1 is failed: pod evicted");
    expect((result as LapError).hint).toContain(LINES);
  });

  test("the same way as before is seen by its reason", async () => {
    const failed = (failure_reason: string) => ({ status: "failed", failure_reason });
    const answers = [{ answer: () => new Response(null, { status: 504 }) }];
    const { result } = await run({ states: [failed("first"), failed("second")], answers });
    expect((result as LapError).message).toBe("session s-1 is failed: second");
  });

  test("did not begin where the session stays as it was", async () => {
    const answers = [{ answer: () => page(502) }];
    const { result, clock } = await run({ states: [READY], answers });
    const { message, hint } = result as LapError;
    expect(message).toBe("session restart failed: 502");
    expect(hint).toEndWith(
      "The session is ready, as before: the restart did not begin. Try again.",
    );
    expect(clock.now()).toBeWithin(10_000, 12_000);
  });

  test.each([
    [401, "unauthorized", 4],
    [404, "session s-1 not found", 1],
  ])("is refused at once: %d", async (status, words, exitCode) => {
    const answers = [{ answer: () => failure(status, words) }];
    const { result } = await run({ states: [READY], answers });
    expect((result as LapError).message).toBe(`session restart failed: ${status} — ${words}`);
    expect((result as LapError).exitCode).toBe(exitCode);
  });

  test("because the session is gone says so", async () => {
    const states = [READY, CREATING, () => failure(404, "session s-1 not found")];
    expect(((await run({ states })).result as LapError).message).toBe("session s-1 is gone");
  });
});

test("Ctrl-C stops waiting, and says that the restart goes on by itself", async () => {
  const abort = new AbortController();
  const onLook = (look: number) => look === 4 && abort.abort(new Interrupted("SIGINT"));
  const { result } = await run({ states: [READY, CREATING], signal: abort.signal, onLook });
  const { message, hint, exitCode } = result as Interrupted;
  expect([message, exitCode]).toEqual(["stopped waiting for the restart", 130]);
  expect(hint).toBe("It goes on by itself: `lap attach s-1` waits for the session and joins it.");
});

test("one that died meanwhile is restarted all the same", async () => {
  const states = [READY, { status: "dead" }, { status: "dead" }, CREATING, FRESH];
  const { result } = await run({ states });
  expect((result as Restarted).session.status).toBe("ready");
});
