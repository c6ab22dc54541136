import { describe, expect, test } from "bun:test";
import { Interrupted } from "../../src/errors.ts";
import { rememberedSessions, rememberSession } from "../../src/config/sessions.ts";
import { JumpingClock } from "../support/clock.ts";
import { TemporaryHome } from "../support/home.ts";
import { failure } from "../support/stub-server.ts";
import { type OnRequest, type Row, RowsServer } from "../support/rows.ts";
import { waitFor } from "../support/wait.ts";
import { runLap, type WorldOptions } from "../support/world.ts";

interface Options extends Partial<WorldOptions> {
  onRequest?: OnRequest;
}

const AGENTS = { "a-1": "bot", "a-2": "docs" };

function rows(...states: string[]): Row[] {
  return states.map((status, index) => ({
    id: `${index + 1}000-session`,
    agent_id: `a-${index + 1}`,
    status,
  }));
}

/** `lap stop …` on a platform with these sessions; the first two are remembered. */
async function stop(argv: string[], sessions: Row[], { onRequest, ...world }: Options = {}) {
  using home = new TemporaryHome();
  await using server = new RowsServer(sessions, AGENTS, onRequest);
  for (const [index, { id }] of sessions.slice(0, 2).entries()) {
    const left = { id, agentId: `a-${index}`, agentName: "bot", leftAt: -index };
    rememberSession(home.path, server.url, left);
  }
  const outcome = await runLap(["stop", ...argv.map((arg) => arg.replace("URL", server.url))], {
    home: home.path,
    env: server.login,
    clock: new JumpingClock(),
    ...world,
  });
  const remembered = rememberedSessions(home.path, server.url).map(({ id }) => id);
  const { deleted, url, asked } = server;
  return { ...outcome, deleted, url, asked, remembered };
}

describe("lap stop of one", () => {
  test("deletes it, says so, and forgets it", async () => {
    const outcome = await stop(["1000-session"], rows("ready", "ready"));
    const { code, stdout, stderr, deleted, remembered } = outcome;
    expect([code, stdout, stderr]).toEqual([0, "", "✓ session 1000-session is stopped\n"]);
    expect([deleted, remembered]).toEqual([["1000-session"], ["2000-session"]]);
  });

  test.each([
    ["the beginning of its id", "1000"],
    ["the URL of its page", "URL/sessions/1000-session"],
  ])("takes %s", async (_, reference) => {
    const { code, deleted } = await stop([reference], rows("ready", "ready"));
    expect([code, deleted]).toEqual([0, ["1000-session"]]);
  });

  test.each([
    ["dead", null, "dead"],
    ["dead", "idle timeout", "dead (idle timeout)"],
    ["failed", "pod \x1b[31mfailed\nbadly", "failed (pod failed badly)"],
    ["stopped", null, "stopped"],
  ])("that is %s (%p) is a success, with words that say so", async (status, reason, words) => {
    const ended = [{ id: "s-1", status, failure_reason: reason }];
    const { code, stderr, remembered } = await stop(["s-1"], ended);
    expect([code, stderr]).toEqual([0, `✓ session s-1 had ended before: ${words}\n`]);
    expect(remembered).toEqual([]);
  });

  test("again is a success too", async () => {
    const sessions = rows("ready");
    expect((await stop(["1000"], sessions)).stderr).toContain("is stopped");
    expect(await stop(["1000"], sessions)).toMatchObject({
      code: 0,
      stderr: "✓ session 1000-session had ended before: dead\n",
    });
  });

  test("that comes back at the end of its bring-up says that it did, and what was waited for", async () => {
    const sessions = rows("creating");
    let looks = 0;
    const { code, stderr, deleted } = await stop(["1000-session"], sessions, {
      onRequest: (method, path) => {
        if (method === "GET" && path !== "/sessions" && ++looks === 4) {
          (sessions[0] as Row)["status"] = "ready";
        }
      },
    });
    expect([code, deleted.length]).toEqual([0, 2]);
    expect(stderr).toMatch(/^waiting for the end of its start, which could bring it back {2}\d/);
    expect(stderr).toEndWith("✓ session 1000-session is stopped; its start had brought it back\n");
  });

  test("that nobody knows is a failure; it is forgotten too", async () => {
    const outcome = await stop(["1000-session"], rows("ready", "ready"), {
      onRequest: (_method, path) =>
        path === "/sessions" ? Response.json([]) : failure(404, "session not found"),
    });
    const { code, stderr, url, deleted, remembered } = outcome;
    expect([code, deleted, remembered]).toEqual([1, [], ["2000-session"]]);
    expect(stderr).toStartWith(`✗ there is no session '1000-session' on ${url}\n  \`lap sessions`);
  });

  test("that cannot be deleted is a failure with the platform's words", async () => {
    const { code, stderr, remembered } = await stop(["1000-session"], rows("ready"), {
      onRequest: (method) => (method === "DELETE" ? failure(500, "no k8s") : undefined),
    });
    expect([code, remembered]).toEqual([1, ["1000-session"]]);
    expect(stderr).toStartWith("✗ session stop failed: 500 — no k8s\n  The platform has a fault");
  });

  test("that is interrupted before anything ends with 130, in silence", async () => {
    const signal = AbortSignal.abort(new Interrupted("SIGINT"));
    const { code, stderr, asked } = await stop(["s-1"], rows("ready"), { signal });
    expect([code, stderr, asked]).toEqual([130, "", []]);
  });

  test("that is interrupted while it is watched says what may still happen", async () => {
    const abort = new AbortController();
    let deleted = false;
    const { code, stderr } = await stop(["1000-session"], rows("creating"), {
      signal: abort.signal,
      onRequest: (method) => {
        if (deleted) abort.abort(new Interrupted("SIGINT"));
        deleted = method === "DELETE";
      },
    });
    expect(code).toBe(130);
    expect(stderr).toContain("✗ stopped waiting\n  Session 1000-session is deleted, but");
    expect(stderr).toContain("`lap stop 1000-session` again makes sure.");
  });
});

