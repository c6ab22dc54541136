import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync } from "node:fs";
import { rememberedSessions } from "../../src/config/sessions.ts";
import { Interrupted } from "../../src/errors.ts";
import type { PlatformOptions } from "../../src/demo/platform.ts";
import type { Session } from "../../src/demo/sessions.ts";
import type { TtyClient } from "../../src/demo/tty.ts";
import { JumpingClock } from "../support/clock.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { failure } from "../support/stub-server.ts";
import {
  exits,
  type Greeting,
  greeter,
  hello,
  remembered,
  visit,
  type VisitOptions,
} from "../support/visit.ts";
import { runLap } from "../support/world.ts";

class World extends DemoPlatform {
  readonly home = new TemporaryHome();

  constructor(greet: Greeting, options: Partial<PlatformOptions> = {}) {
    const agents = [{ ...SHELL, id: "agent-1", name: "bot" }];
    super({ agents, openTty: greeter(greet), ...options });
  }

  visit(...argv: string[]) {
    return visit(argv, { home: this.home.path, platform: this.platform });
  }

  get newest(): string | undefined {
    return this.platform.sessions[0]?.id;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.home[Symbol.dispose]();
    await super[Symbol.asyncDispose]();
  }
}

describe("lap bot", () => {
  test("tells the phases, detaches with Ctrl-D, and says how to return", async () => {
    await using world = new World(hello, {
      async *bringUp() {
        yield { phase: "pod_pending", detail: "pulling the image" };
        await new Promise((resolve) => setImmediate(resolve));
      },
    });
    const { code, stdout, stderr } = await world.visit("bot");
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toMatch(/^creating {2}\d/);
    expect(stderr).toEndWith("detached — the session lives on. Return to it with: lap bot\n");
  });

  test("returns to the session that was left, and says so", async () => {
    await using world = new World(hello);
    await world.visit("bot");
    const { code, stderr } = await world.visit("bot");
    expect(code).toBe(0);
    expect(stderr).toStartWith(`returning to session ${world.newest}\n`);
    expect(world.platform.sessions).toHaveLength(1);
  });

  test("makes a new one where that is dead, and with --new", async () => {
    await using world = new World(hello);
    await world.visit("bot");
    await world.request(`/sessions/${world.newest}`, { method: "DELETE" });
    expect((await world.visit("bot")).stderr).not.toContain("returning");
    expect((await world.visit("bot", "--new")).stderr).not.toContain("returning");
    expect(world.platform.sessions).toHaveLength(3);
    expect(await remembered(world.home, world.platform.url)).toMatchObject([{ id: world.newest }]);
  });

  test("says that the program ended, which is no fault", async () => {
    await using world = new World(exits);
    const { code, stderr } = await world.visit("bot");
    expect(code).toBe(0);
    expect(stderr).toEndWith(
      "[ws closed] the program in the sandbox ended.\n  `lap bot` starts it afresh.\n",
    );
  });

  test("says that the connection was lost, why, and what to do", async () => {
    await using world = new World((client) => {
      client.send("hi");
      client.close(1011, "pod \x1b[31mevicted");
    });
    const { code, stderr } = await world.visit("bot", "--no-reconnect");
    expect(code).toBe(255);
    expect(stderr).toEndWith(
      "✗ [ws closed] the connection was lost (1011: pod evicted)\n" +
        "  `lap bot` returns to it, if it is still alive.\n",
    );
  });

  test.each<{ argv: string[] }>([{ argv: ["bot", "--no-reconnect"] }, { argv: ["bot"] }])(
    "suspects the reaper or the token where nothing comes before the end: $argv",
    async ({ argv }) => {
      await using world = new World((client) => client.close());
      const { code, stderr } = await world.visit(...argv);
      expect(code).toBe(255);
      expect(stderr).toContain("the terminal token is wrong. Check `lap config`");
    },
  );

  test("gives up a sandbox that closes at once, again and again", async () => {
    let connections = 0;
    await using world = new World((client) => {
      connections++;
      client.send("[bridge] failed to spawn claude\r\n");
      client.close();
    });
    const { code, stderr } = await world.visit("bot");
    expect([code, connections]).toEqual([255, 3]);
    expect(stderr).toContain(
      "✗ [ws closed] the sandbox closes the connection as soon as it is open",
    );
    expect(stderr).toContain(`\`lap diagnose ${world.newest}\` says more`);
  });

  // It said neither that the connection was lost nor which session lives on.
  test.each<[name: string, answer: (session: object) => Response, code: number, says: string]>([
    [
      "the key is refused",
      () => failure(401, "unauthorized"),
      4,
      "session lookup failed: 401 — unauthorized",
    ],
    [
      "nobody says where the terminal is now",
      (session) => Response.json({ ...session, tty_url: null, sandbox_url: null }),
      255,
      "the platform does not say where this session's terminal is",
    ],
  ])("names the session where %s after a loss", async (_, answer, code, says) => {
    let lost = false;
    await using world = new World(
      (client) => {
        client.send("hi");
        lost = true;
        client.close(1011);
      },
      {
        intercept: ({ method }, { pathname }, { sessions }) =>
          lost && method === "GET" && pathname.endsWith(`${sessions[0]?.id}`)
            ? answer({ id: sessions[0]?.id, status: "ready", tty_token: "t" })
            : undefined,
      },
    );
    const outcome = await world.visit("bot");
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toContain(`✗ [ws closed] the connection was lost for good: ${says}\n`);
    expect(outcome.stderr).toContain(`\`lap attach ${world.newest}\` reaches it`);
  });

  test("names no session that has ended meanwhile", async () => {
    const ended = (client: TtyClient) => {
      client.send("hi");
      (world.platform.sessions[0] as Session).status = "dead";
      client.close(1011);
    };
    await using world = new World(ended);
    const { code, stderr } = await world.visit("bot");
    expect(code).toBe(255);
    expect(stderr).toEndWith(
      `✗ [ws closed] session ${world.newest} is dead\n  \`lap <agent>\` opens a fresh one.\n`,
    );
  });

  test("without a terminal asks the platform nothing", async () => {
    await using world = new World(hello);
    const { url: LAP_URL, key: LAP_KEY } = world.platform;
    const { code, stderr } = await runLap(["bot"], {
      home: world.home.path,
      env: { LAP_URL, LAP_KEY },
    });
    expect(code).toBe(2);
    expect(stderr).toStartWith("✗ lap needs a terminal");
    expect(stderr).toContain("`lap <agent> --no-tty`");
    expect(world.platform.sessions).toHaveLength(0);
    expect(existsSync(world.home.state)).toBe(false);
  });

  test("a state that cannot be kept stops nobody", async () => {
    await using world = new World(hello);
    mkdirSync(world.home.state, { recursive: true });
    expect((await world.visit("bot")).code).toBe(0);
  });
});

