import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { ScriptedTerminal } from "../../src/demo/scripted.ts";
import type { PlatformOptions } from "../../src/demo/platform.ts";
import { failure, type Finding } from "../../src/doctor/finding.ts";
import { CA, type CertificateName, identity } from "../support/certificates.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { TestProxy } from "../support/proxy.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { closedUrl, page, StubServer } from "../support/stub-server.ts";
import { greeter, hello } from "../support/visit.ts";
import { type Outcome, realClock, runLap } from "../support/world.ts";

const KEY = "sk-test-0123456789";
const LANG = "C.UTF-8";

interface Report extends Outcome {
  found: Finding[];
}

async function doctor(
  env: Record<string, string>,
  argv: string[] = [],
  prepare: (home: TemporaryHome) => void = () => {},
): Promise<Report> {
  using home = new TemporaryHome();
  prepare(home);
  const world = { home: home.path, env: { LANG, ...env } };
  const outcome = await runLap(["doctor", "--json", ...argv], world);
  return { ...outcome, found: JSON.parse(outcome.stdout) as Finding[] };
}

/** The checks that ended so. */
function ended({ found }: Report, state: Finding["state"]): string[] {
  return found.filter((finding) => finding.state === state).map(({ check }) => check);
}

/** One fault, one name, and a way out; exit code 1. */
function expectFault(report: Report, check: string, words: RegExp, warned: string[] = []): void {
  expect([ended(report, "fail"), ended(report, "warn")]).toEqual([[check], warned]);
  const fault = report.found.find(({ state }) => state === "fail");
  expect(fault?.says).toMatch(words);
  expect(fault?.fix).toBeTruthy();
  expect(report.code).toBe(1);
  expect(report.stdout + report.stderr).not.toContain(KEY);
}

/** Saves a config file. */
const savedAs = (values: Record<string, unknown>) => (home: TemporaryHome) => {
  mkdirSync(dirname(home.config), { recursive: true, mode: 0o700 });
  writeFileSync(home.config, JSON.stringify(values), { mode: 0o600 });
};

/** A platform whose agent `bot` has a session that is ready. */
async function platform(options: Partial<PlatformOptions> = {}) {
  const agents = [{ ...SHELL, name: "bot" }];
  const demo = new DemoPlatform({ agents, openTty: greeter(hello), ...options });
  const { id } = await demo.session();
  const { url, key } = demo.platform;
  return Object.assign(demo, { id, login: { LAP_URL: url, LAP_KEY: key } });
}

test("a first answer that cannot be unpacked is looked at no further than its headers", async () => {
  const headers = { "content-encoding": "gzip" };
  await using server = new StubServer(() => new Response("no gzip", { headers }));
  const report = await doctor({ LAP_URL: server.url, LAP_KEY: KEY });
  expect(report.code).toBe(1);
  expect(report.stderr).toBe("");
});

test("where all is well, nothing warns or fails", async () => {
  await using demo = await platform();
  const report = await doctor(demo.login, ["bot"]);
  expect([ended(report, "fail"), ended(report, "warn"), report.code]).toEqual([[], [], 0]);
  expect(ended(report, "pass")).toEqual([
    "version",
    "config",
    "proxy",
    "dns",
    "tcp",
    "clock",
    "key",
    "api",
    "session",
    "endpoint",
    "upgrade",
    "locale",
  ]);
  expect(report.stdout).not.toContain(demo.platform.key);
  expect(report.stdout).not.toContain(demo.platform.token);
});

test("a session is looked at by its id or the start of it, and left as it was", async () => {
  await using demo = await platform();
  for (const target of [demo.id, demo.id.slice(0, 8)]) {
    const report = await doctor(demo.login, [target]);
    expect(ended(report, "pass")).toContain("upgrade");
  }
  expect(demo.platform.sessions.length).toBe(1);
});

