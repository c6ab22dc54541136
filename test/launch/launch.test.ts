import { describe, expect, test } from "bun:test";
import { createClient } from "../../src/api/client.ts";
import { EXIT, Interrupted, LapError } from "../../src/errors.ts";
import { launch, type LaunchOptions, type Launched } from "../../src/launch/launch.ts";
import { pollDelay } from "../../src/launch/ready.ts";
import type { PlatformOptions } from "../../src/demo/platform.ts";
import type { Session } from "../../src/demo/sessions.ts";
import { JumpingClock } from "../support/clock.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { failure } from "../support/stub-server.ts";

const AGENT = { ...SHELL, id: "agent-1", name: "bot" };

/** A platform with one agent, and what was asked of it. */
class World extends DemoPlatform {
  readonly asked: string[];
  readonly phases: string[] = [];

  constructor(options: Partial<PlatformOptions> = {}) {
    const asked: string[] = [];
    super({
      agents: [AGENT],
      ...options,
      intercept: (request, url, platform) => {
        const path = url.pathname.replace("/api/v1/managed_agents", "");
        asked.push(`${request.method} ${path.replaceAll(/[\da-f-]{36}/g, "<id>")}`);
        return options.intercept?.(request, url, platform);
      },
    });
    this.asked = asked;
  }

  launch(options: Partial<LaunchOptions> = {}): Promise<Launched> {
    const { url: base, key } = this.platform;
    this.asked.length = 0;
    return launch(createClient({ base, key }), {
      agent: "bot",
      remembered: [],
      timeoutMs: 600_000,
      signal: new AbortController().signal,
      clock: new JumpingClock(),
      onPhase: (label) => this.phases.push(label),
      ...options,
    });
  }

  async refused(options: Partial<LaunchOptions> = {}): Promise<LapError> {
    const error = await this.launch(options).catch((fault: unknown) => fault);
    if (!(error instanceof LapError)) throw new Error(`not refused: ${String(error)}`);
    return error;
  }
}

const remember = ({ agent, session }: Launched, agentName: string | null = "bot") => [
  { id: session.id, agentId: agent.id, agentName },
];

describe("opening an agent", () => {
  test("looks the name up, creates a session and waits until it is ready", async () => {
    await using world = new World();
    const { agent, session, returned } = await world.launch();
    expect(agent).toMatchObject({ id: "agent-1", name: "bot" });
    expect([session.status, returned]).toEqual(["ready", false]);
    expect(world.asked.slice(0, 3)).toEqual([
      "GET /agents",
      "POST /agents/agent-1/session",
      "GET /sessions/<id>",
    ]);
  });

  test("takes an agent that was picked as it is", async () => {
    await using world = new World();
    const { agent } = await world.launch();
    await world.launch({ agent });
    expect(world.asked[0]).toBe("POST /agents/agent-1/session");
  });

  test("asks which one is meant where several carry the name and somebody can answer", async () => {
    await using world = new World({ agents: [AGENT, { ...AGENT, id: "agent-2" }] });
    const { agent } = await world.launch({ choose: async ([, second]) => second as never });
    expect(agent.id).toBe("agent-2");
    expect((await world.refused()).exitCode).toBe(EXIT.usage);
  });

  test("says the platform's own words where it creates none", async () => {
    await using world = new World({
      intercept: ({ method }) => (method === "POST" ? failure(401, "unauthorized") : undefined),
    });
    const { message, exitCode } = await world.refused();
    expect(message).toBe("session create failed: 401 — unauthorized");
    expect(exitCode).toBe(EXIT.refused);
  });

  test("names the session left behind where it takes too long", async () => {
    await using world = new World({
      // oxlint-disable-next-line require-yield
      async *bringUp() {
        await new Promise(() => {});
      },
    });
    const { message, hint, exitCode } = await world.refused({ timeoutMs: 5_000 });
    const id = world.platform.sessions[0]?.id;
    expect(message).toBe("the session is not ready after 5.0 s");
    expect(hint).toContain(`\`lap attach ${id}\` reaches it, \`lap stop ${id}\` ends it.`);
    expect(exitCode).toBe(EXIT.failure);
  });

  test("offers no way back to a session that failed", async () => {
    await using world = new World({
      async *bringUp() {
        yield { phase: "pod_pending" };
        throw new Error("image not found");
      },
    });
    const { message, hint } = await world.refused();
    expect(message).toBe(`session ${world.platform.sessions[0]?.id} is failed: image not found`);
    expect(hint).toContain("Phases seen: creating → pod pending.");
    expect(hint).not.toContain("lap attach");
  });
});