describe("a sandbox that does not come up", () => {
  /** `lap bot` on a platform that never ends its bring-up, in time that passes at once. */
  async function wait(argv: string[], clock = new JumpingClock(), signal?: AbortSignal) {
    await using world = new World(hello, {
      // oxlint-disable-next-line require-yield
      async *bringUp() {
        await new Promise(() => {});
      },
    });
    const outcome = await visit(["bot", ...argv], {
      home: world.home.path,
      platform: world.platform,
      clock,
      ...(signal ? { signal } : {}),
    });
    return { ...outcome, id: world.newest, kept: await remembered(world.home, world.platform.url) };
  }

  test.each([
    ["ten minutes", [], "10 min 0 s"],
    ["--timeout", ["--timeout", "2.5"], "2.5 s"],
  ])("is waited for %s, then named with how to reach or stop it", async (_, argv, time) => {
    const { code, stderr, id, kept } = await wait(argv);
    expect(code).toBe(1);
    expect(stderr).toContain(`✗ the session is not ready after ${time}\n`);
    expect(stderr).toContain(`\`lap attach ${id}\` reaches it, \`lap stop ${id}\` ends it.`);
    expect(kept).toMatchObject([{ id }]);
  });

  test("is left with Ctrl-C, and named with how to reach or stop it", async () => {
    const abort = new AbortController();
    const clock = new JumpingClock();
    clock.onSleep = (count) => count === 3 && abort.abort(new Interrupted("SIGINT"));
    const { code, stdout, stderr, id } = await wait([], clock, abort.signal);
    expect([code, stdout]).toEqual([130, ""]);
    expect(stderr).toEndWith(
      "✗ stopped waiting\n" +
        `  Session ${id} is still there: \`lap attach ${id}\` reaches it, \`lap stop ${id}\` ends it.\n`,
    );
  });
});

