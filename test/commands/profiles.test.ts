import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Keychain } from "../../src/config/keychain.ts";
import { Interrupted } from "../../src/errors.ts";
import { TemporaryHome } from "../support/home.ts";
import { keychainFault, MemoryKeychain } from "../support/keychain.ts";
import { StubServer } from "../support/stub-server.ts";
import { realClock, runLap, type WorldOptions } from "../support/world.ts";

const SESSION = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
const KEYS = { top: "sk-top-0123456789", acme: "sk-acme-0123456789", beta: "sk-beta-0123456789" };

/** Any platform: one agent, and a session that ended. */
function answer(_request: Request, { pathname }: URL): Response {
  if (pathname.includes("/sessions/")) {
    return Response.json({ id: SESSION, status: "dead", failure_reason: "idle timeout" });
  }
  if (pathname.endsWith("/sessions")) return Response.json([]);
  return Response.json({ data: [{ id: "a", name: "bot", harness_id: "codex" }], total: 1 });
}

/** Three platforms, of which two have names, and a home that knows them. */
class Platforms implements AsyncDisposable {
  readonly home = new TemporaryHome();
  readonly top = new StubServer(answer);
  readonly acme = new StubServer(answer);
  readonly beta = new StubServer(answer);

  constructor(values: Record<string, unknown> = {}) {
    this.write({
      base: this.top.url,
      key: KEYS.top,
      profiles: {
        acme: { base: this.acme.url, key: KEYS.acme },
        beta: { base: this.beta.url, key: KEYS.beta },
      },
      ...values,
    });
  }

  write(values: Record<string, unknown>): void {
    mkdirSync(dirname(this.home.config), { recursive: true, mode: 0o700 });
    writeFileSync(this.home.config, JSON.stringify(values), { mode: 0o600 });
  }

  get saved() {
    return JSON.parse(readFileSync(this.home.config, "utf8"));
  }

  run(line: string, options: Partial<WorldOptions> = {}) {
    return runLap(line.split(" ").filter(Boolean), { home: this.home.path, ...options });
  }