describe("lap stop of several", () => {
  test("tries all, says of each how it went, and fails if one does", async () => {
    const argv = ["3000-session", "9000-session", "1000-session", "2000"];
    const sessions = rows("ready", "dead", "ready", "ready");
    const { code, stderr, deleted, remembered, url } = await stop(argv, sessions, {
      onRequest: (method, path) =>
        method === "DELETE" && path.includes("1000") ? failure(500, "no k8s") : undefined,
    });
    expect(code).toBe(1);
    const lines = stderr.trimEnd().split("\n");
    expect(lines.filter((line) => !line.startsWith("stopping 3 sessions  "))).toEqual([
      "✓ session 3000-session is stopped",
      "✓ session 2000-session had ended before: dead",
      `✗ there is no session '9000-session' on ${url}`,
      "✗ session 1000-session: session stop failed: 500 — no k8s",
      "2 of 4 failed",
    ]);
    expect(deleted.sort()).toEqual(["1000-session", "2000-session", "3000-session"]);
    expect(remembered).toEqual(["1000-session"]);
  });

  test("is a success where all are", async () => {
    const { code, stderr } = await stop(["1000", "2000"], rows("ready", "ready"));
    expect([code, stderr.includes("✗")]).toEqual([0, false]);
  });

  test("named twice deletes once", async () => {
    const argv = ["1000-session", "1000", "URL/sessions/1000-session"];
    const { code, deleted, stderr } = await stop(argv, rows("ready"));
    expect([code, deleted]).toEqual([0, ["1000-session"]]);
    expect(stderr).toBe("✓ session 1000-session is stopped\n");
  });

  test("is not more than eight at once", async () => {
    let running = 0;
    let most = 0;
    const sessions = rows(...Array.from({ length: 40 }, () => "ready"));
    const { code, deleted } = await stop(["--all", "--yes"], sessions, {
      onRequest: async (method) => {
        if (method !== "DELETE") return;
        most = Math.max(most, ++running);
        await waitFor(() => most >= 8, "eight requests at once");
        running--;
      },
    });
    expect([code, deleted.length, most]).toEqual([0, 40, 8]);
  });

  test("stops nothing where one beginning fits two, and names them", async () => {
    const sessions = [...rows("ready"), { id: "abcd-1", agent_id: "a-1", status: "ready" }];
    sessions.push({ id: "abcd-2", agent_id: "a-2", status: "dead" });
    const { code, stderr, deleted } = await stop(["1000-session", "abcd"], sessions);
    expect([code, deleted]).toEqual([2, []]);
    expect(stderr).toBe(
      "✗ 'abcd' fits 2 sessions\n  Give more of its id:\n  abcd-1 of bot, ready\n  abcd-2 of docs, dead\n",
    );
  });

  test("stops nothing, and asks nothing, where one is on another platform", async () => {
    const argv = ["1000-session", "https://evil.dev/sessions/1"];
    const { code, asked } = await stop(argv, rows("ready"));
    expect([code, asked]).toEqual([2, []]);
  });

  test("refused by the platform exits with 4", async () => {
    const { code } = await stop(["1000", "2000"], rows("ready", "ready"), {
      onRequest: (method) => (method === "DELETE" ? failure(401, "unauthorized") : undefined),
    });
    expect(code).toBe(4);
  });

  test("that is interrupted tells what was done from what is not certain", async () => {
    const abort = new AbortController();
    const { code, stderr } = await stop(["1000-session", "2000-session"], rows("ready", "ready"), {
      signal: abort.signal,
      onRequest: async (method, path) => {
        if (method !== "DELETE" || path.includes("1000")) return;
        setTimeout(() => abort.abort(new Interrupted("SIGTERM")), 50);
        await new Promise(() => {});
      },
    });
    expect(code).toBe(143);
    expect(stderr).toContain("✓ session 1000-session is stopped\n");
    expect(stderr).toEndWith("✗ stopped waiting\n  Session 2000-session may still be alive.\n");
  });
});