describe("each fault has its name, its cause and its fix", () => {
  test("config: nobody is logged in", async () => {
    expectFault(await doctor({}), "config", /nobody is logged in/);
  });

  test("config: the file is broken", async () => {
    const report = await doctor({}, [], (home) => {
      mkdirSync(dirname(home.config), { recursive: true, mode: 0o700 });
      writeFileSync(home.config, "{", { mode: 0o600 });
    });
    expectFault(report, "config", /config\.json is broken/);
  });

  test("proxy: nobody is there", async () => {
    const HTTPS_PROXY = await closedUrl();
    const env = { LAP_URL: "https://acme.invalid", LAP_KEY: KEY, HTTPS_PROXY };
    expectFault(
      await doctor(env),
      "proxy",
      /\(HTTPS_PROXY\) cannot be reached: connection refused/,
    );
  });

  test.each([
    ["http", {}],
    ["https", identity("good")],
  ])("proxy: it asks for a password, %s", async (scheme, tls) => {
    await using proxy = await TestProxy.start({ login: "ann:hunter2" });
    await using sandbox = new ScriptedSandbox({
      host: "sandbox.invalid",
      ...(scheme === "https" ? { tls } : {}),
    });
    const url = proxy.url.replace("//", "//ann:wrong@");
    const report = await doctor({ ...sandbox.login, ALL_PROXY: url });
    // The key can be read on the way to a host without TLS that is not this machine.
    const warned = scheme === "http" ? ["config"] : [];
    expectFault(report, "proxy", /407|user name and password/, warned);
    expect(report.stdout).not.toMatch(/hunter2|wrong/);
  });

  test("proxy: of a kind that lap does not speak", async () => {
    const env = { LAP_URL: "https://acme.invalid", LAP_KEY: KEY, ALL_PROXY: "socks5://127.0.0.1" };
    expectFault(await doctor(env), "proxy", /speaks socks5/);
  });

  test("dns: nobody knows the name", async () => {
    const env = { LAP_URL: "https://no-such-host.invalid", LAP_KEY: KEY };
    expectFault(await doctor(env), "dns", /^no-such-host\.invalid: no such host/);
  });

  test("tcp: nobody listens", async () => {
    expectFault(
      await doctor({ LAP_URL: await closedUrl(), LAP_KEY: KEY }),
      "tcp",
      /: connection refused/,
    );
  });

  test.each<[CertificateName, RegExp, Record<string, string>]>([
    ["good", /unknown issuer; it is for localhost.*, issued by lap test CA, valid from 2020/, {}],
    ["expired", /has expired; it is .* to 2020-02-01/, { LAP_CA_CERT: CA }],
    ["early", /is not valid yet/, { LAP_CA_CERT: CA }],
    ["elsewhere", /for another name; it is for elsewhere\.invalid/, { LAP_CA_CERT: CA }],
  ])("tls: the certificate '%s'", async (name, words, env) => {
    await using sandbox = new ScriptedSandbox({ tls: identity(name) });
    expectFault(await doctor({ ...sandbox.login, ...env }), "tls", words);
  });

  test("tls: a file that cannot be used", async () => {
    const env = { LAP_URL: "https://127.0.0.1:1", LAP_KEY: KEY, LAP_CA_CERT: "/nowhere.pem" };
    expectFault(await doctor(env), "tls", /\/nowhere\.pem cannot be read/);
  });

  test("key: the platform refuses it", async () => {
    await using demo = await platform();
    expectFault(await doctor({ ...demo.login, LAP_KEY: KEY }), "key", /401/);
  });

  test("key: there is no keychain to give it", async () => {
    await using demo = await platform();
    const report = await doctor(
      {},
      [],
      savedAs({ base: demo.login.LAP_URL, keyStore: "keychain" }),
    );
    expectFault(report, "key", /keychain/);
  });

  test.each<[string, Record<string, unknown>, Record<string, string>, RegExp]>([
    ["a setting", { tokenInQuery: "yes" }, {}, /'yes' is neither true nor false/],
    ["the profile in force", { profile: "a b" }, {}, /'a b' cannot be the name of a profile/],
    ["LAP_PROFILE", {}, { LAP_PROFILE: "x y" }, /'x y' cannot be the name of a profile/],
  ])("config: %s that cannot be", async (_, values, env, words) => {
    const prepare = savedAs({ base: "https://lap.invalid", key: KEY, ...values });
    expectFault(await doctor(env, [], prepare), "config", words);
  });

  test("api: it is https that answers there", async () => {
    await using sandbox = new ScriptedSandbox({ tls: identity("good") });
    const url = sandbox.login.LAP_URL.replace("https:", "http:");
    const report = await doctor({ LAP_URL: url, LAP_KEY: KEY });
    expectFault(report, "api", /closed without an answer/);
    expect(report.stdout).toContain("may speak https");
  });

  test("api: a firewall refuses before the platform", async () => {
    await using server = new StubServer(() => page(403));
    expectFault(await doctor({ LAP_URL: server.url, LAP_KEY: KEY }), "api", /403/);
  });

  test("any: there is no answer in time", () => {
    const { says, fix } = failure("upgrade", new DOMException("timed out", "TimeoutError"));
    expect([says, Boolean(fix)]).toEqual([expect.stringContaining("does not answer"), true]);
  });

  test("api: a web page answers", async () => {
    await using server = new StubServer(() => page(200));
    expectFault(await doctor({ LAP_URL: server.url, LAP_KEY: KEY }), "api", /a web page/);
  });

  test("api: another API answers", async () => {
    await using server = new StubServer(() => Response.json({ models: [] }));
    expectFault(await doctor({ LAP_URL: server.url, LAP_KEY: KEY }), "api", /not as an agent plat/);
  });

  test("session: nobody knows it", async () => {
    await using demo = await platform();
    expectFault(
      await doctor(demo.login, ["no-such"]),
      "session",
      /no session and no agent 'no-such'/,
    );
  });

  test("session: it has ended", async () => {
    await using demo = await platform();
    await demo.request(`/sessions/${demo.id}`, { method: "DELETE" });
    expectFault(await doctor(demo.login, [demo.id]), "session", /is dead/);
  });

  test("endpoint: it is in the cluster", async () => {
    await using sandbox = new ScriptedSandbox({
      ttyUrl: "http://s-1.ns.svc.cluster.local:8080/tty",
    });
    expectFault(await doctor(sandbox.login, [sandbox.session]), "endpoint", /in-cluster/);
  });

  test("upgrade: the token is refused", async () => {
    await using demo = await platform();
    const env = { ...demo.login, LAP_TTY_TOKEN: "another" };
    const report = await doctor(env, ["bot"]);
    expectFault(report, "upgrade", /refused the terminal token \(401\)/);
    expect(report.found.find(({ check }) => check === "upgrade")?.fix).toContain(
      "--token-in-query",
    );
  });
});

