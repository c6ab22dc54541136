import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { TemporaryHome } from "../support/home.ts";
import { StubServer } from "../support/stub-server.ts";
import { runLap } from "../support/world.ts";

const KEY = "sk-1234567890abcdef";
const MASKED = "sk-1••••••••cdef";
const BASE = "https://lap.acme.dev";

function homeWith(content: string, mode = 0o600): TemporaryHome {
  const home = new TemporaryHome();
  mkdirSync(dirname(home.config), { mode: 0o700 });
  writeFileSync(home.config, content);
  chmodSync(home.config, mode);
  return home;
}

const loggedIn = (mode?: number) => homeWith(JSON.stringify({ base: BASE, key: KEY }), mode);

describe("lap config", () => {
  test("shows where the file is and what is in it, the key masked", async () => {
    using home = loggedIn();
    expect(await runLap(["config"], { home: home.path })).toEqual({
      code: 0,
      stdout: `file  ~/.lap/config.json\nbase  ${BASE}\nkey   ${MASKED}\n`,
      stderr: "",
    });
  });

  test("--json says the same to a program", async () => {
    using home = loggedIn();
    const { stdout, stderr } = await runLap(["config", "--json"], { home: home.path });
    expect(JSON.parse(stdout)).toEqual({
      path: home.config,
      profile: "default",
      base: BASE,
      key: MASKED,
      sources: { base: "file", key: "file" },
      settings: {
        detachKeys: { value: "ctrl-d", source: "default" },
        escapeKey: { value: "ctrl-]", source: "default" },
        ttyFallback: { value: null, source: "default" },
        caCert: { value: null, source: "default" },
        clientCert: { value: null, source: "default" },
        clientKey: { value: null, source: "default" },
        tokenInQuery: { value: null, source: "default" },
      },
    });
    expect(stderr).toBe("");
  });

  test("says what comes from the environment", async () => {
    using home = new TemporaryHome();
    const env = { LAP_URL: `${BASE}/`, LAP_KEY: KEY };
    const { stdout } = await runLap(["config"], { home: home.path, env });
    expect(stdout).toContain(`base  ${BASE}  (from LAP_URL)\n`);
    expect(stdout).toContain(`key   ${MASKED}  (from LAP_KEY)\n`);
    expect(existsSync(dirname(home.config))).toBe(false);
  });

  test("before the first login says so", async () => {
    using home = new TemporaryHome();
    const { code, stdout, stderr } = await runLap(["config"], { home: home.path });
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toBe(
      "not logged in. Run `lap login`, or set LAP_URL and LAP_KEY. (No ~/.lap/config.json.)\n",
    );
    const json = await runLap(["config", "--json"], { home: home.path });
    expect(JSON.parse(json.stdout)).toMatchObject({ base: null, key: null });
  });

  test("makes a file private that others could read, with a word, and works on", async () => {
    using home = loggedIn(0o644);
    const { code, stderr } = await runLap(["config"], { home: home.path });
    expect(stderr).toBe("! ~/.lap/config.json could be read by others; it is private now\n");
    expect([code, statSync(home.config).mode & 0o777]).toEqual([0, 0o600]);
  });

  test("names a broken file, leaves it byte for byte, and offers lap login", async () => {
    using home = homeWith(`{"base": "${BASE}", "key": "${KEY}`);
    const { code, stdout, stderr } = await runLap(["config"], { home: home.path });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toStartWith("✗ ~/.lap/config.json is broken");
    expect(stderr).toContain("`lap login`");
    expect(stderr).not.toContain(KEY);
    expect(readFileSync(home.config, "utf8")).toBe(`{"base": "${BASE}", "key": "${KEY}`);
  });
});

describe("LAP_URL of another origin", () => {
  test("never gets the file's key: no request is made", async () => {
    using home = loggedIn();
    await using server = new StubServer(() => Response.json({ data: [] }));
    const env = { LAP_URL: server.url };
    const { code, stderr } = await runLap(["agents"], { home: home.path, env });
    expect(code).toBe(4);
    expect(stderr).toStartWith(`✗ LAP_URL is set, but there is no key for ${server.url}\n`);
    expect(server.requests).toEqual([]);
  });
});

describe("lap logout", () => {
  test("removes the file, and says where there was none", async () => {
    using home = loggedIn();
    const first = await runLap(["logout"], { home: home.path });
    expect(first).toEqual({ code: 0, stdout: "", stderr: "✓ removed ~/.lap/config.json\n" });
    expect(existsSync(home.config)).toBe(false);
    const second = await runLap(["logout"], { home: home.path });
    expect(second.stderr).toBe("not logged in: there is no ~/.lap/config.json\n");
    expect(second.code).toBe(0);
  });

  test("says which settings went with the platform", async () => {
    using home = homeWith(JSON.stringify({ base: BASE, key: KEY, ttyFallback: "ws://a/tty" }));
    const { stderr } = await runLap(["logout"], { home: home.path });
    expect(stderr).toBe(
      "✓ removed ~/.lap/config.json\n! ttyFallback was of the platform before, and is not set any more\n",
    );
  });

  test.each([["logout"], ["logout --profile default"]])(
    "removes a broken file too, and keeps what is in it: lap %s",
    async (line) => {
      const broken = `{"base": "${BASE}", "profiles": {"acme": {"key": "${KEY}"},}}`;
      using home = homeWith(broken);
      const { code, stderr } = await runLap(line.split(" "), { home: home.path });
      expect([code, existsSync(home.config)]).toEqual([0, false]);
      expect(stderr).toStartWith("✓ removed ~/.lap/config.json\n! it was broken, and is kept as");
      const [, kept = ""] = /kept as ~\/(\S+),/.exec(stderr) ?? [];
      expect(readFileSync(join(home.path, kept), "utf8")).toBe(broken);
      expect(statSync(join(home.path, kept)).mode & 0o777).toBe(0o600);
    },
  );

  test("removes an empty file without a copy", async () => {
    using home = homeWith("\n");
    const { stderr } = await runLap(["logout"], { home: home.path });
    expect(stderr).toBe("✓ removed ~/.lap/config.json\n");
    expect(readdirSync(dirname(home.config)).filter((name) => name !== "lock")).toEqual([]);
  });

  test("of a profile leaves a broken file, which may hold others", async () => {
    using home = homeWith("{");
    const { code, stderr } = await runLap(["logout", "--profile", "acme"], { home: home.path });
    expect([code, readFileSync(home.config, "utf8")]).toEqual([1, "{"]);
    expect(stderr).toStartWith("✗ ~/.lap/config.json is broken");
  });

  test("says where the environment still logs in", async () => {
    using home = loggedIn();
    const { stderr } = await runLap(["logout"], { home: home.path, env: { LAP_KEY: KEY } });
    expect(stderr).toEndWith("! LAP_KEY is still set in the environment\n");
  });
});
