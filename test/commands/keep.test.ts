import { describe, expect, test } from "bun:test";
import { rememberedSessions, rememberSession } from "../../src/config/sessions.ts";
import { Interrupted } from "../../src/errors.ts";
import type { PlatformOptions } from "../../src/demo/platform.ts";
import type { Session } from "../../src/demo/sessions.ts";
import { JumpingClock } from "../support/clock.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { failure, page } from "../support/stub-server.ts";
import { visit } from "../support/visit.ts";

type Answers = [question: string, typed: string][];

interface Plan {
  answers?: Answers;
  reason?: Interrupted;
  again?: AbortSignal;
  intercept?: PlatformOptions["intercept"];
}

/** `lap bot` on a platform that never ends its bring-up, with Ctrl-C at the third poll. */
async function interrupt({ answers, reason = new Interrupted("SIGINT"), again, intercept }: Plan) {
  using home = new TemporaryHome();
  await using demo = new DemoPlatform({
    agents: [{ ...SHELL, name: "bot" }],
    // oxlint-disable-next-line require-yield
    async *bringUp() {
      await new Promise(() => {});
    },
    ...(intercept ? { intercept } : {}),
  });
  const abort = new AbortController();
  const clock = new JumpingClock();
  clock.onSleep = (count) => count === 3 && abort.abort(reason);
  const outcome = await visit(["bot"], {
    home: home.path,
    platform: demo.platform,
    clock,
    signal: abort.signal,
    ...(answers ? { answers } : {}),
    ...(again ? { again } : {}),
  });
  const [session] = demo.platform.sessions;
  const left =
    `  Session ${session?.id} is still there: \`lap attach ${session?.id}\` reaches it, ` +
    `\`lap stop ${session?.id}\` ends it.\n`;
  return { ...outcome, id: session?.id, status: session?.status, left };
}

const QUESTION = "is still starting. And now?";
const KEPT = "✗ stopped waiting\n";

describe("Ctrl-C on a terminal while a session comes up", () => {
  test.each([
    ["keeps it at Enter", "\r"],
    ["keeps it at a second Ctrl-C", "\x03"],
    ["keeps it at Escape", "\x1b"],
  ])("asks, and %s", async (_, typed) => {
    const outcome = await interrupt({ answers: [[QUESTION, typed]] });
    expect([outcome.code, outcome.status]).toEqual([130, "creating"]);
    expect(outcome.stderr).toEndWith(KEPT + outcome.left);
  });

  test("asks, and stops it", async () => {
    const { code, stderr, status, id } = await interrupt({ answers: [[QUESTION, "\x1b[B\r"]] });
    expect([code, status]).toEqual([130, "dead"]);
    expect(stderr).toEndWith(`✓ session ${id} is stopped\n`);
    expect(stderr).not.toContain("✗");
  });

  test("stops one again that its bring-up brought back", async () => {
    let deletes = 0;
    const { code, status } = await interrupt({
      answers: [[QUESTION, "\x1b[B\r"]],
      intercept: ({ method }, _url, { sessions }) => {
        const [session] = sessions;
        if (method === "DELETE") deletes++;
        // The end of bring-up writes `ready`, whatever happened meanwhile (PROTOCOL 4).
        else if (deletes === 1 && session) session.status = "ready";
        return undefined;
      },
    });
    expect([code, status, deletes]).toEqual([130, "dead", 2]);
  });

  test("says where stopping failed, and what is left", async () => {
    const outcome = await interrupt({
      answers: [[QUESTION, "\x1b[B\r"]],
      intercept: ({ method }) => (method === "DELETE" ? failure(500, "internal error") : undefined),
    });
    const { code, stderr, id, left } = outcome;
    expect(code).toBe(130);
    expect(stderr).toEndWith(
      `✗ session ${id} was not stopped: session stop failed: 500 — internal error\n${left}`,
    );
  });

  test("stops waiting for the stop at the next one", async () => {
    const again = new AbortController();
    const { code, stderr, id } = await interrupt({
      answers: [[QUESTION, "\x1b[B\r"]],
      again: again.signal,
      intercept: ({ method }) => {
        if (method !== "DELETE") return undefined;
        again.abort(new Interrupted("SIGINT"));
        return new Promise(() => {});
      },
    });
    expect(code).toBe(130);
    expect(stderr).toEndWith(`✗ stopped waiting\n  Session ${id} may still be alive.\n`);
  });

  test("is not asked twice for: one that came at once keeps it", async () => {
    const again = AbortSignal.abort(new Interrupted("SIGINT"));
    const outcome = await interrupt({ answers: [[QUESTION, "\r"]], again });
    expect([outcome.code, outcome.status]).toEqual([130, "creating"]);
    expect(outcome.stderr).not.toContain(QUESTION);
    expect(outcome.stderr).toEndWith(KEPT + outcome.left);
  });

  test("ends with its own code at SIGTERM while it asks", async () => {
    const again = new AbortController();
    const asked = interrupt({ answers: [[QUESTION, ""]], again: again.signal });
    setTimeout(() => again.abort(new Interrupted("SIGTERM")), 100);
    const { code, stderr, left } = await asked;
    expect(code).toBe(143);
    expect(stderr).toEndWith(KEPT + left);
  });
});

type Post = () => Response | Promise<Response>;

interface Anew {
  /** Answers the create instead of the platform. */
  post?: Post;
  /** False: that create is not carried out either. */
  makes?: boolean;
  /** Ctrl-C comes while the create is under way, not at the third poll of the new session. */
  early?: boolean;
  /** Answers the listing of sessions instead of the platform. */
  list?: Post;
  /** At the question. Default: stops it. */
  typed?: string;
}

