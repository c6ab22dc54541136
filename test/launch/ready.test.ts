import { describe, expect, test } from "bun:test";
import { createClient } from "../../src/api/client.ts";
import type { Session } from "../../src/api/sessions.ts";
import { LapError } from "../../src/errors.ts";
import { ended, pollDelay, waitUntilReady } from "../../src/launch/ready.ts";
import { JumpingClock } from "../support/clock.ts";
import { failure, page, StubServer } from "../support/stub-server.ts";

type Step = Record<string, unknown> | (() => Response);
const CREATING = { id: "s-1", status: "creating" };
const READY = { id: "s-1", status: "ready", phase: "ready" };

interface Outcome {
  session: Session | undefined;
  error: LapError;
  phases: string[];
  clock: JumpingClock;
  polls: number;
}

/** Waits on a platform that answers the polls with these steps, and goes on with the last. */
async function wait(
  steps: Step[],
  options: { timeoutMs?: number; first?: Record<string, unknown> } = {},
) {
  let polls = 0;
  await using server = new StubServer(() => {
    const step = steps[Math.min(polls++, steps.length - 1)];
    return typeof step === "function" ? step() : Response.json(step);
  });
  const clock = new JumpingClock();
  const phases: string[] = [];
  const outcome = { session: undefined, phases, clock } as unknown as Outcome;
  const first = { ...CREATING, ...options.first } as unknown as Session;
  try {
    const client = createClient({ base: server.url, key: "sk-test-0123456789" });
    outcome.session = await waitUntilReady(client, first, {
      clock,
      signal: new AbortController().signal,
      timeoutMs: options.timeoutMs ?? 600_000,
      onPhase: (label) => phases.push(label),
    });
  } catch (error) {
    outcome.error = error as LapError;
  }
  outcome.polls = polls;
  return outcome;
}

describe("polling", () => {
  test("begins at once, then at growing intervals up to 0.4 s", async () => {
    const { clock } = await wait([...Array.from({ length: 9 }, () => CREATING), READY]);
    const [first, second] = clock.sleeps;
    expect([first, second]).toEqual([100, 125]);
    expect(clock.sleeps).toEqual(clock.sleeps.toSorted((a, b) => a - b));
    expect(clock.sleeps.at(-1)).toBe(400);
    expect(clock.sleeps).toHaveLength(9);
  });

  test("notices ready within 0.4 s however long it took", () => {
    expect(pollDelay(1_000_000)).toBe(400);
  });

  test("asks nothing of a session that is ready already", async () => {
    const { session, polls, phases } = await wait([READY], { first: READY });
    expect([session?.status, polls, phases]).toEqual(["ready", 0, []]);
  });

  test("takes a failure_reason of a ready session for none of its own", async () => {
    const { session } = await wait([{ ...READY, failure_reason: "initial_prompt failed: x" }]);
    expect(session?.status).toBe("ready");
  });
});

describe("phases", () => {
  const phase = (name: string | null, detail?: string) => ({
    ...CREATING,
    phase: name,
    phase_detail: detail,
  });

  test("are told as they come, also twice and backwards", async () => {
    const { phases } = await wait([
      phase(null),
      phase("pod_pending", "pulling the image"),
      phase("cloning_repo"),
      phase("harness_ready"),
      phase("cloning_repo"),
      READY,
    ]);
    expect(phases).toEqual([
      "creating",
      "creating",
      "pod pending (pulling the image)",
      "cloning repo",
      "harness ready",
      "cloning repo",
    ]);
  });

  test("'ready' left over from before a restart is not told as one", async () => {
    const { phases } = await wait([phase("ready"), READY]);
    expect(phases).toEqual(["creating", "creating"]);
  });
});

describe("a session that will not be ready", () => {
  test.each([
    [
      "failed",
      { status: "failed", phase: "pod_running", failure_reason: "sandbox never ready" },
      "session s-1 is failed: sandbox never ready",
      "Phases seen: creating → pod pending → pod running.",
    ],
    [
      "died",
      { status: "dead", phase: "ready", failure_reason: "idle timeout" },
      "session s-1 is dead: idle timeout",
      "Phases seen: creating → pod pending.",
    ],
    [
      "stopped without a reason",
      { status: "stopped", phase: "pod_pending" },
      "session s-1 is stopped",
      "Phases seen: creating → pod pending.",
    ],
  ])("%s: reason, id and phases are told", async (_, last, message, seen) => {
    const { error } = await wait([
      { ...CREATING, phase: "pod_pending" },
      { ...CREATING, ...last },
    ]);
    expect(error.message).toBe(message);
    expect(error.hint).toStartWith(`${seen}\n`);
  });

  test("is gone", async () => {
    const { error } = await wait([CREATING, () => failure(404, "session s-1 not found")]);
    expect(error.message).toBe("session s-1 is gone");
  });

  test("was over before anybody waited", () => {
    const session = { id: "s-1", status: "failed", phase: "cloning_repo" } as Session;
    expect(ended(session).hint).toStartWith("Phases seen: cloning repo.\n");
    expect(ended({ ...session, phase: undefined }).hint).toStartWith("Run `lap <agent> --new`");
  });
});

describe("the timeout", () => {
  test("ends the wait where it was set, with the phases seen", async () => {
    const { error, clock } = await wait([{ ...CREATING, phase: "pod_pending" }], {
      timeoutMs: 1_000,
    });
    expect(clock.now()).toBe(1_000);
    expect(error.message).toBe("the session is not ready after 1.0 s");
    expect(error.hint).toBe("Phases seen: creating → pod pending.");
  });
});

describe("a platform out of reach while a session starts", () => {
  test.each([
    ["502", () => failure(502, "upstream unreachable")],
    ["503", () => new Response(null, { status: 503 })],
    ["429", () => failure(429, "slow down")],
    ["a proxy's page with 200", () => page(200)],
    ["another server's 404", () => page(404)],
  ])("is waited for: %s", async (_, fault) => {
    const { session, polls } = await wait([CREATING, fault, fault, READY]);
    expect([session?.status, polls]).toEqual(["ready", 4]);
  });

  test("is given up after half a minute, with what it said last", async () => {
    const { error, clock } = await wait([CREATING, () => failure(502, "upstream unreachable")]);
    expect(error.message).toBe("session lookup failed: 502 — upstream unreachable");
    expect(clock.now()).toBeWithin(30_000, 31_000);
  });

  test("is not waited for where it refuses the key", async () => {
    const { error, polls } = await wait([CREATING, () => failure(401, "unauthorized")]);
    expect([error.message, polls]).toEqual(["session lookup failed: 401 — unauthorized", 2]);
  });
});
