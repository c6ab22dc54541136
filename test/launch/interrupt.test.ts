import { describe, expect, test } from "bun:test";
import { createClient } from "../../src/api/client.ts";
import type { Clock } from "../../src/clock.ts";
import { Interrupted } from "../../src/errors.ts";
import { launch } from "../../src/launch/launch.ts";
import { JumpingClock } from "../support/clock.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";

type Stage = "GET /agents" | "POST /agents/agent-1/session" | "GET /sessions";

interface Plan {
  /** Ctrl-C comes with this request. */
  at: Stage;
  /** That request is never answered. */
  silent?: boolean;
  clock?: Clock;
}

/** Opens an agent, with Ctrl-C at a stage; answers how that ended and the sessions left behind. */
async function interrupt({ at, silent, clock = new JumpingClock() }: Plan) {
  const abort = new AbortController();
  await using demo = new DemoPlatform({
    agents: [{ ...SHELL, id: "agent-1", name: "bot" }],
    intercept: ({ method }, { pathname }) => {
      const stage = `${method} ${pathname.replace("/api/v1/managed_agents", "")}`;
      if (!stage.startsWith(at)) return undefined;
      abort.abort(new Interrupted("SIGINT"));
      return silent ? new Promise<Response>(() => {}) : undefined;
    },
    // oxlint-disable-next-line require-yield
    async *bringUp() {
      await new Promise(() => {});
    },
  });
  const { url: base, key, sessions } = demo.platform;
  const error = await launch(createClient({ base, key }), {
    agent: "bot",
    remembered: [],
    timeoutMs: 600_000,
    signal: abort.signal,
    clock,
    onPhase: () => {},
  }).catch((fault: unknown) => fault);
  expect(error).toBeInstanceOf(Interrupted);
  const { message, hint, exitCode } = error as Interrupted;
  return { message, hint, exitCode, sessions: sessions.map(({ id }) => id) };
}

const leftBehind = (id: string | undefined) =>
  `Session ${id} is still there: \`lap attach ${id}\` reaches it, \`lap stop ${id}\` ends it.`;

describe("Ctrl-C while an agent is opened", () => {
  test.each([false, true])("during the lookup leaves no session (silent: %p)", async (silent) => {
    const { exitCode, sessions, hint } = await interrupt({ at: "GET /agents", silent });
    expect([exitCode, sessions, hint]).toEqual([130, [], undefined]);
  });

  test("during the create waits for its answer, to name the session that it made", async () => {
    const { message, hint, exitCode, sessions } = await interrupt({
      at: "POST /agents/agent-1/session",
    });
    expect(sessions).toHaveLength(1);
    expect([message, hint, exitCode]).toEqual(["stopped waiting", leftBehind(sessions[0]), 130]);
  });

  test("during a create that is not answered soon says that one may be left", async () => {
    const clock = new JumpingClock();
    const impatient: Clock = {
      date: () => clock.date(),
      now: () => clock.now(),
      sleep: (ms, signal) => clock.sleep(ms, signal),
      after: (_ms, work) => {
        work();
        return () => {};
      },
    };
    const at = "POST /agents/agent-1/session";
    const { message, hint, exitCode } = await interrupt({ at, silent: true, clock: impatient });
    expect([message, exitCode]).toEqual(["stopped waiting", 130]);
    expect(hint).toStartWith("No session of it is listed so far; `lap sessions` shows whether");
  });

  test.each([false, true])("during a poll names the session (silent: %p)", async (silent) => {
    const { message, hint, exitCode, sessions } = await interrupt({ at: "GET /sessions", silent });
    expect([message, hint, exitCode]).toEqual(["stopped waiting", leftBehind(sessions[0]), 130]);
  });

  test("between two polls names the session", async () => {
    const abort = new AbortController();
    const clock = new JumpingClock();
    clock.onSleep = (count) => count === 3 && abort.abort(new Interrupted("SIGTERM"));
    await using demo = new DemoPlatform({
      // oxlint-disable-next-line require-yield
      async *bringUp() {
        await new Promise(() => {});
      },
    });
    const { url: base, key, sessions } = demo.platform;
    const launched = launch(createClient({ base, key }), {
      agent: "shell",
      remembered: [],
      timeoutMs: 600_000,
      signal: abort.signal,
      clock,
      onPhase: () => {},
    });
    const { hint, exitCode } = (await launched.catch((error: unknown) => error)) as Interrupted;
    expect([hint, exitCode]).toEqual([leftBehind(sessions[0]?.id), 143]);
  });
});
