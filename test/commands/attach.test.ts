import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { Interrupted } from "../../src/errors.ts";
import { rememberSession } from "../../src/config/sessions.ts";
import { JumpingClock } from "../support/clock.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { RowsServer } from "../support/rows.ts";
import { failure, StubServer } from "../support/stub-server.ts";
import { greeter, hello, remembered, visit } from "../support/visit.ts";
import { runLap } from "../support/world.ts";

const KEY = "sk-test-0123456789";
const ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";

describe("lap attach", () => {
  test.each([
    ["an id", (_: string, id: string) => id],
    ["a page's URL", (url: string, id: string) => `${url}/sessions/${id}?tab=logs`],
    [
      "the URL of the terminal",
      (url: string, id: string) =>
        `${url.replace("http", "ws")}/api/v1/managed_agents/sessions/${id}/tty`,
    ],
  ])("joins a session by %s", async (_, reference) => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ openTty: greeter(hello) });
    const { id } = await demo.session();
    const { platform } = demo;
    const argv = ["attach", reference(platform.url, id)];
    const { code, stderr } = await visit(argv, { home: home.path, platform });
    expect(code).toBe(0);
    expect(stderr).toEndWith(`Return to it with: lap attach ${id}\n`);
    expect(await remembered(home, platform.url)).toMatchObject([{ id }]);
  });

  test("waits for a session that is being created, and tells its phases", async () => {
    using home = new TemporaryHome();
    const go = Promise.withResolvers<void>();
    let polls = 0;
    await using demo = new DemoPlatform({
      openTty: greeter(hello),
      async *bringUp() {
        yield { phase: "cloning_repo" };
        await go.promise;
      },
      intercept: ({ method }) => {
        if (method === "GET" && ++polls === 4) go.resolve();
        return undefined;
      },
    });
    const { platform } = demo;
    const agent = platform.agents[0]?.id;
    const { id } = await demo.json<{ id: string }>(`/agents/${agent}/session`, { method: "POST" });
    const { code, stderr } = await visit(["attach", id], { home: home.path, platform });
    expect(code).toBe(0);
    expect(stderr).toStartWith("cloning repo  ");
  });

  test("Ctrl-C while it waits says what is left", async () => {
    using home = new TemporaryHome();
    const abort = new AbortController();
    let polls = 0;
    await using server = new StubServer(() => {
      if (++polls === 3) abort.abort(new Interrupted("SIGINT"));
      return Response.json({ id: ID, status: "creating" });
    });
    const { code, stderr } = await visit(["attach", ID], {
      home: home.path,
      platform: { url: server.url, key: KEY } as DemoPlatform["platform"],
      signal: abort.signal,
    });
    expect(code).toBe(130);
    expect(stderr).toContain("✗ stopped waiting\n");
    expect(stderr).toContain(`\`lap attach ${ID}\` reaches it, \`lap stop ${ID}\` ends it.`);
  });

  test("--read-only sends nothing, and leaves no session to return to", async () => {
    using home = new TemporaryHome();
    const typed: string[] = [];
    await using demo = new DemoPlatform({ openTty: greeter(hello, typed) });
    const { platform } = demo;
    const { id } = await demo.session();
    const argv = ["attach", "--read-only", id];
    const { code } = await visit(argv, { home: home.path, platform, typed: "rm -rf /\r\x04" });
    expect([code, typed, existsSync(home.state)]).toEqual([0, [], false]);
  });
});

