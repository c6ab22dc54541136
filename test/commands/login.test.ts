import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DemoPlatform } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { closedUrl, failure, page, StubServer } from "../support/stub-server.ts";
import { type Outcome, runLap, type WorldOptions } from "../support/world.ts";

const KEY = "sk-test-0123456789";

const script = (url: string, home: TemporaryHome, options: Partial<WorldOptions> = {}) =>
  runLap(["login", "--url", url, "--key-stdin"], {
    home: home.path,
    stdin: `${KEY}\n`,
    ...options,
  });

const saved = (home: TemporaryHome) => JSON.parse(readFileSync(home.config, "utf8"));
const modeOf = (path: string) => statSync(path).mode & 0o777;

/** Nowhere but in the file. */
function expectNoKey({ stdout, stderr }: Outcome, key = KEY): void {
  expect(stdout + stderr).not.toContain(key);
}

describe("login from a script", () => {
  test("tries the key, saves both and says where", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ key: KEY });
    const outcome = await script(`${demo.platform.url}/agents/`, home);
    expect(outcome).toEqual({ code: 0, stdout: "", stderr: "✓ saved to ~/.lap/config.json\n" });
    expect(saved(home)).toEqual({ base: demo.platform.url, key: KEY });
    expect([modeOf(home.config), modeOf(dirname(home.config))]).toEqual([0o600, 0o700]);
  });

  test("what it saved opens the door", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ key: KEY });
    await script(demo.platform.url, home);
    const { code, stdout } = await runLap(["agents"], { home: home.path });
    expect(code).toBe(0);
    expect(stdout).toContain("shell");
  });

  test("keeps what else the file holds", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ key: KEY });
    mkdirSync(dirname(home.config));
    writeFileSync(home.config, `{"base": "x", "key": "y", "theme": "dark"}`);
    await script(demo.platform.url, home);
    expect(saved(home)).toEqual({ base: demo.platform.url, key: KEY, theme: "dark" });
  });

  test("writes through a link, as dotfiles are kept", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ key: KEY });
    const target = join(home.path, "lap.json");
    writeFileSync(target, "{}");
    mkdirSync(dirname(home.config));
    symlinkSync(target, home.config);
    await script(demo.platform.url, home);
    expect(lstatSync(home.config).isSymbolicLink()).toBe(true);
    expect([saved(home).key, modeOf(target)]).toEqual([KEY, 0o600]);
  });

  test("says where the environment goes before what it saved", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ key: KEY });
    const { stderr } = await script(demo.platform.url, home, { env: { LAP_KEY: "sk-other" } });
    expect(stderr).toEndWith(
      "! LAP_URL or LAP_KEY is set in the environment and goes before what was saved\n",
    );
  });
});

describe("login saves nothing", () => {
  const unauthorized = () => failure(401, "unauthorized");
  test.each([
    ["a refused key", unauthorized, 4, "the platform refused the master key (401)"],
    ["a forbidden key", () => failure(403, "no"), 4, "login failed: 403 — no"],
    ["a platform with a fault", () => failure(500, "oops"), 1, "login failed: 500 — oops"],
    ["a web page", () => page(200), 1, "answered with a web page"],
    ["another API", () => Response.json({ ok: true }), 1, "not as an agent platform does"],
    ["a redirect", () => Response.redirect("https://x.dev/", 302), 1, "redirects elsewhere (302)"],
  ])("for %s", async (_, answer, code, words) => {
    using home = new TemporaryHome();
    await using server = new StubServer(answer);
    const outcome = await script(server.url, home);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toContain(words);
    expect(outcome.stderr).toEndWith("  Nothing was saved.\n");
    expect(outcome.stdout).toBe("");
    expect(existsSync(home.config)).toBe(false);
    expectNoKey(outcome);
  });

  test("for a platform that is down, and leaves the old login as it was", async () => {
    using home = new TemporaryHome();
    const old = `{"base":"https://lap.acme.dev","key":"sk-old"}`;
    mkdirSync(dirname(home.config), { mode: 0o700 });
    writeFileSync(home.config, old, { mode: 0o600 });
    const url = await closedUrl();
    const { code, stderr } = await script(url, home);
    expect(code).toBe(1);
    expect(stderr).toStartWith(`✗ cannot reach ${url}: connection refused\n`);
    expect(stderr).toEndWith("  Nothing was saved.\n");
    expect(readFileSync(home.config, "utf8")).toBe(old);
  });

  test.each([
    ["an empty stdin", "", "the master key is empty"],
    ["a blank line", "\n", "the master key is empty"],
    ["two words", "sk-one sk-two", "the master key holds spaces"],
    ["two lines", "sk-one\nsk-two\n", "the master key holds spaces"],
    ["another alphabet", "ключ-длинный", "the master key holds spaces"],
    ["a whole file", "sk".repeat(100_000), "the master key is too long"],
  ])("for %s, which is not sent either", async (_, stdin, words) => {
    using home = new TemporaryHome();
    await using server = new StubServer(() => Response.json({ data: [] }));
    const outcome = await script(server.url, home, { stdin });
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toStartWith(`✗ ${words}`);
    expect(server.requests).toEqual([]);
    expect(existsSync(home.config)).toBe(false);
  });

  test("where nobody can be asked", async () => {
    using home = new TemporaryHome();
    for (const argv of [["login"], ["login", "--url", "lap.acme.dev"], ["login", "--key-stdin"]]) {
      const { code, stderr } = await runLap(argv, { home: home.path, stdin: KEY });
      expect(code).toBe(2);
      expect(stderr).toContain("lap login --url URL --key-stdin < key.txt");
    }
  });

  test("where the file cannot be written", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ key: KEY });
    mkdirSync(home.config, { recursive: true });
    const outcome = await script(demo.platform.url, home);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toStartWith("✗ cannot write ~/.lap/config.json");
    expectNoKey(outcome);
  });
});

