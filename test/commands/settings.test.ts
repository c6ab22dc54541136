import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SETTINGS } from "../../src/config/settings.ts";
import { CA, identity, tlsPath } from "../support/certificates.ts";
import { TemporaryHome } from "../support/home.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { StubServer } from "../support/stub-server.ts";
import { runLap } from "../support/world.ts";

const LOGIN = { base: "https://lap.acme.dev", key: "sk-1234567890abcdef" };
const PROFILES = { profiles: { acme: { base: "https://acme.dev", key: "sk-2" } } };

function homeWith(values: Record<string, unknown> | string): TemporaryHome {
  const home = new TemporaryHome();
  mkdirSync(dirname(home.config), { mode: 0o700 });
  const content = typeof values === "string" ? values : JSON.stringify(values);
  writeFileSync(home.config, content, { mode: 0o600 });
  return home;
}

const saved = (home: TemporaryHome) => JSON.parse(readFileSync(home.config, "utf8"));

const config = (home: TemporaryHome, line: string, env = {}) =>
  runLap(["config", ...line.split(" ")], { home: home.path, env });

describe("lap config set", () => {
  test.each([
    ["detachKeys", "ctrl-p,ctrl-q"],
    ["detachKeys", "none"],
    ["escapeKey", "ctrl-^"],
    ["ttyFallback", "ws://node:30080/tty"],
    ["ttyFallback", "node:30080/tty"],
    ["caCert", CA],
    ["clientCert", "~/.lap/client.pem"],
    ["clientKey", tlsPath("client.key")],
  ])("%s %s keeps it beside the login, and unset takes it out", async (name, value) => {
    using home = homeWith(LOGIN);
    copyFileSync(tlsPath("client.pem"), join(dirname(home.config), "client.pem"));
    const set = await config(home, `set ${name} ${value}`);
    expect(set).toEqual({
      code: 0,
      stdout: "",
      stderr: `✓ ${name} is ${value}, in ~/.lap/config.json\n`,
    });
    expect(saved(home)).toEqual({ ...LOGIN, [name]: value });
    expect((await config(home, `get ${name}`)).stdout).toBe(`${value}\n`);
    expect((await config(home, `unset ${name}`)).code).toBe(0);
    expect(saved(home)).toEqual(LOGIN);
  });

  test("for one profile only", async () => {
    using home = homeWith({ ...LOGIN, ...PROFILES });
    const { stderr } = await config(home, "set detachKeys none --profile acme");
    expect(stderr).toBe("✓ detachKeys is none for profile 'acme', in ~/.lap/config.json\n");
    expect(saved(home).profiles.acme.detachKeys).toBe("none");
    expect((await config(home, "get detachKeys --profile acme")).stdout).toBe("none\n");
    expect((await config(home, "get detachKeys")).stdout).toBe("ctrl-d\n");
    await config(home, "unset detachKeys --profile acme");
    expect(saved(home)).toEqual({ ...LOGIN, ...PROFILES });
  });

  test("says what goes before it", async () => {
    using home = homeWith({ ...LOGIN, ...PROFILES });
    await config(home, "set detachKeys none --profile acme");
    const shadowed = await config(home, "set detachKeys ctrl-x", { LAP_PROFILE: "acme" });
    expect(shadowed.stderr).toEndWith("! config.json, profile 'acme' goes before it: none\n");
    const env = { LAP_DETACH_KEYS: "ctrl-e" };
    const { stderr } = await config(home, "set detachKeys ctrl-x", env);
    expect(stderr).toEndWith("! LAP_DETACH_KEYS goes before it: ctrl-e\n");
  });

  test("before the first login makes the file, and unset takes it away again", async () => {
    using home = new TemporaryHome();
    await config(home, "set detachKeys none");
    expect(saved(home)).toEqual({ detachKeys: "none" });
    const { stderr } = await config(home, "unset detachKeys");
    expect(stderr).toBe(
      "✓ detachKeys is not set in ~/.lap/config.json any more\n  It is ctrl-d now (default).\n",
    );
    expect(existsSync(home.config)).toBe(false);
  });

  test("for a profile before its first login, which needs it, and unset takes it out", async () => {
    using home = homeWith(LOGIN);
    const set = await config(home, `set clientCert ${CA} --profile acme`);
    expect(set).toEqual({
      code: 0,
      stdout: "",
      stderr: `✓ clientCert is ${CA} for profile 'acme', in ~/.lap/config.json
  It has no login yet: \`lap login --profile acme\` makes one.\n`,
    });
    expect(saved(home)).toEqual({ ...LOGIN, profiles: { acme: { clientCert: CA } } });
    const list = await config(home, "list");
    expect(list.stdout).toMatch(/\n +acme +not logged in +none *\n/);
    const { code, stderr } = await runLap(["agents", "--profile", "acme"], { home: home.path });
    expect([code, stderr]).toEqual([
      4,
      "✗ profile 'acme' has no login yet\n  `lap login --profile acme` logs in.\n",
    ]);
    expect((await config(home, "use acme")).stderr).toBe(stderr);
    await config(home, "unset clientCert --profile acme");
    expect(saved(home)).toEqual(LOGIN);
  });

  test.each([
    ["a word that is no key", "set detachKeys control", 2, 'detachKeys: "control" is not the name'],
    ["what would swallow text", "set detachKeys q", 2, '"q" cannot come first'],
    ["what is no URL", "set ttyFallback ftp://x", 2, "'ftp://x' is not a WebSocket URL"],
    ["a word", "set ttyFallback none", 2, "'none' is not a WebSocket URL"],
    [
      "a URL with a password",
      "set ttyFallback ws://a:pw@x/tty",
      2,
      "holds a user name or password",
    ],
    ["a file that is not there", "set caCert /nowhere/ca.pem", 2, "cannot be read (ENOENT)"],
    ["a file of something else", `set caCert ${tlsPath("good.key")}`, 2, "holds no certificate"],
    ["a certificate for a key", `set clientKey ${CA}`, 2, "holds no private key"],
    ["what depends on a folder", "set caCert ./acme.pem", 2, "'./acme.pem' is not a whole path"],
    ["the other key's", "set escapeKey ctrl-d", 2, "ctrl-d cannot be both the lap key"],
    ["no setting", "set detachkey none", 2, "Did you mean detachKeys?"],
    ["a part of the login", "set key sk-1", 2, "there is no setting 'key'"],
    ["a property of every object", "set constructor x", 2, "there is no setting 'constructor'"],
    ["no value", "set detachKeys", 2, "lap config set needs <value>"],
    ["nothing", "set", 2, "lap config set needs <name>"],
    ["a profile that is not there", "unset detachKeys --profile x", 4, "no profile 'x'"],
    ["what is no profile's name", "set detachKeys none --profile ../x", 2, "cannot be the name"],
    ["no setting to take out", "unset theme", 2, "there is no setting 'theme'"],
    ["no setting to show", "get theme", 2, "There is: detachKeys, escapeKey, ttyFallback, caCert"],
  ])("%s is refused, and the file stays as it is", async (_, line, code, words) => {
    using home = homeWith(LOGIN);
    const outcome = await config(home, line);
    expect([outcome.code, outcome.stdout]).toEqual([code, ""]);
    expect(outcome.stderr).toContain(words);
    expect(saved(home)).toEqual(LOGIN);
  });

  test("stops at a broken file and leaves it", async () => {
    using home = homeWith("{");
    const { code, stderr } = await config(home, "set detachKeys none");
    expect([code, readFileSync(home.config, "utf8")]).toEqual([1, "{"]);
    expect(stderr).toStartWith("✗ ~/.lap/config.json is broken");
  });
});