describe("lap stop --all", () => {
  const sessions = () => rows("ready", "creating", "dead", "failed", "hibernating");

  test("asks, naming how many and which, and stops those that are alive", async () => {
    const { code, stderr, deleted } = await stop(["--all"], sessions(), {
      answers: [["Stop these 3 sessions on http", "\x1b[B\r"]],
    });
    expect(code).toBe(0);
    expect(stderr).toContain("AGENT        ID        STATUS\n");
    expect(stderr).toContain("bot          1000-ses  ready\n");
    expect(stderr).toContain("docs         2000-ses  creating\n");
    expect(stderr).toContain("(agent a-5)  5000-ses  hibernating\n");
    expect(deleted.sort()).toEqual(["1000-session", "2000-session", "5000-session"]);
  });

  test.each([
    ["No", "\r", 1],
    ["Ctrl-C", "\x03", 130],
  ])("answered with %s stops nothing", async (_, typed, code) => {
    const outcome = await stop(["--all"], sessions(), { answers: [["Stop these 3", typed]] });
    expect([outcome.code, outcome.deleted]).toEqual([code, []]);
  });

  test("--yes asks nothing", async () => {
    const { code, deleted } = await stop(["--all", "--yes"], rows("ready", "dead"));
    expect([code, deleted]).toEqual([0, ["1000-session"]]);
  });

  test.each(["docs", "a-2"])("--agent %s stops those of one agent alone", async (agent) => {
    const argv = ["--all", "--yes", "--agent", agent];
    const { code, deleted } = await stop(argv, rows("ready", "ready"));
    expect([code, deleted]).toEqual([0, ["2000-session"]]);
  });

  test("without anything alive says so", async () => {
    const { code, stderr, url } = await stop(["--all", "--yes"], rows("dead", "failed"));
    expect([code, stderr]).toEqual([0, `no session is alive on ${url}\n`]);
  });

  test("says where the platform may have more than it lists", async () => {
    const many = rows(...Array.from({ length: 201 }, () => "dead"));
    const { stderr } = await stop(["--all", "--yes"], many);
    expect(stderr).toStartWith("! the platform lists no more than the newest 200 sessions");
  });

  test("says so where nobody can be asked, without any request", async () => {
    const { code, stderr, asked } = await stop(["--all"], sessions());
    expect([code, asked]).toEqual([2, []]);
    expect(stderr).toBe("✗ --all asks first, and nobody is there to answer\n  Add --yes.\n");
  });
});

describe("lap stop refuses", () => {
  test.each([
    [[], "lap stop needs <session>"],
    [["--agent", "bot"], "--agent goes with --all"],
    [["s-1", "--yes"], "--yes goes with --all"],
    [["--all", "s-1"], "--all and 's-1' do not go together"],
    [["s-1", ""], "<session> is empty"],
    [["s-1", "a b"], "'a b' is not a session id or URL"],
  ])("%p", async (argv, words) => {
    const { code, stderr, asked } = await stop(argv, rows("ready"));
    expect([code, asked]).toEqual([2, []]);
    expect(stderr).toStartWith(`✗ ${words}\n`);
  });

  test("an agent's name that two have, naming both", async () => {
    using home = new TemporaryHome();
    await using server = new RowsServer([], { "a-1": "bot", "a-2": "bot" });
    const argv = ["stop", "--all", "--yes", "--agent", "bot"];
    const { code, stderr } = await runLap(argv, { home: home.path, env: server.login });
    expect(code).toBe(2);
    expect(stderr).toBe(
      "✗ 2 agents are named 'bot'\n  Give the id of one of them:\n  --agent a-1\n  --agent a-2\n",
    );
  });
});
