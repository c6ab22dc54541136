import { describe, expect, test } from "bun:test";
import { ScriptedTerminal } from "../../src/demo/scripted.ts";
import type { PlatformOptions } from "../../src/demo/platform.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { JumpingClock } from "../support/clock.ts";
import { TemporaryHome } from "../support/home.ts";
import { closedUrl, failure, page, StubServer } from "../support/stub-server.ts";
import { exits, greeter } from "../support/visit.ts";
import { type Outcome, realClock, runLap } from "../support/world.ts";

const KEY = "sk-test-0123456789";

/** One clear sentence: a cross and the words, then indented hints; no trace, no key, no data. */
function expectSentence({ stdout, stderr }: Outcome, sentence: string | RegExp): void {
  expect(stdout).toBe("");
  const lines = stderr.trimEnd().split("\n");
  const crosses = lines.filter((line) => line.startsWith("✗ "));
  expect(crosses).toHaveLength(1);
  if (typeof sentence === "string") expect(crosses[0]).toBe(`✗ ${sentence}`);
  else expect(crosses[0]).toMatch(sentence);
  const after = lines.slice(lines.indexOf(crosses[0] ?? "") + 1);
  expect(after.filter((line) => !line.startsWith("  "))).toEqual([]);
  expect(stderr).not.toMatch(/\n\s+at |internal error:|\[GET\]|undefined|\[object/);
  expect(stderr).not.toContain(KEY);
}

async function lap(argv: string[], env: Record<string, string>): Promise<Outcome> {
  using home = new TemporaryHome();
  const terminal = new ScriptedTerminal(realClock);
  // What is waited for in vain takes no time.
  return await runLap(argv, { home: home.path, env, terminal, clock: new JumpingClock() });
}

describe("nobody is logged in", () => {
  test.each([
    "agents",
    "bot",
    "attach",
    "attach s-1",
    "sessions",
    "ps",
    "stop s-1",
    "stop --all --yes",
    "restart s-1",
    "logs s-1",
    "diagnose s-1",
  ])("lap %s", async (line) => {
    const outcome = await lap(line.split(" "), {});
    expectSentence(outcome, "not logged in");
    expect(outcome.stderr).toContain("Run `lap login`, or set LAP_URL and LAP_KEY.");
    expect(outcome.code).toBe(4);
  });
});

describe("what answers is no platform, or one with a fault", () => {
  type Row = [string, () => Response, number, string];
  const zod = [{ code: "custom", path: ["limit"], message: "too big" }];
  const rows: Row[] = [
    ["a refused key", () => failure(401, "unauthorized"), 4, "failed: 401 — unauthorized"],
    ["a forbidden key", () => failure(403, "no"), 4, "failed: 403 — no"],
    ["500 with a text", () => failure(500, "internal error"), 1, "failed: 500 — internal error"],
    ["500 with zod's issues", () => failure(500, zod), 1, "failed: 500 — limit: too big"],
    ["500 with an object", () => failure(500, { error: "deep" }), 1, "failed: 500 — deep"],
    ["500 with nothing", () => new Response(null, { status: 500 }), 1, "failed: 500"],
    ["500 with HTML", () => page(500), 1, "failed: 500"],
    ["502 with HTML", () => page(502), 1, "failed: 502"],
    ["404 with HTML", () => page(404), 1, "failed: 404"],
    ["405 with nothing", () => new Response(null, { status: 405 }), 1, "failed: 405"],
  ];
  const others: Row[] = [
    ["malformed JSON", () => new Response(`{"data":`), 1, "something that is not JSON"],
    ["nothing with 200", () => new Response(""), 1, "something that is not JSON"],
    ["HTML with 200", () => page(200), 1, "a web page, not with the platform's API"],
    ["a redirect", () => Response.redirect("https://x.dev/", 307), 1, "redirects elsewhere (307)"],
  ];
  const commands = [
    ["lap agents", ["agents"], "agent list"],
    ["lap sessions", ["sessions"], "agent list"],
    ["lap bot", ["bot"], "agent lookup"],
    ["lap attach s-1", ["attach", "s-1"], "session lookup"],
    ["lap stop s-1", ["stop", "s-1"], "session lookup"],
    ["lap stop --all", ["stop", "--all", "--yes"], "session list"],
    ["lap restart s-1", ["restart", "--yes", "s-1"], "session lookup"],
    ["lap logs s-1", ["logs", "s-1"], "session lookup"],
    ["lap diagnose s-1", ["diagnose", "s-1"], "session lookup"],
  ] as const;

  for (const [name, argv, what] of commands) {
    test.each(rows)(`${name}: %s`, async (_, answer, code, words) => {
      await using server = new StubServer(answer);
      const outcome = await lap([...argv], { LAP_URL: server.url, LAP_KEY: KEY });
      // These ask for agents and sessions at once; either may be the first to fail.
      const subject = what === "agent list" ? "(agent|session) list" : what;
      expectSentence(outcome, new RegExp(`^✗ ${subject} ${words.replaceAll(".", "\\.")}$`));
      expect(outcome.code).toBe(code);
    });

    test.each(others)(`${name}: %s`, async (_, answer, code, words) => {
      await using server = new StubServer(answer);
      const outcome = await lap([...argv], { LAP_URL: server.url, LAP_KEY: KEY });
      expect(outcome.stderr).toContain(server.url);
      expectSentence(outcome, new RegExp(words.replace(/[()]/g, "\\$&")));
      expect(outcome.code).toBe(code);
    });

    test(`${name}: a platform that is down`, async () => {
      const LAP_URL = await closedUrl();
      const outcome = await lap([...argv], { LAP_URL, LAP_KEY: KEY });
      expectSentence(outcome, `cannot reach ${LAP_URL}: connection refused`);
      expect(outcome.code).toBe(1);
    });
  }

  test("a redirect: the key goes nowhere else", async () => {
    await using other = new StubServer(() => Response.json({ data: [], total: 0 }));
    await using server = new StubServer(() => Response.redirect(`${other.url}/agents`, 308));
    await lap(["agents"], { LAP_URL: server.url, LAP_KEY: KEY });
    expect(other.requests).toEqual([]);
  });
});

describe("a session that cannot be opened", () => {
  async function open(options: Partial<PlatformOptions>, argv = ["bot"]) {
    const agents = [{ ...SHELL, name: "bot" }];
    await using demo = new DemoPlatform({ agents, ...options });
    const { url, key, sessions } = demo.platform;
    const outcome = await lap(argv, { LAP_URL: url, LAP_KEY: key });
    return { outcome, id: sessions[0]?.id };
  }

  /** Every answer about a session, with other values for some fields. */
  const sessionsWith = (fields: Record<string, unknown>): Partial<PlatformOptions> => ({
    intercept: async (request, url) => {
      if (request.method !== "GET" || !/\/sessions\/[^/]+$/.test(url.pathname)) return undefined;
      if (request.headers.has("x-inner")) return undefined;
      const headers = { ...Object.fromEntries(request.headers), "x-inner": "1" };
      const session = (await (await fetch(url, { headers })).json()) as Record<string, unknown>;
      return Response.json({ ...session, ...fields });
    },
  });

  test("failed: reason, id, phases", async () => {
    const { outcome, id } = await open({
      async *bringUp() {
        yield { phase: "pod_pending", detail: "pulling\nthe image" };
        throw new Error("pod failed: \x1b[31mImagePullBackOff");
      },
    });
    expectSentence(outcome, `session ${id} is failed: pod failed: ImagePullBackOff`);
    expect(outcome.stderr).toContain("Phases seen: creating → pod pending (pulling the image).\n");
    expect(outcome.code).toBe(1);
  });

  test("failed: why, by the platform's own diagnosis", async () => {
    const { outcome, id } = await open({ agents: [{ ...SHELL, name: "bot", command: ["/none"] }] });
    expectSentence(outcome, `session ${id} is failed: command not found: /none`);
    expect(outcome.stderr).toContain("  The agent's program is not installed: /none.\n");
    expect(outcome.stderr).toContain(`  \`lap diagnose ${id}\` tells more.\n`);
  });

  test("created, with the answer lost: it is found, and a word said", async () => {
    const { outcome } = await open({
      openTty: greeter(exits),
      intercept: async (request, url) => {
        if (request.method !== "POST" || request.headers.has("x-inner")) return undefined;
        const headers = { ...Object.fromEntries(request.headers), "x-inner": "1" };
        await fetch(url, { method: "POST", headers });
        return page(504);
      },
    });
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toMatch(
      /! the answer to the create was lost; found session [\w-]{36}\n/,
    );
  });

  test("dead: reason, id, a way on", async () => {
    const fields = { status: "dead", failure_reason: "idle timeout" };
    const { outcome, id } = await open(sessionsWith(fields));
    expectSentence(outcome, `session ${id} is dead: idle timeout`);
    expect(outcome.stderr).toContain("--new");
    expect(outcome.code).toBe(1);
  });

  test("in the cluster", async () => {
    const fields = { tty_url: null, sandbox_url: "http://s-1.lap.svc.cluster.local:8080" };
    const { outcome } = await open(sessionsWith(fields));
    expectSentence(outcome, "session is in-cluster — no LAP_TTY_FALLBACK set");
    expect(outcome.stderr).toContain("Export LAP_TTY_FALLBACK");
    expect(outcome.code).toBe(1);
  });

  test("without a token", async () => {
    const { outcome } = await open(sessionsWith({ tty_token: null }));
    expectSentence(outcome, "the platform gave no terminal token for this session");
    expect(outcome.code).toBe(1);
  });

  test("of an agent that nobody knows, with the nearest names", async () => {
    const { outcome } = await open({ agents: [{ ...SHELL, name: "bottle" }] });
    expectSentence(outcome, "no agent named 'bot'.");
    expect(outcome.stderr).toContain("Did you mean 'bottle'?");
    expect(outcome.code).toBe(1);
  });

  test("of one of two agents of a name, in a script", async () => {
    const twins = [1, 2].map((n) => ({ ...SHELL, id: `id-${n}`, name: "bot" }));
    const { outcome } = await open({ agents: twins });
    expectSentence(outcome, "2 agents are named 'bot'");
    expect(outcome.stderr).toContain("  lap id-1\n  lap id-2\n");
    expect(outcome.code).toBe(2);
  });

  test("of an agent that is a chat", async () => {
    const { outcome } = await open({ agents: [{ ...SHELL, name: "bot", harness_id: "opencode" }] });
    expectSentence(outcome, "agent 'bot' has no terminal: its harness 'opencode' is a chat");
    expect(outcome.code).toBe(1);
  });

  test.each([
    [401, "the sandbox refused the terminal token (401)"],
    [403, "forbids the terminal connection (403)"],
    [404, "there is no terminal at"],
    [503, "the session is gone or not ready yet (503)"],
    [418, "did not open the terminal (418)"],
  ])("whose upgrade is refused with %d", async (status, words) => {
    const { outcome } = await open({
      intercept: (_request, url) =>
        url.pathname.endsWith("/tty") ? new Response(null, { status }) : undefined,
    });
    expectSentence(outcome, new RegExp(`^✗ \\[ws closed\\] .*${words.replace(/[()]/g, "\\$&")}`));
    expect(outcome.code).toBe(1);
  });

  test("whose sandbox is not there", async () => {
    const tty_url = `${(await closedUrl()).replace("http", "ws")}/tty`;
    const { outcome } = await open(sessionsWith({ tty_url }));
    expectSentence(outcome, /^✗ \[ws closed\] the sandbox at 127.*connection refused$/);
    expect(outcome.code).toBe(1);
  });
});

test("a key of LAP_KEY that is refused is not to be mended by lap login", async () => {
  using home = new TemporaryHome();
  await using server = new StubServer(() => failure(401, "bad key"));
  const env = { LAP_URL: server.url, LAP_KEY: "sk-1" };
  const { code, stderr } = await runLap(["agents"], { home: home.path, env });
  expect(code).toBe(4);
  expect(stderr).toContain("does not take the key in LAP_KEY: set another one");
  expect(stderr).not.toContain("Run `lap login`");
});