describe("a session that is being made", () => {
  /** A platform that leaves every bring-up to the test. */
  const slow = () =>
    new World(hello, {
      // oxlint-disable-next-line require-yield
      async *bringUp() {
        await new Promise(() => {});
      },
    });

  /** `lap bot`, and what happens to its newest session once lap has looked at that a few times. */
  function open(
    world: World,
    then: () => void,
    options: Partial<VisitOptions> = {},
    ...argv: string[]
  ) {
    const { home, platform } = world;
    const clock = new JumpingClock();
    clock.onSleep = (count) => count === 3 && then();
    return visit(["bot", ...argv], { home: home.path, platform, clock, ...options });
  }

  const become = (world: World, status: "ready" | "failed") => () => {
    (world.platform.sessions[0] as Session).status = status;
  };
  const kept = ({ home, platform }: World) =>
    rememberedSessions(home.path, platform.url).map(({ id }) => id);

  // A lap that was killed, or whose window was closed, left it running: the next one made a second.
  test("is remembered meanwhile, and a lap that comes after Ctrl-C returns to it", async () => {
    await using world = slow();
    let seen: string[] = [];
    const abort = new AbortController();
    const leave = () => {
      seen = kept(world);
      abort.abort(new Interrupted("SIGHUP"));
    };
    expect((await open(world, leave, { signal: abort.signal })).code).toBe(129);
    expect(seen).toEqual([`${world.newest}`]);
    const { stderr } = await open(world, become(world, "ready"));
    expect(stderr).toContain("the session you left is starting: creating");
    expect(stderr).toContain(`returning to session ${world.newest}\n`);
    expect(world.platform.sessions).toHaveLength(1);
  });

  test("asks on Ctrl-C whether to keep it, also where it was made before", async () => {
    await using world = slow();
    const abort = new AbortController();
    const leave = () => abort.abort(new Interrupted("SIGINT"));
    const stop: Partial<VisitOptions> = {
      signal: abort.signal,
      answers: [["is still starting. And now?", "\x1b[B\r"]],
    };
    await open(world, become(world, "ready"));
    (world.platform.sessions[0] as Session).status = "creating";
    expect((await open(world, leave, stop)).code).toBe(130);
    expect(world.platform.sessions.map(({ status }) => status)).toEqual(["dead"]);
    expect(kept(world)).toEqual([]);
  });

  test("that fails while it is returned to makes room for a new one, with a word", async () => {
    await using world = slow();
    await open(world, become(world, "ready"));
    const first = world.newest;
    (world.platform.sessions[0] as Session).status = "creating";
    const clock = new JumpingClock();
    clock.onSleep = () => become(world, world.newest === first ? "failed" : "ready")();
    const { code, stderr } = await open(world, () => {}, { clock });
    expect(code).toBe(0);
    expect(stderr).toContain(`the session you left did not come up: session ${first} is failed\n`);
    expect(kept(world)).toEqual([`${world.newest}`]);
  });

  for (const [name, options, status] of [
    ["fails", {}, "failed"],
    ["is stopped at once", { answers: [["And now?", "\x1b[B\r"]] }, undefined],
  ] as const) {
    test(`with --new gives the one left before back where it ${name}`, async () => {
      await using world = slow();
      await open(world, become(world, "ready"));
      const first = world.newest;
      const abort = new AbortController();
      const then = status ? become(world, status) : () => abort.abort(new Interrupted("SIGINT"));
      await open(
        world,
        then,
        { ...options, signal: abort.signal } as Partial<VisitOptions>,
        "--new",
      );
      expect(world.newest).not.toBe(first);
      expect(kept(world)).toEqual([`${first}`]);
    });
  }
});

