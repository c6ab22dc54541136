import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../../src/clock.ts";
import { GLOBAL_ARGS } from "../../src/commands/everywhere.ts";
import { COMMANDS, loadCommand } from "../../src/commands/index.ts";
import { readStock, stockPath, writeStock } from "../../src/completion/stock.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { closedUrl } from "../support/stub-server.ts";
import { waitFor } from "../support/wait.ts";
import { realClock, runLap } from "../support/world.ts";

const BASE = "https://lap.acme.dev";
const EVERYWHERE = Object.keys(GLOBAL_ARGS).map((name) => `--${name}`);
const LOGIN = { LAP_URL: BASE, LAP_KEY: "sk-secret" };

/** A home whose names were heard so recently that nobody asks for them. */
function knowing(agents: (string | null)[], sessions: string[] = []): TemporaryHome {
  const home = new TemporaryHome();
  writeStock(home.path, BASE, {
    askedAt: Date.now(),
    agents: agents.map((name, index) => ({ id: `id-${index}`, name, harness: "codex" })),
    sessions: sessions.map((status, index) => ({ id: `s-${index}`, agentId: "id-0", status })),
  });
  return home;
}

async function complete(home: TemporaryHome, ...argv: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await runLap(["__complete", ...argv], {
    home: home.path,
    env: LOGIN,
  });
  expect([code, stderr]).toEqual([0, ""]);
  return stdout.split("\n").filter(Boolean);
}

/** The words offered, as fish gets them, without what is said of them. */
async function words(home: TemporaryHome, ...typed: string[]): Promise<string[]> {
  return (await complete(home, "fish", ...typed)).map((line) => line.split("\t")[0] ?? "");
}

describe("what is offered", () => {
  test("at first: every command, then the agents", async () => {
    using home = knowing(["docs", "refactor-bot"]);
    expect(await words(home, "")).toEqual([...Object.keys(COMMANDS), "docs", "refactor-bot"]);
  });

  test.each(Object.keys(COMMANDS) as (keyof typeof COMMANDS)[])(
    "for lap %s: every flag of its definition, and no other",
    async (name) => {
      using home = new TemporaryHome();
      const { args } = await loadCommand(name);
      const flags = Object.entries(args)
        .filter(([, { type }]) => type !== "positional")
        .flatMap(([flag, definition]) => [
          ...(definition.description ? [`--${flag}`] : []),
          ...("negativeDescription" in definition ? [`--no-${flag}`] : []),
        ]);
      expect(await words(home, name, "-")).toEqual([...flags, ...EVERYWHERE, "--help"]);
    },
  );

  test("no flag twice", async () => {
    using home = new TemporaryHome();
    expect(await words(home, "agents", "--json", "--")).toEqual([
      "--search",
      ...EVERYWHERE,
      "--help",
    ]);
  });

  test("a flag and its negation, where either does something, but none beside the other", async () => {
    using home = new TemporaryHome();
    expect(await complete(home, "fish", "login", "--k")).toEqual(
      expect.arrayContaining([
        "--keychain\tKeep the key in the keychain of this machine",
        "--no-keychain\tKeep it in the file, though it was in the keychain",
      ]),
    );
    const offered = await words(home, "login", "--keychain", "--");
    expect(offered.filter((word) => word.includes("keychain"))).toEqual([]);
  });

  test("at first: the flags of lap itself and of what opens an agent", async () => {
    using home = new TemporaryHome();
    expect(await words(home, "-")).toContain("--version");
    expect(await words(home, "-")).toContain("--new");
    expect(await words(home, "bot", "-")).not.toContain("--version");
  });

  test.each([
    [["open", ""], ["docs"]],
    [["--new", ""], ["docs"]],
    [["--agent", ""], ["docs"]],
    [["open", "--agent=d"], ["--agent=docs"]],
    [["attach", ""], ["s-0"]],
    [["--resume", ""], ["s-0"]],
    [
      ["doctor", ""],
      ["docs", "s-0"],
    ],
    [["stop", ""], ["s-0"]],
    [["stop", "x", ""], ["s-0"]],
    [["stop", "s-0", ""], []],
    [["stop", "--agent", "s-0", ""], ["s-0"]],
    [["ps", "--agent", ""], ["docs"]],
    [["--ca-cert", "x", "attach", ""], ["s-0"]],
    [["attach", "--ca-cert=x", ""], ["s-0"]],
    [["help", ""], Object.keys(COMMANDS)],
    [
      ["completion", ""],
      ["bash", "fish", "zsh"],
    ],
    [["docs", ""], []],
    [["--timeout", ""], []],
    [["agents", ""], []],
  ])("behind lap %p: %p", async (typed, expected) => {
    using home = knowing(["docs"], ["ready"]);
    expect((await words(home, ...typed)).toSorted()).toEqual(expected.toSorted());
  });

  test("agents by a name that can be typed and means them, else by their id", async () => {
    using home = knowing(["login", "-odd", "a  b", "red\x1b[31m", " x", "x".repeat(201), null, ""]);
    const ids = Array.from({ length: 8 }, (_, index) => `id-${index}`);
    expect((await words(home, "")).slice(-8)).toEqual(ids);
    // Behind `open`, a command's name is an agent's.
    expect(await words(home, "open", "")).toEqual(["login", ...ids.slice(1)]);
    const said = await complete(home, "fish", "open", "");
    expect(said).toContain("id-1\t-odd, codex");
    expect(said).toContain("id-3\tred, codex");
  });

  test("a name that several have, once", async () => {
    using home = knowing(["bot", "bot"]);
    expect(await words(home, "open", "")).toEqual(["bot"]);
  });

  test("sessions that live, and the newest of those that ended", async () => {
    using home = knowing(["bot"], [...Array.from({ length: 12 }, () => "dead"), "ready"]);
    const offered = await complete(home, "fish", "attach", "");
    expect(offered).toHaveLength(11);
    expect(offered[0]).toBe("s-12\tbot, ready");
    expect(offered[1]).toBe("s-0\tbot, dead");
  });
});