describe("an agent without a terminal", () => {
  test.each([
    ["says so", { harness_id: "claude-code", supports_tui: false }],
    [
      "is of opencode on a platform that does not say",
      { harness_id: "opencode", supports_tui: undefined },
    ],
    ["is of claude-agent-sdk", { harness_id: "claude-agent-sdk", supports_tui: undefined }],
    ["is of an inline harness", { harness_id: "opencode-brain-inline", supports_tui: undefined }],
    ["is of a harness that nobody knows", { harness_id: "new-thing", supports_tui: undefined }],
  ])("is refused before a session is created: it %s", async (_, spec) => {
    await using world = new World({ agents: [{ ...AGENT, ...spec }] });
    const { message, exitCode } = await world.refused();
    expect(message).toBe(`agent 'bot' has no terminal: its harness '${spec.harness_id}' is a chat`);
    expect(exitCode).toBe(EXIT.failure);
    expect(world.asked).toEqual(["GET /agents"]);
  });

  test.each(["claude-code", "codex", "gemini", "hermes"])(
    "is none of %s, on a platform that does not say",
    async (harness_id) => {
      await using world = new World({
        agents: [{ ...AGENT, harness_id, supports_tui: undefined }],
      });
      expect((await world.launch()).session.status).toBe("ready");
    },
  );
});