describe("plain http", () => {
  // This machine by an address that does not say so.
  async function loginTo(hostname: string) {
    using home = new TemporaryHome();
    await using server = new StubServer(() => Response.json({ data: [] }), { hostname: "0.0.0.0" });
    return await script(`http://${hostname}:${server.port}`, home);
  }

  test("off this machine gets one warning", async () => {
    const { code, stderr } = await loginTo("0.0.0.0");
    expect(code).toBe(0);
    expect(stderr.match(/is plain http: the master key can be read on the way/g)).toHaveLength(1);
  });

  test("on this machine gets none", async () => {
    expect((await loginTo("127.0.0.1")).stderr).not.toContain("plain http");
  });
});

describe("login at a terminal", () => {
  test("asks for both, and again for a refused key", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ key: KEY });
    const outcome = await runLap(["login"], {
      home: home.path,
      answers: [
        ["Agent platform URL", `${demo.platform.url}/\r`],
        ["Master key", "sk-wrong-0123456789\r"],
        ["Master key", `${KEY}\r`],
      ],
    });
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toContain("✗ the platform refused the master key (401)\n");
    expect(outcome.stderr).toEndWith("✓ saved to ~/.lap/config.json\n");
    expect(saved(home)).toEqual({ base: demo.platform.url, key: KEY });
    expectNoKey(outcome);
    expectNoKey(outcome, "sk-wrong-0123456789");
  });

  test("offers the saved URL", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ key: KEY });
    mkdirSync(dirname(home.config));
    writeFileSync(home.config, JSON.stringify({ base: demo.platform.url, key: "sk-old" }));
    chmodSync(home.config, 0o644);
    const { code, stderr } = await runLap(["login"], {
      home: home.path,
      answers: [
        ["Agent platform URL", "\r"],
        ["Master key", `${KEY}\r`],
      ],
    });
    expect(code).toBe(0);
    expect(stderr).toContain("! ~/.lap/config.json could be read by others; it is private now\n");
    expect(saved(home)).toEqual({ base: demo.platform.url, key: KEY });
  });

  const REPLACE = "You are logged in to https://old.dev. Replace that login?";
  test.each([
    ["no", "\r", 1, "✗ the login to https://old.dev stays\n"],
    ["yes", "\x1b[B\r", 0, "✓ saved"],
  ])("asks before it replaces another login: %s", async (_, typed, code, says) => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ key: KEY });
    mkdirSync(dirname(home.config));
    writeFileSync(home.config, JSON.stringify({ base: "https://old.dev", key: "sk-old" }));
    const outcome = await runLap(["login", "--url", demo.platform.url], {
      home: home.path,
      answers: [
        [REPLACE, typed],
        ["Master key", `${KEY}\r`],
      ],
    });
    expect([outcome.code, outcome.stderr]).toEqual([code, expect.stringContaining(says)]);
    expect(outcome.stderr).toContain("`lap login --profile NAME`");
    expect(saved(home).base).toBe(code === 0 ? demo.platform.url : "https://old.dev");
  });

  test("says what is wrong with a URL and asks on", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ key: KEY });
    const { code, stderr } = await runLap(["login"], {
      home: home.path,
      answers: [
        ["Agent platform URL", "ftp://lap.acme.dev\r"],
        ["not 'ftp:'", `\x15${demo.platform.url}\r`],
        ["Master key", `${KEY}\r`],
      ],
    });
    expect(stderr).toContain("✓ saved");
    expect(code).toBe(0);
  });

  test("Ctrl-C at the key saves nothing and ends with 130", async () => {
    using home = new TemporaryHome();
    const { code, stdout } = await runLap(["login", "--url", "lap.acme.dev"], {
      home: home.path,
      answers: [["Master key", "\x03"]],
    });
    expect([code, stdout, existsSync(home.config)]).toEqual([130, "", false]);
  });

  test("over a broken file asks without a default, and writes a new one", async () => {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ key: KEY });
    mkdirSync(dirname(home.config));
    const broken = `{"profiles": {"acme": {"key": "${KEY}"},}}`;
    writeFileSync(home.config, broken, { mode: 0o644 });
    const { code, stderr } = await runLap(["login", "--url", demo.platform.url], {
      home: home.path,
      answers: [["Master key", `${KEY}\r`]],
    });
    expect([code, saved(home).key]).toEqual([0, KEY]);
    const [, kept = ""] = /it is kept as ~\/(\S+)/.exec(stderr) ?? [];
    expect(kept).toMatch(/^\.lap\/config\.json\.broken-\d{8}T\d{6}Z$/);
    expect(readFileSync(join(home.path, kept), "utf8")).toBe(broken);
    expect(statSync(join(home.path, kept)).mode & 0o777).toBe(0o600);
  });
});