describe("lap attach without a session", () => {
  /** A platform with two ready sessions, the older one of which was left last. */
  async function opened(home: TemporaryHome) {
    const agents = [
      { ...SHELL, name: "bot" },
      { ...SHELL, name: "docs" },
    ];
    const demo = new DemoPlatform({ agents, openTty: greeter(hello) });
    const older = await demo.session();
    const newer = await demo.session();
    const { platform } = demo;
    const left = { agentId: platform.agents[0]?.id ?? "", agentName: "bot", leftAt: 2 };
    rememberSession(home.path, platform.url, { ...left, id: older.id });
    rememberSession(home.path, platform.url, { ...left, agentId: "x", id: newer.id, leftAt: 1 });
    return { demo, platform, older, newer };
  }

  const change = ({ platform }: DemoPlatform, id: string, fields: Record<string, unknown>) => {
    Object.assign(platform.sessions.find((session) => session.id === id) ?? {}, fields);
  };

  test.each([[["attach"]], [["--resume"]], [["attach", "--read-only"]]])(
    "lap %p returns to the one last left",
    async (argv) => {
      using home = new TemporaryHome();
      const { demo, platform, older } = await opened(home);
      await using _demo = demo;
      const { code, stderr } = await visit(argv, { home: home.path, platform });
      expect(code).toBe(0);
      expect(stderr).toStartWith(`returning to session ${older.id} of bot\n`);
      expect(stderr).toEndWith(`lap attach ${older.id}\n`);
    },
  );

  test("waits for one that is being created again", async () => {
    using home = new TemporaryHome();
    const { demo, platform, older } = await opened(home);
    await using _demo = demo;
    change(demo, older.id, { status: "creating", phase: "pod_pending" });
    const clock = new JumpingClock();
    clock.onSleep = (count) => count === 5 && change(demo, older.id, { status: "ready" });
    const { code, stderr } = await visit(["attach"], { home: home.path, platform, clock });
    expect([code, stderr.includes("pod pending")]).toEqual([0, true]);
  });

  test.each([
    ["is dead", "is dead (idle timeout)"],
    ["is gone", "is gone"],
  ])("lets the person pick among the ready ones where that %s", async (state, words) => {
    using home = new TemporaryHome();
    const { demo, platform, older, newer } = await opened(home);
    await using _demo = demo;
    const third = await demo.session();
    change(demo, third.id, { status: "failed" });
    if (state === "is dead")
      change(demo, older.id, { status: "dead", failureReason: "idle timeout" });
    else (platform.sessions as unknown[]).pop();
    const { code, stderr } = await visit(["attach"], {
      home: home.path,
      platform,
      answers: [["Return to which session?", "\r"]],
    });
    expect(code).toBe(0);
    expect(stderr).toStartWith(`the session left last, ${older.id} of bot, ${words}\n`);
    expect(stderr).toContain(`● bot  ${newer.id.slice(0, 8)} (idle for 0 s)`);
    expect(stderr).not.toContain(third.id.slice(0, 8));
    expect(stderr).toEndWith(`lap attach ${newer.id}\n`);
  });

  test("says so where nobody can be asked", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ openTty: greeter(hello) });
    await demo.session();
    const { code, stderr } = await visit(["attach"], { home: home.path, platform: demo.platform });
    expect(code).toBe(2);
    expect(stderr).toStartWith("✗ no session is named\n  Example: lap attach 6f9619ff.");
  });

  test("says so where there is nothing to pick, chats not counted", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ agents: [{ ...SHELL, harness_id: "opencode" }] });
    await demo.session();
    const { platform } = demo;
    const { code, stderr } = await visit(["attach"], { home: home.path, platform, answers: [] });
    expect(code).toBe(1);
    expect(stderr).toStartWith(`✗ there is no session to return to on ${platform.url}\n`);
  });

  test("needs a terminal before anything is asked", async () => {
    using home = new TemporaryHome();
    await using server = new StubServer(() => Response.json([]));
    const env = { LAP_URL: server.url, LAP_KEY: KEY };
    const { code, stderr } = await runLap(["attach"], { home: home.path, env });
    expect([code, server.requests]).toEqual([2, []]);
    expect(stderr).toStartWith("✗ lap needs a terminal");
    expect(stderr).toContain("`lap <agent> --no-tty`");
  });
});

