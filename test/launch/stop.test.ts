import { describe, expect, test } from "bun:test";
import { createClient } from "../../src/api/client.ts";
import { getSession } from "../../src/api/sessions.ts";
import { Interrupted, LapError } from "../../src/errors.ts";
import { stopSession } from "../../src/launch/stop.ts";
import { JumpingClock } from "../support/clock.ts";
import { failure } from "../support/stub-server.ts";
import { RowsServer } from "../support/rows.ts";

type State = Record<string, unknown> | "missing" | (() => Response);

interface Options {
  /** What a DELETE answers, in turn; the last again and again. */
  deletes?: ((() => Response) | undefined)[];
  /** Called off at this look. */
  abortAt?: number;
}

/** Stops a session that is found in the first state, and in the others after that, one per look. */
async function stop([first, ...states]: State[], { deletes = [], abortAt }: Options = {}) {
  const abort = new AbortController();
  const rows = [{ id: "s-1", ...(first as object) }];
  let looks = 0;
  let deleted = 0;
  await using server = new RowsServer(rows, {}, (method) => {
    if (method === "DELETE") {
      const answer = deletes[Math.min(deleted++, deletes.length - 1)];
      return answer?.() ?? Response.json({ id: "s-1", status: "deleted" });
    }
    const look = looks++;
    if (look === 0) return undefined;
    if (look === abortAt) abort.abort(new Interrupted("SIGINT"));
    const state = states[Math.min(look, states.length) - 1];
    if (state === "missing") return failure(404, "session s-1 not found");
    return typeof state === "function" ? state() : Response.json({ id: "s-1", ...state });
  });
  const client = createClient({ base: server.url, key: server.key });
  const session = await getSession(client, "s-1");
  if (!session) throw new Error("no session");
  const clock = new JumpingClock();
  let watches = 0;
  const options = { clock, signal: abort.signal, onWatch: () => watches++ };
  const result = await stopSession(client, session, options).catch((error: LapError) => error);
  return { result, clock, watches, deletes: deleted, looks: looks - 1 };
}

const CREATING = { status: "creating", phase: "pod_pending" };
const DEAD = { status: "dead", phase: "pod_pending" };

describe("a session that is ready", () => {
  test("is deleted, and not looked at again", async () => {
    const { result, deletes, looks, watches } = await stop([{ status: "ready" }]);
    expect([result, deletes, looks, watches]).toEqual(["stopped", 1, 0, 0]);
  });

  test("is gone all the same where it went meanwhile", async () => {
    const missing = () => failure(404, "session s-1 not found");
    const { result } = await stop([{ status: "ready" }], { deletes: [missing] });
    expect(result).toBe("had ended");
  });

  test("that the platform cannot delete is a failure", async () => {
    const { result } = await stop([{ status: "ready" }], {
      deletes: [() => failure(500, "no k8s")],
    });
    expect((result as LapError).message).toBe("session stop failed: 500 — no k8s");
  });
});

test.each(["dead", "failed", "stopped"])(
  "one that is %s is deleted all the same",
  async (status) => {
    const { result, deletes, looks } = await stop([{ status }]);
    expect([result, deletes, looks]).toEqual(["had ended", 1, 0]);
  },
);

describe("a session that is being created", () => {
  test("is deleted again when the end of its bring-up brings it back", async () => {
    const revived = { status: "ready", phase: "ready" };
    const { result, deletes, watches } = await stop([CREATING, DEAD, DEAD, revived, DEAD]);
    expect([result, deletes, watches]).toEqual(["revived", 2, 1]);
  });

  // It was watched for 5 s alone: a cold start takes minutes.
  test("is deleted again when that is minutes later, as long as its phases go on", async () => {
    const phases = Array.from({ length: 200 }, (_, n) => ({
      status: "dead",
      phase_detail: `${n}`,
    }));
    const { result, deletes, clock } = await stop([CREATING, ...phases, { status: "ready" }]);
    expect([result, deletes]).toEqual(["revived", 2]);
    expect(clock.now()).toBeGreaterThan(5 * 60_000);
  });

  test("is deleted again where a later look finds it still being created", async () => {
    const { deletes, result } = await stop([CREATING, CREATING, DEAD, "missing"]);
    expect([result, deletes]).toEqual(["stopped", 2]);
  });

  test.each<[string, State]>([
    ["failed", { status: "failed" }],
    ["is gone", "missing"],
  ])("is let be once it %s", async (_, state) => {
    const { result, looks, deletes } = await stop([CREATING, DEAD, state]);
    expect([result, looks, deletes]).toEqual(["stopped", 2, 1]);
  });

  test("is let be when nothing of it moves for a minute", async () => {
    const { result, clock } = await stop([CREATING, DEAD]);
    expect(result).toBe("stopped");
    expect(clock.now()).toBeGreaterThanOrEqual(60_000);
    expect(clock.now()).toBeLessThan(63_000);
    expect(Math.max(...clock.sleeps)).toBe(2_000);
    expect(clock.sleeps[0]).toBe(100);
  });

  test("is let be after ten minutes, whatever moves", async () => {
    const phases = Array.from({ length: 900 }, (_, n) => ({
      status: "dead",
      phase_detail: `${n}`,
    }));
    const { result, clock } = await stop([CREATING, ...phases]);
    expect(result).toBe("stopped");
    expect(clock.now()).toBeGreaterThanOrEqual(600_000);
    expect(clock.now()).toBeLessThan(603_000);
  });

  test("is watched on when the platform is out for a moment", async () => {
    const out = () => failure(502, "bad gateway");
    const { result, deletes } = await stop([CREATING, out, out, { status: "ready" }]);
    expect([result, deletes]).toEqual(["revived", 2]);
  });

  test("is deleted until that works", async () => {
    const deletes = [undefined, () => failure(500, "no k8s"), undefined];
    const { result, deletes: count } = await stop([CREATING, { status: "ready" }], { deletes });
    expect([result, count]).toEqual(["revived", 3]);
  });

  test("is a failure where the platform stays out", async () => {
    const { result } = await stop([CREATING, () => failure(502, "bad gateway")]);
    expect((result as LapError).message).toBe("session lookup failed: 502 — bad gateway");
  });

  test("can be left while it is watched", async () => {
    const { result } = await stop([CREATING, DEAD], { abortAt: 3 });
    expect(result).toBeInstanceOf(Interrupted);
  });
});