/** `lap bot`, returning to a session that fails while it starts again, with Ctrl-C after that. */
async function interruptAnew(plan: Anew) {
  const { post, makes = true, early = false, list, typed = "\x1b[B\r" } = plan;
  using home = new TemporaryHome();
  const abort = new AbortController();
  const clock = new JumpingClock();
  const interrupted = new Interrupted("SIGINT");
  let armed = false;
  await using demo = new DemoPlatform({
    agents: [{ ...SHELL, id: "agent-1", name: "bot" }],
    // oxlint-disable-next-line require-yield
    async *bringUp() {
      await new Promise(() => {});
    },
    async intercept(request, url, { key }) {
      const { method, headers } = request;
      if (!armed || headers.has("x-inner")) return undefined;
      if (method === "GET") return url.pathname.endsWith("/sessions") ? list?.() : undefined;
      if (method !== "POST" || !post) return undefined;
      const inner = { authorization: `Bearer ${key}`, "x-inner": "1" };
      if (makes) await fetch(url, { method, headers: inner });
      if (early) {
        // The time that an interrupted create is given passes at once.
        const { after } = clock;
        clock.after = (_ms?: number, work?: () => void) => {
          work?.();
          return () => {};
        };
        abort.abort(interrupted);
        clock.after = after;
      }
      return post();
    },
  });
  const { platform } = demo;
  await demo.request("/agents/agent-1/session", { method: "POST" });
  const first = platform.sessions[0] as Session & { createdAt: string };
  // Older than what any clock's error would take for new.
  first.createdAt = new Date(Date.now() - 60_000).toISOString();
  armed = true;
  rememberSession(home.path, platform.url, {
    id: first.id,
    agentId: "agent-1",
    agentName: "bot",
    leftAt: 0,
  });
  let polls = 0;
  clock.onSleep = () => {
    if (first.status === "creating") first.status = "failed";
    else if (++polls === 3) abort.abort(interrupted);
  };
  const outcome = await visit(["bot"], {
    home: home.path,
    platform,
    clock,
    signal: abort.signal,
    answers: [[QUESTION, typed]],
  });
  // As they are before the platform ends, which ends them all.
  const sessions = platform.sessions.map(({ id, status }) => ({ id, status })).toReversed();
  return { ...outcome, sessions, kept: rememberedSessions(home.path, platform.url) };
}

describe("Ctrl-C after the session left before has failed", () => {
  // It asked about the one that had failed, deleted that, and the new one ran on without a word.
  test.each<[string, Anew]>([
    ["was found, as the answer to its create was lost", { post: () => page(502) }],
    [
      "is made, by a create that is not answered",
      { post: () => new Promise(() => {}), early: true },
    ],
  ])("asks about the new one, which %s, and stops it", async (_, plan) => {
    const { code, stderr, sessions, kept } = await interruptAnew(plan);
    const [first, second] = sessions;
    expect(stderr).toContain(`session ${second?.id} ${QUESTION}`);
    expect(stderr).not.toContain(`session ${first?.id} ${QUESTION}`);
    expect([code, ...sessions.map(({ status }) => status)]).toEqual([130, "failed", "dead"]);
    expect(stderr).toContain(
      `the session you left did not come up: session ${first?.id} is failed`,
    );
    expect(stderr).toContain(`the answer to the create was lost; found session ${second?.id}\n`);
    expect(stderr).toEndWith(`✓ session ${second?.id} is stopped\n`);
    expect(kept).toEqual([]);
  });

  test("forgets both where the new one is stopped", async () => {
    const { code, sessions, kept } = await interruptAnew({});
    expect([code, ...sessions.map(({ status }) => status)]).toEqual([130, "failed", "dead"]);
    expect(kept).toEqual([]);
  });

  test("does not return to one that was found, and may be somebody else's", async () => {
    const { stderr, sessions, kept } = await interruptAnew({ post: () => page(502), typed: "\r" });
    expect(stderr).toContain(`Session ${sessions[1]?.id} is still there`);
    expect(kept).toEqual([]);
  });

  test("asks nothing while nobody knows the new one, and says that one may be left", async () => {
    const { code, stderr, kept } = await interruptAnew({
      post: () => new Promise(() => {}),
      early: true,
      list: () => page(502),
    });
    expect(code).toBe(130);
    expect(stderr).not.toContain(QUESTION);
    expect(stderr).toEndWith(
      `${KEPT}  A session may have been created all the same; \`lap sessions\` lists those that run.\n`,
    );
    expect(kept).toEqual([]);
  });
});

test("a create that is refused after the session left before has failed tells of both", async () => {
  const { code, stderr, sessions, kept } = await interruptAnew({
    post: () => failure(500, "no room"),
    makes: false,
  });
  expect(code).toBe(1);
  expect(stderr).toContain(
    `the session you left did not come up: session ${sessions[0]?.id} is failed`,
  );
  expect(stderr).toContain("✗ session create failed: 500 — no room\n");
  expect(kept).toEqual([]);
});

describe("nothing is asked", () => {
  test("without a terminal to ask on", async () => {
    const { code, stderr, left } = await interrupt({});
    expect([code, stderr.endsWith(KEPT + left)]).toEqual([130, true]);
  });

  test.each(["SIGTERM", "SIGHUP"] as const)("at %s", async (name) => {
    const reason = new Interrupted(name);
    const outcome = await interrupt({ answers: [[QUESTION, "\r"]], reason });
    expect([outcome.code, outcome.stderr.includes(QUESTION)]).toEqual([reason.exitCode, false]);
    expect(outcome.stderr).toEndWith(KEPT + outcome.left);
  });
});