describe("lap attach by the beginning of an id", () => {
  test("joins the one session that has it, and remembers it with its agent's name", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ openTty: greeter(hello) });
    const { platform } = demo;
    const { id } = await demo.session();
    const agentId = platform.agents[0]?.id ?? "";
    const before = { id: "before", agentId, agentName: "shell", leftAt: 1 };
    rememberSession(home.path, platform.url, before);
    const { code } = await visit(["attach", id.slice(0, 8)], { home: home.path, platform });
    expect(code).toBe(0);
    expect(await remembered(home, platform.url)).toMatchObject([
      { id, agentId, agentName: "shell" },
    ]);
  });

  test("exits with 2 where two have it, and names them", async () => {
    using home = new TemporaryHome();
    const rows = ["abcd-1", "abcd-2"].map((id) => ({ id, agent_id: "a-1", status: "ready" }));
    await using server = new RowsServer(rows, { "a-1": "bot" });
    const platform = { url: server.url, key: server.key } as DemoPlatform["platform"];
    const { code, stderr } = await visit(["attach", "abcd"], { home: home.path, platform });
    expect(code).toBe(2);
    expect(stderr).toBe(
      "✗ 'abcd' fits 2 sessions\n  Give more of its id:\n  abcd-1 of bot, ready\n  abcd-2 of bot, ready\n",
    );
  });
});

describe("lap attach refuses", () => {
  test.each([
    ["another host", "https://evil.dev/sessions/1"],
    ["another port", "http://127.0.0.1:1/sessions/1"],
    ["another scheme", "https://127.0.0.1/sessions/1"],
    ["a host with ours for a user", "http://127.0.0.1@evil.dev/sessions/1"],
    ["a WebSocket elsewhere", "wss://evil.dev/sessions/1/tty"],
  ])("%s without any request being made", async (_, url) => {
    using home = new TemporaryHome();
    await using server = new StubServer(() => Response.json({}));
    const env = { LAP_URL: server.url, LAP_KEY: KEY };
    const { code, stderr } = await runLap(["attach", url], { home: home.path, env });
    expect(code).toBe(2);
    expect(stderr).toContain(`but you are logged in to ${server.url}\n`);
    expect(stderr).toContain("The key was not sent.");
    expect(server.requests).toEqual([]);
  });

  async function attach(id: string, answer: () => Response) {
    using home = new TemporaryHome();
    await using server = new StubServer(answer);
    const platform = { url: server.url, key: KEY } as DemoPlatform["platform"];
    const outcome = await visit(["attach", id], { home: home.path, platform });
    return { ...outcome, paths: server.requests.map(({ path }) => path), url: server.url };
  }

  test("an id that nobody knows", async () => {
    const { code, stderr, url } = await attach(ID, () => failure(404, "session not found"));
    expect(code).toBe(1);
    expect(stderr).toStartWith(`✗ there is no session '${ID}' on ${url}\n`);
  });

  test("an id of odd characters only after asking for just that", async () => {
    const { paths } = await attach("a%2F..&b=é\u202e", () => failure(404, "session not found"));
    expect(paths).toEqual(["/api/v1/managed_agents/sessions/a%252F..%26b%3D%C3%A9%E2%80%AE"]);
  });

  test.each([".", ".."])("the id '%s', which would lead elsewhere", async (id) => {
    const { code, paths } = await attach(id, () => Response.json({ id: "s-1", status: "ready" }));
    expect([code, paths]).toEqual([2, []]);
  });

  test("a session that is dead, with its reason", async () => {
    const dead = { id: ID, status: "dead", failure_reason: "idle timeout" };
    const { code, stderr } = await attach(ID, () => Response.json(dead));
    expect(code).toBe(1);
    expect(stderr).toStartWith(`✗ session ${ID} is dead: idle timeout\n`);
  });

  test("a session of a chat", async () => {
    const chat = { id: ID, status: "ready", supports_tui: false };
    const { code, stderr } = await attach(ID, () => Response.json(chat));
    expect(code).toBe(1);
    expect(stderr).toStartWith(`✗ session '${ID}' has no terminal: its agent is a chat\n`);
  });
});
