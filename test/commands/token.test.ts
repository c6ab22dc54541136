import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { ScriptedTerminal } from "../../src/demo/scripted.ts";
import { strippingBalancer } from "../support/balancer.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { exits, greeter } from "../support/visit.ts";
import { type Outcome, realClock, runLap } from "../support/world.ts";

/** A secret that a URL has to escape. */
const TOKEN = "t0ken/with+signs&more=";

interface Run extends Outcome {
  log: string[];
}

/** Opens an agent behind a load balancer that drops the upgrade's header. */
async function open(
  argv: string[],
  {
    config,
    env = {},
  }: { config?: (base: string, key: string) => object; env?: Record<string, string> } = {},
): Promise<Run> {
  using home = new TemporaryHome();
  const agents = [{ ...SHELL, name: "bot" }];
  await using demo = new DemoPlatform({ agents, token: TOKEN, openTty: greeter(exits) });
  const { key, port } = demo.platform;
  await using balancer = await strippingBalancer(port);
  const login = { LAP_URL: balancer.url, LAP_KEY: key };
  if (config) {
    mkdirSync(dirname(home.config), { recursive: true });
    writeFileSync(home.config, JSON.stringify(config(balancer.url, key)), { mode: 0o600 });
  }
  const terminal = new ScriptedTerminal(realClock);
  const isDoctor = argv[0] === "doctor";
  if (isDoctor) await demo.session();
  const outcome = await runLap(isDoctor ? argv : ["bot", "--new", ...argv], {
    home: home.path,
    env: { ...login, ...env },
    terminal,
  });
  return { ...outcome, log: balancer.log };
}

/** What the access log keeps of the terminal. */
function terminals({ log }: Run): string[] {
  return log.filter((line) => line.includes("/tty"));
}

test("a header that is dropped is named, with the way out, which is never taken by itself", async () => {
  const run = await open([]);
  expect(run.code).toBe(1);
  expect(run.stderr).toContain("✗ [ws closed] the sandbox refused the terminal token (401)");
  expect(run.stderr).toContain("--token-in-query, or `lap config set tokenInQuery true`");
  expect(run.stderr).toContain("where access logs keep it");
  expect(run.log.join()).not.toContain("token=");
  expect(terminals(run).length).toBeGreaterThan(0);
});

test("--token-in-query sends it in the URL, escaped, and prints it nowhere", async () => {
  const run = await open(["--token-in-query"]);
  expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("ended")]);
  const [line = ""] = terminals(run);
  const [, path = ""] = line.split(" ");
  expect(new URL(path, "http://h").searchParams.get("token")).toBe(TOKEN);
  expect(run.stdout + run.stderr).not.toContain("t0ken");
});

test("a token that is wrong in the URL is no fault of the header's", async () => {
  const run = await open(["--token-in-query"], { env: { LAP_TTY_TOKEN: "another" } });
  expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("If the token is wrong")]);
  expect(run.stderr).not.toMatch(/load balancer|another/);
});

test("the config file asks for it, for the platform that it is of", async () => {
  const config = (base: string, key: string) => ({ base, key, tokenInQuery: "true" });
  const run = await open([], { config, env: { LAP_URL: "", LAP_KEY: "" } });
  expect(run.code).toBe(0);
});

test("and for no other", async () => {
  const config = () => ({ base: "https://other.dev", key: "another-key", tokenInQuery: "true" });
  const run = await open([], { config });
  expect([run.code, run.log.join().includes("token=")]).toEqual([1, false]);
});

test("the environment asks for it", async () => {
  expect((await open([], { env: { LAP_TOKEN_IN_QUERY: "true" } })).code).toBe(0);
});

test.each([
  ["the environment's", { env: { LAP_TOKEN_IN_QUERY: "yes" } }, "LAP_TOKEN_IN_QUERY"],
  [
    "the config file's",
    {
      config: (base: string, key: string) => ({ base, key, tokenInQuery: "yes" }),
      env: { LAP_URL: "", LAP_KEY: "" },
    },
    "tokenInQuery in config.json",
  ],
])("%s wish that is neither is refused, before a session is made", async (_, options, where) => {
  const { code, stderr, log } = await open([], options);
  expect([code, log]).toEqual([2, []]);
  expect(stderr).toBe(`✗ ${where}: 'yes' is neither true nor false\n`);
});

test("lap doctor takes the flag that it advises", async () => {
  expect((await open(["doctor", "bot"])).stdout).toContain("--token-in-query");
  const run = await open(["doctor", "bot", "--token-in-query"]);
  expect([run.code, terminals(run).join().includes("token=")]).toEqual([0, true]);
});