describe("in the notation of", () => {
  test("bash: the rest of the word, quoted", async () => {
    using home = knowing(["it's a:b"]);
    for (const [line, expected] of [
      ["lap it", "it\\'s\\ a:b"],
      ['lap "it', "it's a:b"],
      ["lap 'it'\\''s a:", "s a:b"],
      ["lap it\\'s\\ a:", "b"],
    ] as const) {
      expect(await complete(home, "bash", line, " '\":=")).toEqual([expected]);
    }
  });

  test("zsh: the group, and a colon before what is said", async () => {
    using home = knowing(["a:b\\c"]);
    expect(await complete(home, "zsh", "open", "")).toEqual(["agent:a\\:b\\\\c:codex"]);
    expect(await complete(home, "zsh", "completion", "b")).toContain("value:bash");
  });

  test("no other: nothing", async () => {
    using home = knowing(["bot"]);
    for (const argv of [[], ["tcsh", ""], ["constructor"], ["bash"], ["zsh"]]) {
      expect((await complete(home, ...argv)).join("")).not.toContain("bot codex");
    }
  });
});

describe("nothing is said", () => {
  test.each([
    ["the config is broken", "{", {}],
    ["LAP_URL is no URL", "{}", { LAP_URL: "ftp://x", LAP_KEY: "k" }],
    ["nobody is logged in", "{}", {}],
  ])("where %s", async (_, config, env) => {
    using home = new TemporaryHome();
    mkdirSync(dirname(home.config), { mode: 0o700 });
    writeFileSync(home.config, config, { mode: 0o600 });
    const outcome = await runLap(["__complete", "fish", "open", ""], { home: home.path, env });
    expect(outcome).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("where what is kept is broken", async () => {
    using home = new TemporaryHome();
    mkdirSync(dirname(home.config), { mode: 0o700 });
    for (const kept of [
      "{",
      "[1]",
      `{"${BASE}":7}`,
      `{"${BASE}":{"agents":[{},7],"sessions":0}}`,
    ]) {
      writeFileSync(stockPath(home.path), kept);
      expect(readStock(home.path, BASE)).toEqual({ askedAt: 0, agents: [], sessions: [] });
    }
  });
});

describe("the platform's names", () => {
  let demo: DemoPlatform;
  let gate = Promise.resolve();
  let asked = 0;
  beforeAll(() => {
    const secret = { env_vars: { TOKEN: "hunter2" } };
    demo = new DemoPlatform({
      agents: [{ ...SHELL, name: "docs", extra: secret } as typeof SHELL],
      intercept: async () => {
        asked++;
        await gate;
        return undefined;
      },
    });
  });
  afterAll(() => demo[Symbol.asyncDispose]());

  const tab = (home: TemporaryHome, platform = demo.platform) =>
    runLap(["__complete", "fish", "open", ""], {
      home: home.path,
      env: { LAP_URL: platform.url, LAP_KEY: platform.key },
    });
  const agents = (home: TemporaryHome) => readStock(home.path, demo.platform.url).agents;

  test("are kept for the owner's eyes, and no secret with them", async () => {
    await demo.session();
    using home = new TemporaryHome();
    await tab(home);
    await waitFor(() => agents(home).length > 0, "the names");
    expect(statSync(stockPath(home.path)).mode & 0o777).toBe(0o600);
    const kept = readFileSync(stockPath(home.path), "utf8");
    for (const secret of ["hunter2", demo.platform.key, demo.platform.token]) {
      expect(kept).not.toContain(secret);
    }
    expect((await tab(home)).stdout).toBe("docs\tcodex, running\n");
  });

  test("that take long do not hold the shell: they come with another Tab", async () => {
    using home = new TemporaryHome();
    const opened = Promise.withResolvers<void>();
    gate = opened.promise;
    expect(await tab(home)).toEqual({ code: 0, stdout: "", stderr: "" });
    // Another one meanwhile does not ask again.
    await waitFor(() => readStock(home.path, demo.platform.url).askedAt > 0, "the question");
    const before = asked;
    await tab(home);
    expect(asked - before).toBeLessThanOrEqual(2);
    opened.resolve();
    await waitFor(() => agents(home).length > 0, "the names");
    expect((await tab(home)).stdout).toStartWith("docs\t");
  });

  test("that are old are offered where nobody answers, and asked for once in a while", async () => {
    using home = new TemporaryHome();
    const url = await closedUrl();
    const stock = { askedAt: 1, agents: [{ id: "1", name: "old", harness: "" }], sessions: [] };
    writeStock(home.path, url, stock);
    expect((await tab(home, { ...demo.platform, url })).stdout).toBe("old\t\n");
    await waitFor(() => readStock(home.path, url).askedAt > 1, "the question");
    const { askedAt } = readStock(home.path, url);
    expect((await tab(home, { ...demo.platform, url })).stdout).toBe("old\t\n");
    expect(readStock(home.path, url).askedAt).toBe(askedAt);
  });

  test.each([
    ["as long as is left", 3_600_000, 20, 100],
    ["no longer, after a slow start", 3_600_000, 500, 0],
    ["not at all, where they are of the last minute", 10_000, 20, 0],
  ])("are waited for %s", async (_, age, sinceStart, expected) => {
    using home = new TemporaryHome();
    const agents = [{ id: "1", name: "known", harness: "" }];
    writeStock(home.path, BASE, { askedAt: Date.now() - age, agents, sessions: [] });
    const waits: number[] = [];
    const clock: Clock = {
      ...realClock,
      now: () => sinceStart,
      after: (ms, work) => {
        waits.push(ms);
        return realClock.after(0, work);
      },
    };
    const world = { home: home.path, env: LOGIN, program: ["/bin/true"] as const, clock };
    const { stdout } = await runLap(["__complete", "fish", "open", ""], world);
    expect([waits, stdout]).toEqual([[expected], "known\t\n"]);
  });

  test("of the four platforms asked last are kept", () => {
    using home = new TemporaryHome();
    for (let n = 1; n <= 6; n++) {
      writeStock(home.path, `http://${n}`, { askedAt: n, agents: [], sessions: [] });
    }
    const kept = Object.keys(JSON.parse(readFileSync(stockPath(home.path), "utf8")));
    expect(kept.toSorted()).toEqual(["http://3", "http://4", "http://5", "http://6"]);
  });
});