describe("what a profile says", () => {
  const acme = { base: "https://acme.dev", key: "sk-2", ttyFallback: "ws://acme/tty" };
  const values = { ...LOGIN, profile: "acme", profiles: { acme } };
  const OTHER = { LAP_URL: "https://other.dev", LAP_KEY: "sk-3" };

  test.each([
    ["its own platform", {}, "ws://acme/tty\n"],
    ["its own platform by LAP_URL", { LAP_URL: "https://acme.dev/lap" }, "ws://acme/tty\n"],
    ["another by LAP_URL and LAP_KEY", OTHER, ""],
    ["another by LAP_URL alone, which has no key", { LAP_URL: OTHER.LAP_URL }, ""],
    ["its own platform with LAP_KEY", { LAP_KEY: "sk-3" }, "ws://acme/tty\n"],
  ])("for %s: %p is %p", async (_, env, expected) => {
    using home = homeWith(values);
    expect((await config(home, "get ttyFallback", env)).stdout).toBe(expected);
  });
});

describe("what the top of the file says of a platform", () => {
  const acme = { base: "https://acme.dev", key: "sk-2" };
  const OWN = { ttyFallback: "ws://node/tty", clientCert: "/a.pem", clientKey: "/b.pem" };
  const values = { ...LOGIN, ...OWN, tokenInQuery: "true", profiles: { acme } };
  const names = ["ttyFallback", "clientCert", "clientKey", "tokenInQuery"];
  const OTHER = { LAP_URL: "https://other.dev", LAP_KEY: "sk-3" };

  test.each([
    ["is for it", values, {}, true],
    ["is for it, with LAP_URL as well", values, { LAP_URL: LOGIN.base, LAP_KEY: "sk-4" }, true],
    ["is for no other profile", values, { LAP_PROFILE: "acme" }, false],
    ["is for no other of LAP_URL", values, OTHER, false],
    ["is for no other of LAP_URL, with a key", values, { LAP_URL: acme.base }, false],
    ["is for that of LAP_URL, where none is saved", OWN, OTHER, true],
  ])("%s", async (_, content, env, expected) => {
    using home = homeWith(content);
    const { stdout } = await config(home, "get --json", env);
    const given = JSON.parse(stdout).filter(({ source }: { source: string }) => source === "file");
    const all = names.filter((name) => name in content);
    expect(given.map(({ name }: { name: string }) => name)).toEqual(expected ? all : []);
  });

  test("is said to be for it alone, where another is in force", async () => {
    using home = homeWith(values);
    const { stderr } = await config(home, "set tokenInQuery true", { LAP_PROFILE: "acme" });
    expect(stderr).toEndWith(
      "\n  It is for profile 'default' alone, which is not the one in force.\n",
    );
  });

  test("but keys and issuers are everybody's", async () => {
    using home = homeWith({ ...values, escapeKey: "none", caCert: "/ca.pem" });
    const env = { LAP_PROFILE: "acme" };
    expect((await config(home, "get escapeKey", env)).stdout).toBe("none\n");
    expect((await config(home, "get caCert", env)).stdout).toBe("/ca.pem\n");
  });
});