  /** Which platforms were asked anything, and with which keys. */
  get asked(): Record<string, string[]> {
    const keys = (server: StubServer) => [
      ...new Set(server.requests.map(({ authorization }) => `${authorization}`)),
    ];
    const all = { top: keys(this.top), acme: keys(this.acme), beta: keys(this.beta) };
    return Object.fromEntries(Object.entries(all).filter(([, asked]) => asked.length > 0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.home[Symbol.dispose]();
    await Promise.all(
      [this.top, this.acme, this.beta].map((server) => server[Symbol.asyncDispose]()),
    );
  }
}

const bearer = (key: string) => [`Bearer ${key}`];

describe("a command asks the profile in force, with its own key", () => {
  test.each([
    ["agents", {}, { top: bearer(KEYS.top) }],
    ["agents --profile acme", {}, { acme: bearer(KEYS.acme) }],
    ["--profile acme agents", {}, { acme: bearer(KEYS.acme) }],
    ["agents", { LAP_PROFILE: "beta" }, { beta: bearer(KEYS.beta) }],
    ["agents --profile acme", { LAP_PROFILE: "beta" }, { acme: bearer(KEYS.acme) }],
    ["agents --profile default", { LAP_PROFILE: "beta" }, { top: bearer(KEYS.top) }],
  ])("lap %s with %p", async (line, env, asked) => {
    await using world = new Platforms();
    expect((await world.run(line, { env })).code).toBe(0);
    expect(world.asked).toEqual(asked);
  });

  test("the file's, until another is used", async () => {
    await using world = new Platforms({ profile: "acme" });
    await world.run("agents");
    expect(world.asked).toEqual({ acme: bearer(KEYS.acme) });
    const used = await world.run("config use beta");
    expect(used.stderr).toBe(`✓ profile 'beta' is used from now on: ${world.beta.url}\n`);
    await world.run("agents");
    expect(world.asked).toEqual({ acme: bearer(KEYS.acme), beta: bearer(KEYS.beta) });
    expect((await world.run("config use default")).code).toBe(0);
    expect(world.saved.profile).toBeUndefined();
  });

  test("LAP_URL and LAP_KEY go over all of them, with a word", async () => {
    await using world = new Platforms();
    const env = { LAP_URL: world.beta.url, LAP_KEY: "sk-env" };
    const { stderr } = await world.run("agents --profile acme", { env });
    expect(stderr).toBe("! LAP_URL and LAP_KEY are set and go before profile 'acme'\n");
    expect(world.asked).toEqual({ beta: bearer("sk-env") });
  });

  test("one that is not there is named, with those that are, and nobody is asked", async () => {
    await using world = new Platforms();
    const { code, stderr } = await world.run("agents --profile gone");
    expect(code).toBe(4);
    expect(stderr).toBe(
      "✗ there is no profile 'gone'\n  There are: default, acme, beta. `lap login --profile gone` makes it.\n",
    );
    expect(world.asked).toEqual({});
  });

  test("without any in force says which can be chosen", async () => {
    await using world = new Platforms({ base: undefined, key: undefined });
    const { code, stderr } = await world.run("agents");
    expect(code).toBe(4);
    expect(stderr).toContain("`lap config use NAME` chooses a profile (there is: acme, beta)");
  });

  test("what it suggests next is for the same profile", async () => {
    await using world = new Platforms();
    const { stderr } = await world.run("--profile acme nosuch --no-tty");
    expect(stderr).toContain("`lap --profile acme agents` lists all");
  });
});

test.each([
  ["LAP_URL and LAP_KEY are", () => ({ LAP_URL: "https://other.dev", LAP_KEY: "sk-x" }), undefined],
  ["LAP_URL of nobody is", () => ({ LAP_URL: "https://other.dev" }), undefined],
  ["LAP_URL of one of them is", (world: Platforms) => ({ LAP_URL: world.beta.url }), "beta"],
  ["LAP_KEY alone is", () => ({ LAP_KEY: "sk-x" }), "default"],
])("where %s set, lap config list marks what is in force", async (_, env, name) => {
  await using world = new Platforms();
  const { stdout } = await world.run("config list --json", { env: env(world) });
  const marked = JSON.parse(stdout).filter((entry: { in_force: boolean }) => entry.in_force);
  expect(marked.map((entry: { name: string }) => entry.name)).toEqual(name ? [name] : []);
  const { stderr } = await world.run("config list", { env: env(world) });
  expect(stderr.includes("goes before them")).toBe(name === undefined);
});

describe("a link to a session", () => {
  const attach = (world: Platforms, url: string, line = "", env = {}) =>
    world.run(`stop ${url}/sessions/${SESSION} ${line}`, { env });

  test("goes to the profile that was saved for its origin, and says so", async () => {
    await using world = new Platforms({ profile: "acme" });
    const { code, stderr } = await attach(world, world.beta.url);
    expect(code).toBe(0);
    expect(stderr).toStartWith("the link is for profile 'beta'\n");
    expect(world.asked).toEqual({ beta: bearer(KEYS.beta) });
  });

  test("to the platform in force says nothing of it", async () => {
    await using world = new Platforms({ profile: "acme" });
    expect((await attach(world, world.acme.url)).stderr).not.toContain("profile");
    expect(world.asked).toEqual({ acme: bearer(KEYS.acme) });
  });

  test("goes before LAP_PROFILE", async () => {
    await using world = new Platforms();
    await attach(world, world.beta.url, "", { LAP_PROFILE: "acme" });
    expect(world.asked).toEqual({ beta: bearer(KEYS.beta) });
  });

  test("works where nothing is in force", async () => {
    await using world = new Platforms({ base: undefined, key: undefined });
    await attach(world, world.beta.url);
    expect(world.asked).toEqual({ beta: bearer(KEYS.beta) });
  });

  test("to a platform that nothing is saved for is explained, and no key is sent anywhere", async () => {
    await using world = new Platforms();
    await using evil = new StubServer(answer);
    const { code, stderr } = await attach(world, evil.url);
    expect(code).toBe(2);
    expect(stderr).toStartWith(`✗ the session is on ${evil.url}, but you are logged in to`);
    expect(stderr).toContain("The key was not sent. Run `lap login --profile NAME`");
    expect([evil.requests, world.asked]).toEqual([[], {}]);
  });

  test("works for lap doctor, too", async () => {
    await using world = new Platforms();
    const { stderr } = await world.run(`doctor ${world.beta.url}/sessions/${SESSION}`);
    expect(stderr).toBe("the link is for profile 'beta'\n");
    expect(Object.keys(world.asked)).toEqual(["beta"]);
  });

  test("beside one to another platform is refused before anything is asked", async () => {
    await using world = new Platforms();
    const { code, stderr } = await attach(world, world.acme.url, `${world.beta.url}/sessions/x`);
    expect([code, world.asked]).toEqual([2, {}]);
    expect(stderr).toStartWith(
      `✗ the sessions are on two platforms: ${world.acme.url} and ${world.beta.url}\n`,
    );
  });

  test("in place of an agent's name is lap attach's", async () => {
    await using world = new Platforms();
    const link = `${world.beta.url}/sessions/${SESSION}?a=b&c`;
    const { code, stderr } = await world.run(link);
    expect([code, world.asked]).toEqual([2, {}]);
    expect(stderr).toEndWith(`  \`lap attach '${link}'\` returns to it.\n`);
  });

  test.each([
    ["--profile", "--profile acme", {}, "leave --profile out"],
    ["LAP_URL", "", { LAP_URL: "http://127.0.0.1:1", LAP_KEY: "sk-env" }, "unset LAP_URL"],
  ])("to another platform than %s asks for is explained", async (_, line, env, hint) => {
    await using world = new Platforms();
    const { code, stderr } = await attach(world, world.beta.url, line, env);
    expect(code).toBe(2);
    expect(stderr).toContain("Profile 'beta' is saved for that platform");
    expect(stderr).toContain(hint);
    expect(world.asked).toEqual({});
  });

  test("that several profiles fit is asked about", async () => {
    await using world = new Platforms();
    const twin = { base: world.beta.url, key: "sk-twin" };
    world.write({ ...world.saved, profiles: { ...world.saved.profiles, twin } });
    const { code, stderr } = await attach(world, world.beta.url);
    expect(code).toBe(2);
    expect(stderr).toContain(`several profiles are saved for ${world.beta.url}: beta, twin`);
    await attach(world, world.beta.url, "--profile twin");
    expect(world.asked).toEqual({ beta: bearer("sk-twin") });
  });
});

describe("lap login --profile", () => {
  const login = (world: Platforms, url: string, line: string, options = {}) =>
    world.run(`login --url ${url} --key-stdin ${line}`, { stdin: "sk-new-0123456789", ...options });

  test("saves beside the others, and says how to use it", async () => {
    await using world = new Platforms();
    const { beta, ...before } = world.saved.profiles;
    const { code, stderr } = await login(world, world.beta.url, "--profile gamma");
    expect(code).toBe(0);
    expect(stderr).toBe(
      "✓ saved to ~/.lap/config.json as profile 'gamma'\n" +
        "  `lap --profile gamma` uses it; `lap config use gamma` does so always.\n",
    );
    const gamma = { base: world.beta.url, key: "sk-new-0123456789" };
    expect(world.saved.profiles).toEqual({ ...before, beta, gamma });
    expect(world.saved.base).toBe(world.top.url);
  });

  test("as the first login of all is used from then on", async () => {
    await using world = new Platforms();
    world.write({});
    const { stderr } = await login(world, world.beta.url, "--profile beta");
    expect(stderr).toBe("✓ saved to ~/.lap/config.json as profile 'beta'\n");
    await world.run("agents");
    expect(world.asked.beta).toContain("Bearer sk-new-0123456789");
  });

  test("without it, renews the profile in force", async () => {
    await using world = new Platforms({ profile: "acme" });
    await login(world, world.acme.url, "");
    expect(world.saved.profiles.acme.key).toBe("sk-new-0123456789");
    expect(world.saved.key).toBe(KEYS.top);
  });

  test("says what it takes the place of", async () => {
    await using world = new Platforms();
    const { stderr } = await login(world, world.beta.url, "");
    expect(stderr).toEndWith(
      `  It takes the place of ${world.top.url}; --profile NAME keeps both.\n`,
    );
    expect((await login(world, world.beta.url, "")).stderr).not.toContain("place");
  });

  test("of a name that none can have asks nobody", async () => {
    await using world = new Platforms();
    const { code, stderr } = await login(world, world.beta.url, "--profile ../x");
    expect([code, world.asked]).toEqual([2, {}]);
    expect(stderr).toContain("'../x' cannot be the name of a profile");
  });
});

describe("lap logout --profile", () => {
  test("removes that one alone", async () => {
    await using world = new Platforms({ profile: "acme" });
    const { stderr } = await world.run("logout --profile acme");
    expect(stderr).toBe("✓ removed profile 'acme' from ~/.lap/config.json\n");
    expect(Object.keys(world.saved.profiles)).toEqual(["beta"]);
    expect([world.saved.profile, world.saved.key]).toEqual([undefined, KEYS.top]);
  });

  test("without it, removes the one in force", async () => {
    await using world = new Platforms();
    expect((await world.run("logout")).stderr).toBe(
      "✓ removed the login from ~/.lap/config.json\n",
    );
    expect(Object.keys(world.saved)).toEqual(["profiles"]);
  });

  test("of one that is not there says so", async () => {
    await using world = new Platforms();
    const { code, stderr } = await world.run("logout --profile gone");
    expect(code).toBe(0);
    expect(stderr).toBe("not logged in: there is no profile 'gone' in ~/.lap/config.json\n");
  });
});

describe("lap config list", () => {
  test("shows the profiles without their keys", async () => {
    await using world = new Platforms({ profile: "acme" });
    const { stdout } = await world.run("config list");
    expect(stdout).toMatch(/^ {3}PROFILE +PLATFORM +KEY\n/);
    expect(stdout).toMatch(/\n {3}default +http:\S+ +file\n\* {2}acme +http:\S+ +file\n/);
    for (const key of Object.values(KEYS)) expect(stdout).not.toContain(key.slice(0, 7));
  });

  test("--json says the same", async () => {
    await using world = new Platforms();
    const { stdout } = await world.run("config list --json", { env: { LAP_PROFILE: "beta" } });
    expect(JSON.parse(stdout)).toEqual([
      { name: "default", base: world.top.url, key: "file", in_force: false },
      { name: "acme", base: world.acme.url, key: "file", in_force: false },
      { name: "beta", base: world.beta.url, key: "file", in_force: true },
    ]);
  });

  test("of nothing says so", async () => {
    using home = new TemporaryHome();
    const { stdout, stderr } = await runLap(["config", "list"], { home: home.path });
    expect(stdout).toBe("");
    expect(stderr).toStartWith("no platform is saved in ~/.lap/config.json");
  });
});

describe("lap config", () => {
  test("names the profile in force, and what chose it", async () => {
    await using world = new Platforms();
    const { stdout } = await world.run("config --profile acme");
    expect(stdout).toContain("profile  acme  (from --profile)\n");
    expect(stdout).toContain(`base     ${world.acme.url}\n`);
    expect(JSON.parse((await world.run("config --json --profile acme")).stdout).profile).toBe(
      "acme",
    );
  });

  test.each([
    ["use", 2, "lap config use needs <profile>"],
    ["use gone", 2, "there is no profile 'gone'"],
    ["use betta", 2, "Did you mean beta?"],
    ["use ../x", 2, "cannot be the name of a profile"],
    ["use acme now", 2, "unexpected argument 'now'"],
    ["use acme --json", 2, "lap config use prints no JSON"],
    ["lsit", 2, "Did you mean `lap config list`?"],
    ["constructor", 2, "there is no `lap config constructor`"],
  ])("%s is refused in words", async (line, code, words) => {
    await using world = new Platforms();
    const before = world.saved;
    const outcome = await world.run(`config ${line}`);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toContain(words);
    expect(world.saved).toEqual(before);
  });

  test.each([["LAP_PROFILE"], ["LAP_URL"]])("use says that %s goes before it", async (variable) => {
    await using world = new Platforms();
    const { stderr } = await world.run("config use acme", { env: { [variable]: "beta" } });
    expect(stderr).toContain(`! ${variable} is set in the environment and goes before it\n`);
  });
});

/** One that takes every question and answers none. */
const mute: Keychain = { get: never, set: never, delete: never };

function never(): Promise<never> {
  return new Promise(() => {});
}

test("lap login --no-keychain takes the key back into the file", async () => {
  await using world = new Platforms({ key: undefined, keyStore: "keychain" });
  const keychain = new MemoryKeychain({ [`default ${world.top.url}`]: KEYS.top });
  const line = `login --url ${world.top.url} --key-stdin --no-keychain`;
  await world.run(line, { stdin: KEYS.top, keychain });
  expect(world.saved).toMatchObject({ base: world.top.url, key: KEYS.top });
  expect(world.saved.keyStore).toBeUndefined();
  expect(keychain.secrets.size).toBe(0);
});

describe("a keychain that does not answer", () => {
  const stdin = "sk-new-0123456789";
  /** What may take minutes is over at once. */
  const hasty = {
    ...realClock,
    after: (_ms: number, work: () => void) => realClock.after(0, work),
  };

  test("is none to log in with, and is said to be waited for", async () => {
    await using world = new Platforms();
    const line = `login --url ${world.top.url} --key-stdin --keychain`;
    const { code, stderr } = await world.run(line, { stdin, keychain: mute, clock: hasty });
    expect(code).toBe(0);
    expect(stderr).toStartWith("waiting for the keychain of this machine");
    expect(stderr).toContain("keep the key: there is none that answers (not within 60 s)\n");
    expect(world.saved).toMatchObject({ base: world.top.url, key: stdin });
  });

  test("does not give the key", async () => {
    await using world = new Platforms({ key: undefined, keyStore: "keychain" });
    const { code, stderr } = await world.run("agents", { keychain: mute, clock: hasty });
    expect(code).toBe(4);
    expect(stderr).toContain("does not give the key: there is none that answers (not within 60 s)");
    expect(world.asked).toEqual({});
  });
});

describe("the keychain", () => {
  const stdin = "sk-new-0123456789";

  test("has the key after lap login --keychain, and every command finds it there", async () => {
    await using world = new Platforms();
    const keychain = new MemoryKeychain();
    const line = `login --url ${world.top.url} --key-stdin --keychain`;
    const { stderr } = await world.run(line, { stdin, keychain });
    expect(stderr).toBe("✓ saved to ~/.lap/config.json, the key to the keychain\n");
    expect(readFileSync(world.home.config, "utf8")).not.toContain(stdin);
    await world.run("agents", { keychain });
    expect(world.asked.top).toEqual(bearer(stdin));
    expect(keychain.calls.at(-1)).toBe("get");
    const shown = await world.run("config", { keychain });
    expect(shown.stdout).toContain("key   in the keychain of this machine\n");
    expect(JSON.parse((await world.run("config --json", { keychain })).stdout)).toMatchObject({
      key: null,
      sources: { key: "keychain" },
    });
  });

  test("is asked once in a run, and not for what needs no platform", async () => {
    await using world = new Platforms({ key: undefined, keyStore: "keychain" });
    const keychain = new MemoryKeychain({ [`default ${world.top.url}`]: KEYS.top });
    await world.run("agents", { keychain });
    expect(keychain.calls).toEqual(["get"]);
    await world.run("config list", { keychain });
    await world.run("agents --profile acme", { keychain });
    expect(keychain.calls).toEqual(["get"]);
  });

  test("that is not there: the key goes into the file, with a word", async () => {
    await using world = new Platforms();
    const line = `login --url ${world.top.url} --key-stdin --keychain`;
    const { code, stderr } = await world.run(line, { stdin });
    expect(code).toBe(0);
    expect(stderr).toBe(
      "! the keychain of this machine does not keep the key: there is none that answers (libsecret not available)\n" +
        "✓ saved to ~/.lap/config.json\n",
    );
    expect(world.saved.key).toBe(stdin);
  });

  test("is kept to by the next login", async () => {
    await using world = new Platforms({ key: undefined, keyStore: "keychain" });
    const keychain = new MemoryKeychain({ [`default ${world.top.url}`]: KEYS.top });
    await world.run(`login --url ${world.top.url} --key-stdin`, { stdin, keychain });
    expect([...keychain.secrets.values()]).toEqual([stdin]);
    expect(world.saved.key).toBeUndefined();
  });

  test("that is locked is explained, with exit code 4", async () => {
    await using world = new Platforms({ key: undefined, keyStore: "keychain" });
    const keychain = new MemoryKeychain();
    keychain.faults.set(0, { error: keychainFault("INTERACTION_NOT_ALLOWED") });
    const { code, stderr } = await world.run("agents", { keychain });
    expect(code).toBe(4);
    expect(stderr).toStartWith(
      "✗ the keychain of this machine does not give the key: it is locked, and cannot ask here\n",
    );
    expect(world.asked).toEqual({});
  });

  test("that asks for ever is left by Ctrl-C", async () => {
    await using world = new Platforms({ key: undefined, keyStore: "keychain" });
    const interrupt = new AbortController();
    const keychain = new MemoryKeychain();
    keychain.get = () => {
      queueMicrotask(() => interrupt.abort(new Interrupted("SIGINT")));
      return new Promise(() => {});
    };
    const { code } = await world.run("agents", { keychain, signal: interrupt.signal });
    expect(code).toBe(130);
  });

  test("that asks for ever while logging in is left by Ctrl-C, and the old login works", async () => {
    await using world = new Platforms();
    const interrupt = new AbortController();
    const keychain = new MemoryKeychain();
    keychain.set = () => {
      queueMicrotask(() => interrupt.abort(new Interrupted("SIGINT")));
      return new Promise(() => {});
    };
    const line = `login --url ${world.top.url} --key-stdin --keychain`;
    const { code } = await world.run(line, { stdin, keychain, signal: interrupt.signal });
    expect([code, world.saved.key]).toEqual([130, KEYS.top]);
  });

  test("is emptied by lap logout", async () => {
    await using world = new Platforms({
      key: undefined,
      keyStore: "keychain",
      profiles: undefined,
    });
    const keychain = new MemoryKeychain({ [`default ${world.top.url}`]: KEYS.top });
    await world.run("logout", { keychain });
    expect([keychain.secrets.size, existsSync(world.home.config)]).toEqual([0, false]);
  });
});
