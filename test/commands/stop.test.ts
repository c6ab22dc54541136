import { describe, expect, test } from "bun:test";
import { Interrupted } from "../../src/errors.ts";
import { rememberedSessions, rememberSession } from "../../src/config/sessions.ts";
import { JumpingClock } from "../support/clock.ts";
import { TemporaryHome } from "../support/home.ts";
import { failure, StubServer } from "../support/stub-server.ts";
import { runLap } from "../support/world.ts";

const KEY = "sk-test-0123456789";

/** `lap stop s-1` against a platform that gives a session these states, one per look at it. */
async function stop(states: string[], { signal }: { signal?: AbortSignal } = {}) {
  using home = new TemporaryHome();
  let looks = 0;
  await using server = new StubServer(({ method }) => {
    if (method === "DELETE") return Response.json({ id: "s-1", status: "deleted" });
    const status = states[Math.min(looks++, states.length - 1)];
    if (status === "missing") return failure(404, "session s-1 not found");
    return Response.json({ id: "s-1", status });
  });
  const left = { agentId: "a-1", agentName: "bot", leftAt: 1 };
  rememberSession(home.path, server.url, { ...left, id: "s-1" });
  rememberSession(home.path, server.url, { ...left, id: "s-2", agentId: "a-2" });
  const clock = new JumpingClock();
  const outcome = await runLap(["stop", "s-1"], {
    home: home.path,
    env: { LAP_URL: server.url, LAP_KEY: KEY },
    clock,
    ...(signal ? { signal } : {}),
  });
  return {
    ...outcome,
    clock,
    url: server.url,
    deletes: server.requests.filter(({ method }) => method === "DELETE").length,
    remembered: rememberedSessions(home.path, server.url).map(({ id }) => id),
  };
}

describe("lap stop", () => {
  test("deletes a session, says so, and forgets it", async () => {
    const { code, stdout, stderr, deletes, remembered, clock } = await stop(["ready"]);
    expect([code, stdout, stderr]).toEqual([0, "", "✓ session s-1 is stopped\n"]);
    expect([deletes, remembered, clock.sleeps]).toEqual([1, ["s-2"], []]);
  });

  test("deletes one again that came back to life at the end of its bring-up", async () => {
    const states = ["creating", "dead", "dead", "ready", "dead", "dead"];
    const { code, deletes } = await stop(states);
    expect([code, deletes]).toEqual([0, 2]);
  });

  test("watches one that was being created for five seconds", async () => {
    const { clock, deletes } = await stop(["creating", "dead"]);
    expect([clock.now(), deletes]).toEqual([5_000, 1]);
  });

  test("stops watching one that is gone", async () => {
    const { clock, code } = await stop(["creating", "missing"]);
    expect([clock.sleeps.length, code]).toEqual([1, 0]);
  });

  test.each(["dead", "failed"])("of one that is %s is fine", async (status) => {
    expect((await stop([status])).code).toBe(0);
  });

  test("of one that nobody knows says so, and forgets it too", async () => {
    const { code, stderr, url, deletes, remembered } = await stop(["missing"]);
    expect([code, stderr]).toEqual([1, `✗ there is no session 's-1' on ${url}\n`]);
    expect([deletes, remembered]).toEqual([0, ["s-2"]]);
  });

  test("that is interrupted ends with 130", async () => {
    const signal = AbortSignal.abort(new Interrupted("SIGINT"));
    expect((await stop(["ready"], { signal })).code).toBe(130);
  });
});