describe("the way back is a command that can be typed", () => {
  test.each([
    ["a plain name", "bot", "lap bot"],
    ["a name with a space", "my bot", "lap 'my bot'"],
    ["a name with a quote", "bob's", `lap 'bob'\\''s'`],
    ["a name that is a command", "login", "lap open login"],
    ["a name like a flag", "--bot", "lap open -- --bot"],
    ["no name", null, "lap agent-7"],
    ["a name that cannot be shown", "bot\u202e", "lap agent-7"],
  ])("for %s", async (_, name, expected) => {
    await using world = new World(hello, { agents: [{ ...SHELL, id: "agent-7", name }] });
    const { stderr } = await world.visit("--agent=agent-7");
    expect(stderr).toEndWith(`Return to it with: ${expected}\n`);
    const shell = Bun.spawnSync(["/bin/sh", "-c", `printf '%s\\n' ${expected}`]);
    const [, ...argv] = shell.stdout.toString().trimEnd().split("\n");
    expect((await world.visit(...argv)).stderr).toStartWith("returning to session");
  });
});

describe("lap alone", () => {
  const agents = ["first", "running", "chat"].map((name) => ({
    ...SHELL,
    name,
    harness_id: name === "chat" ? "opencode" : "codex",
  }));

  const pick = (world: World, answers: [string, string][], env: Record<string, string> = {}) =>
    visit([], { home: world.home.path, platform: world.platform, answers, env });

  test("offers the agents that have a terminal, those that run first", async () => {
    await using world = new World(hello, { agents });
    await world.visit("running");
    const { code, stderr } = await pick(world, [["Open which agent?", "\r"]]);
    expect(code).toBe(0);
    expect(stderr).toContain("running ● running");
    expect(stderr).not.toContain("chat");
    expect(stderr).toContain(`returning to session ${world.newest}`);
  });

  test("logs in first where nobody is", async () => {
    await using world = new World(hello, { agents: agents.slice(0, 1) });
    const { url, key } = world.platform;
    const answers: [string, string][] = [
      ["Agent platform URL", `${url}\r`],
      ["Master key", `${key}\r`],
      ["Open which agent?", "\r"],
    ];
    const { code, stderr } = await pick(world, answers, { LAP_URL: "", LAP_KEY: "" });
    expect(stderr).toContain("✓ saved to ~/.lap/config.json\n");
    expect(stderr).toEndWith("Return to it with: lap first\n");
    expect(code).toBe(0);
  });

  test("asks which of two agents of one name is meant", async () => {
    const twins = [1, 2].map((n) => ({ ...SHELL, id: `agent-${n}`, name: "twin" }));
    await using world = new World(hello, { agents: twins });
    const { code } = await visit(["twin"], {
      home: world.home.path,
      platform: world.platform,
      answers: [["Which one?", "\x1b[B\r"]],
    });
    expect([code, world.platform.sessions[0]?.agent.id]).toEqual([0, "agent-2"]);
  });

  test("Ctrl-C at the question ends with 130 and opens nothing", async () => {
    await using world = new World(hello, { agents });
    const { code } = await pick(world, [["Open which agent?", "\x03"]]);
    expect([code, world.platform.sessions.length]).toEqual([130, 0]);
  });

  test("says where no agent has a terminal", async () => {
    await using world = new World(hello, { agents: agents.slice(2) });
    const { code, stderr } = await pick(world, []);
    expect(code).toBe(1);
    expect(stderr).toStartWith("✗ there is no agent with a terminal on this platform\n");
  });

  test.each([
    ["logged in", {}, 2, "no agent is named"],
    ["not logged in", { LAP_URL: "", LAP_KEY: "" }, 4, "not logged in"],
  ])("where nobody can be asked, %s, says what to do", async (_, env, code, words) => {
    await using world = new World(hello, { agents });
    const outcome = await visit([], { home: world.home.path, platform: world.platform, env });
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toStartWith(`✗ ${words}`);
  });
});