describe("lap config get", () => {
  const all = {
    ...LOGIN,
    escapeKey: "ctrl-^",
    profiles: { acme: { base: "x", detachKeys: "none" } },
  };
  const env = { LAP_PROFILE: "acme", LAP_TTY_FALLBACK: "ws://node/tty" };

  test("lists every setting with where it comes from", async () => {
    using home = homeWith(all);
    const { stdout } = await config(home, "get", env);
    const rows = stdout.split("\n").map((line) => line.split(/ {2,}/).slice(0, 3));
    expect(rows.slice(0, 5)).toEqual([
      ["SETTING", "VALUE", "FROM"],
      ["detachKeys", "none", "config.json, profile 'acme'"],
      ["escapeKey", "ctrl-^", "config.json"],
      ["ttyFallback", "ws://node/tty", "LAP_TTY_FALLBACK"],
      ["caCert", "-", "default"],
    ]);
  });

  test("--json says the same to a program, of all or of one", async () => {
    using home = homeWith(all);
    const { stdout } = await config(home, "get --json", env);
    const records = JSON.parse(stdout);
    expect(records.map(({ name, value, source }: never) => [name, value, source])).toEqual([
      ["detachKeys", "none", "profile"],
      ["escapeKey", "ctrl-^", "file"],
      ["ttyFallback", "ws://node/tty", "env"],
      ["caCert", null, "default"],
      ["clientCert", null, "default"],
      ["clientKey", null, "default"],
      ["tokenInQuery", null, "default"],
    ]);
    const one = await config(home, "get escapeKey --json");
    expect(JSON.parse(one.stdout)).toEqual(records[1]);
    expect(JSON.parse((await config(home, "get ttyFallback --json")).stdout)).toEqual({
      name: "ttyFallback",
      value: null,
      source: "default",
      where: "default",
    });
  });

  const LOST =
    "! ~/.lap/config.json is broken: it does not hold a JSON object; none of its settings is in force\n";

  test("of a broken file says that there is nothing of it", async () => {
    using home = homeWith("{");
    const one = await config(home, "get detachKeys");
    expect(one).toEqual({ code: 0, stdout: "ctrl-d\n", stderr: LOST });
    expect((await config(home, "get --json")).stderr).toBe(LOST);
  });

  test("is not alone in that: whoever needs no login of the file says it too, once", async () => {
    using home = homeWith("{");
    await using server = new StubServer(() => Response.json({ data: [], total: 0 }));
    const env = { LAP_URL: server.url, LAP_KEY: "sk-3" };
    const { stderr } = await runLap(["bot", "--no-tty"], { home: home.path, env });
    expect(stderr.split(LOST)).toHaveLength(2);
  });

  test.each([
    ["tokenInQuery", 1, "'1' is neither true nor false"],
    ["escapeKey", 3, '"3"'],
  ])("%s as the number %p is refused by what needs it", async (name, number, words) => {
    using home = homeWith({ [name]: number, caCert: CA });
    await using sandbox = new ScriptedSandbox({ tls: identity("good") });
    const env = sandbox.login;
    const { code, stderr } = await runLap(["box", "--no-tty"], { home: home.path, env });
    expect([code, stderr]).toEqual([2, expect.stringContaining(`${name} in config.json: `)]);
    expect(stderr).toContain(words);
  });

  test("of what is off prints nothing", async () => {
    using home = homeWith(LOGIN);
    expect(await config(home, "get ttyFallback")).toEqual({ code: 0, stdout: "", stderr: "" });
  });
});

test("lap config shows what is set elsewhere than by default", async () => {
  using home = homeWith({ ...LOGIN, detachKeys: "none" });
  const { stdout } = await runLap(["config"], {
    home: home.path,
    env: { LAP_ESCAPE_KEY: "ctrl-^" },
  });
  expect(stdout).toEndWith("\ndetachKeys  none\nescapeKey   ctrl-^  (from LAP_ESCAPE_KEY)\n");
});

test("every setting can be set by the environment, has a default that it takes, and says what it is", () => {
  for (const { env, fallback, says, parse } of Object.values(SETTINGS)) {
    expect(env).toStartWith("LAP_");
    expect(says).not.toBe("");
    if (fallback !== undefined) expect(() => parse(fallback)).not.toThrow();
  }
});