describe("coming back", () => {
  test("returns to the session last left, asked for while the name is looked up", async () => {
    await using world = new World();
    const first = await world.launch();
    const again = await world.launch({ remembered: remember(first) });
    expect([again.session.id, again.returned]).toEqual([first.session.id, true]);
    expect(world.asked.toSorted()).toEqual(["GET /agents", "GET /sessions/<id>"]);
  });

  test("finds it by the agent's id where the name is another by now", async () => {
    await using world = new World();
    const first = await world.launch();
    const again = await world.launch({ remembered: remember(first, "old name") });
    expect(again.session.id).toBe(first.session.id);
  });

  test("does not return to the session of an agent that bore the name before", async () => {
    const agents = [AGENT, { ...AGENT, id: "agent-2", name: "other" }];
    await using world = new World({ agents });
    const other = await world.launch({ agent: "other" });
    const { session, returned } = await world.launch({ remembered: remember(other, "bot") });
    expect(returned).toBe(false);
    expect(session.agentId).toBe("agent-1");
  });

  test.each(["dead", "failed", "stopped"] as const)(
    "makes a new one where the last is %s",
    async (status) => {
      await using world = new World();
      const first = await world.launch();
      (world.platform.sessions[0] as { status: string }).status = status;
      const again = await world.launch({ remembered: remember(first) });
      expect(again.returned).toBe(false);
      expect(again.session.id).not.toBe(first.session.id);
    },
  );

  /** The session left is being started again; at the third look something happens to it. */
  async function startedAgain(
    world: World,
    then: Partial<Session>,
    options: Partial<LaunchOptions> = {},
  ) {
    const first = await world.launch();
    const session = world.platform.sessions[0] as Session;
    session.status = "creating";
    const clock = new JumpingClock();
    clock.onSleep = (count) => count === 3 && Object.assign(session, then);
    return { first, again: { remembered: remember(first), clock, ...options } };
  }

  // A second sandbox was made without a word, and the one left forgotten.
  test("waits for the last where that is being started again, and says so", async () => {
    await using world = new World();
    const starting: string[] = [];
    const { first, again } = await startedAgain(
      world,
      { status: "ready" },
      { onStarting: ({ id }, { name }) => starting.push(`${id} of ${name}`) },
    );
    const { session, returned } = await world.launch(again);
    expect([session.id, returned]).toEqual([first.session.id, true]);
    expect(world.phases).toContain("the session you left is starting: creating");
    expect(starting).toEqual([`${first.session.id} of bot`]);
    expect(world.platform.sessions).toHaveLength(1);
  });

  test("makes a new one where that fails, and tells what became of the last", async () => {
    await using world = new World();
    const failed = { status: "failed", failureReason: "image not found" } as const;
    const { first, again } = await startedAgain(world, failed);
    const told: string[] = [];
    const { session, returned } = await world.launch({
      ...again,
      onStarting: ({ id }) => told.push(`${id} starts`),
      onEnded: ({ id }, why) => told.push(`${id} ended: ${why}`),
      onPhase: (label) => label.startsWith("creating a") && told.push(label),
    });
    const { id } = first.session;
    expect([session.id === id, returned]).toEqual([false, false]);
    expect(told).toEqual([
      `${id} starts`,
      `${id} ended: session ${id} is failed: image not found`,
      // Until the create was answered it said that the old one was starting.
      "creating a new session",
      `${session.id} starts`,
    ]);
  });

  // Each of them was given the whole of --timeout.
  test("waits no longer for both together, where the last fails and a new one is made", async () => {
    let holds = false;
    await using world = new World({
      // oxlint-disable-next-line require-yield
      async *bringUp() {
        if (holds) await new Promise(() => {});
      },
    });
    const { again } = await startedAgain(world, { status: "failed" }, { timeoutMs: 1_000 });
    const { clock } = again;
    holds = true;
    const { message } = await world.refused(again);
    expect([message, clock.now()]).toEqual(["the session is not ready after 0.6 s", 1_000]);
    expect(world.platform.sessions).toHaveLength(2);
  });

  test("makes none that nobody would wait for, where the last fails as the time is up", async () => {
    await using world = new World();
    const third = pollDelay(0) + pollDelay(1) + pollDelay(2);
    const { first, again } = await startedAgain(world, { status: "failed" }, { timeoutMs: third });
    expect((await world.refused(again)).message).toBe(`session ${first.session.id} is failed`);
    expect(world.platform.sessions).toHaveLength(1);
  });

  test("names the last where that takes too long, and makes none", async () => {
    await using world = new World();
    const { first, again } = await startedAgain(world, {}, { timeoutMs: 5_000 });
    const { message, hint } = await world.refused(again);
    expect(message).toBe("the session is not ready after 5.0 s");
    expect(hint).toContain(`\`lap attach ${first.session.id}\` reaches it`);
    // `lap bot` waits for the same one again, and nothing said how to have another.
    expect(hint).toEndWith("\n`lap <agent> --new` opens another instead.");
    expect(world.platform.sessions).toHaveLength(1);
  });

  test("offers no other where somebody stops waiting for the last as the time is up", async () => {
    await using world = new World();
    const abort = new AbortController();
    const clock = new JumpingClock();
    clock.onSleep = () => abort.abort(new Interrupted("SIGINT"));
    const options = { timeoutMs: pollDelay(0), signal: abort.signal, clock };
    const { first, again } = await startedAgain(world, {}, options);
    const { hint } = await world.refused(again);
    expect(hint).toEndWith(`\`lap stop ${first.session.id}\` ends it.`);
  });

  test("offers no other where the platform refuses to tell of the last meanwhile", async () => {
    let refuses = false;
    await using world = new World({
      intercept: () => (refuses ? failure(401, "unauthorized") : undefined),
    });
    const clock = new JumpingClock();
    clock.onSleep = () => (refuses = true);
    const { first, again } = await startedAgain(world, {}, { clock });
    const { hint, exitCode } = await world.refused(again);
    expect(exitCode).toBe(EXIT.refused);
    expect(hint).toEndWith(`\`lap stop ${first.session.id}\` ends it.`);
  });

  test("makes a new one where the platform does not know the last, or cannot say", async () => {
    let fault: Response | undefined;
    await using world = new World({
      intercept: (_request, url) => (url.pathname.includes("/sessions/gone") ? fault : undefined),
    });
    const remembered = [{ id: "gone", agentId: "agent-1", agentName: "bot" }];
    for (fault of [undefined, failure(500, "internal error")]) {
      expect((await world.launch({ remembered })).returned).toBe(false);
    }
  });

  test("makes a new one where none is to be remembered (--new)", async () => {
    await using world = new World();
    const first = await world.launch();
    expect((await world.launch()).session.id).not.toBe(first.session.id);
  });
});