describe("what is no fault yet is warned of", () => {
  const warned = async (report: Promise<Report>, check: Finding["check"], words: RegExp) => {
    const { found, code } = await report;
    expect(found.filter(({ state }) => state === "warn").map((one) => one.check)).toEqual([check]);
    expect(found.find((one) => one.check === check)?.says).toMatch(words);
    expect(code).toBe(0);
  };

  test("clock: it is behind the platform's", async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    await using server = new StubServer(() =>
      Response.json({ data: [], total: 0 }, { headers: { date } }),
    );
    const report = doctor({ LAP_URL: server.url, LAP_KEY: KEY });
    await warned(report, "clock", /is (?:3599|3600|3601) s behind the platform's/);
  });

  test("config: others could read it", async () => {
    await using demo = await platform();
    const { LAP_URL: base, LAP_KEY: key } = demo.login;
    const report = doctor({}, [], (home) => {
      mkdirSync(dirname(home.config), { recursive: true });
      writeFileSync(home.config, JSON.stringify({ base, key }));
      chmodSync(dirname(home.config), 0o755);
      chmodSync(home.config, 0o644);
    });
    await warned(report, "config", /could be read by others/);
  });

  test("session: none of the agent's is ready", async () => {
    await using demo = await platform();
    await demo.request(`/sessions/${demo.id}`, { method: "DELETE" });
    await warned(doctor(demo.login, ["bot"]), "session", /no session of 'bot' is ready/);
  });

  test("locale: it is no UTF-8 one", async () => {
    await using demo = await platform();
    await warned(doctor({ ...demo.login, LANG: "C" }), "locale", /LANG=C is no UTF-8/);
  });
});

describe("a terminal", () => {
  async function atTerminal(env: Record<string, string>, answers: string): Promise<string> {
    using home = new TemporaryHome();
    const terminal = new ScriptedTerminal(realClock);
    const running = runLap(["doctor"], { home: home.path, env: { LANG, ...env }, terminal });
    void terminal.opened(running).then(
      () => terminal.type(answers),
      () => {},
    );
    const { stdout } = await running;
    return stdout.split("\n").find((line) => line.includes(" terminal ")) ?? "";
  }

  test("is known by what it answers", async () => {
    const env = { TERM: "xterm-256color", COLORTERM: "truecolor" };
    const line = await atTerminal(env, "\x1bP>|WezTerm 2026\x1b\\\x1b[?0u\x1b[?65;4;6c");
    expect(line).toMatch(
      /^✓ terminal {2}WezTerm 2026, TERM=xterm-256color: .*full colour, kitty's/,
    );
  });

  test("that is dumb is warned of", async () => {
    expect(await atTerminal({ TERM: "dumb" }, "\x1b[?1c")).toStartWith("! terminal  TERM is dumb");
  });
});
