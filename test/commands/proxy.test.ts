import { describe, expect, test } from "bun:test";
import { ScriptedTerminal } from "../../src/demo/scripted.ts";
import { identity } from "../support/certificates.ts";
import { TemporaryHome } from "../support/home.ts";
import { type ProxyOptions, TestProxy } from "../support/proxy.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { closedUrl } from "../support/stub-server.ts";
import { type Outcome, realClock, runLap } from "../support/world.ts";

/** A name that only the proxy knows. */
const HOST = "sandbox.invalid";
const PASSWORD = "hunter2";

/** Runs lap on a sandbox that only a proxy reaches. */
async function lap(
  argv: string[],
  { login, ...options }: ProxyOptions & { typed?: string },
  env: (proxy: TestProxy) => Record<string, string>,
): Promise<Outcome & { proxy: TestProxy; sandbox: ScriptedSandbox }> {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox({ host: HOST });
  await using proxy = await TestProxy.start({ ...options, ...(login ? { login } : {}) });
  const terminal = new ScriptedTerminal(realClock);
  const world = { home: home.path, env: { ...sandbox.login, ...env(proxy) }, terminal };
  const running = runLap(argv, world);
  void terminal.opened(running).then(
    () => terminal.type("\x04"),
    () => {},
  );
  return { ...(await running), proxy, sandbox };
}

const withLogin = (proxy: TestProxy, password = PASSWORD) => `http://ann:${password}@${proxy.host}`;

describe("through a proxy", () => {
  test.each<[string, string | undefined, (proxy: TestProxy) => Record<string, string>]>([
    ["in HTTP_PROXY", undefined, ({ url }) => ({ HTTP_PROXY: url })],
    ["in http_proxy", undefined, ({ url }) => ({ http_proxy: url })],
    ["in ALL_PROXY, without a scheme", undefined, ({ host }) => ({ ALL_PROXY: host })],
    ["with a login", `ann:${PASSWORD}`, (proxy) => ({ HTTP_PROXY: withLogin(proxy) })],
    [
      "with a login that had to be escaped",
      "ann:p@ss:w/rd",
      (proxy) => ({ HTTP_PROXY: withLogin(proxy, encodeURIComponent("p@ss:w/rd")) }),
    ],
  ])("%s: requests and the terminal", async (_, login, env) => {
    const outcome = await lap(["box"], login ? { login } : {}, env);
    expect([outcome.code, outcome.stderr]).toEqual([0, expect.stringContaining("detached")]);
    const { requests } = outcome.proxy;
    expect(requests.some((line) => /^GET http:\/\/sandbox\.invalid:\d+\/api/.test(line))).toBe(
      true,
    );
    expect(requests.some((line) => /^CONNECT sandbox\.invalid:\d+ /.test(line))).toBe(true);
    expect(outcome.sandbox.connections).toBe(1);
    expect(outcome.stderr).not.toContain(PASSWORD);
  });

  test.each(["box", "agents"])("without its login: lap %s", async (word) => {
    const env = (proxy: TestProxy) => ({ HTTP_PROXY: withLogin(proxy, "wrong-password") });
    const { code, stderr } = await lap([word], { login: `ann:${PASSWORD}` }, env);
    expect(code).toBe(1);
    expect(stderr).toContain("407");
    expect(stderr).toContain("refused the user name or password in HTTP_PROXY");
    expect(stderr).not.toMatch(/hunter2|wrong-password/);
  });

  test.each(["box", "agents"])("without any login: lap %s", async (word) => {
    const env = ({ url }: TestProxy) => ({ HTTP_PROXY: url });
    const { stderr } = await lap([word], { login: `ann:${PASSWORD}` }, env);
    expect(stderr).toContain("HTTPS_PROXY=http://user:password@host:port");
  });

  test.each<[string, ProxyOptions, (proxy: TestProxy) => Record<string, string>]>([
    ["http", {}, ({ url }) => ({ HTTP_PROXY: url })],
    ["https", {}, ({ url }) => ({ HTTPS_PROXY: url, LAP_URL: `https://${HOST}` })],
  ])("whose certificate is not trusted, to %s", async (_, options, env) => {
    const tls = identity("good");
    const { stderr } = await lap(["agents"], { ...options, tls }, env);
    expect(stderr).toContain("the proxy's TLS certificate comes from an unknown issuer");
    expect(stderr).toContain("--ca-cert");
  });

  test("that is not there, which is named without its login", async () => {
    const dead = new URL(await closedUrl());
    const HTTP_PROXY = `http://ann:${PASSWORD}@${dead.host}`;
    const { code, stderr } = await lap(["agents"], {}, () => ({ HTTP_PROXY }));
    expect(code).toBe(1);
    expect(stderr).toContain(`the proxy ${dead.host} cannot be reached: connection refused`);
    expect(stderr).toContain("  Check HTTP_PROXY, which names the proxy");
    expect(stderr).not.toContain(PASSWORD);
  });

  test("of a kind that lap does not speak, in words", async () => {
    const ALL_PROXY = `socks5://ann:${PASSWORD}@127.0.0.1:1080`;
    const { code, stderr } = await lap(["agents"], {}, () => ({ ALL_PROXY }));
    expect([code, stderr]).toEqual([2, expect.stringContaining("✗ ALL_PROXY names a proxy")]);
    expect(stderr).not.toContain(PASSWORD);
  });
});

test("a host that is exempt is reached without", async () => {
  const { code, stderr, proxy } = await lap(["agents"], {}, ({ url }) => ({
    HTTP_PROXY: url,
    NO_PROXY: ".invalid",
  }));
  expect(proxy.requests).toEqual([]);
  // Nobody but the proxy knows the name.
  expect([code, stderr]).toEqual([1, expect.stringContaining("no such host")]);
});

test("a terminal whose proxy is not there says so, and names no way into a cluster", async () => {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox({ ttyUrl: `ws://${HOST}/tty` });
  const outcome = await runLap(["box", "--no-reconnect"], {
    home: home.path,
    env: { ...sandbox.login, HTTP_PROXY: await closedUrl() },
    terminal: new ScriptedTerminal(realClock),
  });
  expect(outcome.stderr).toContain("  Check HTTP_PROXY, which names the proxy");
  expect(outcome.stderr).not.toContain("LAP_TTY_FALLBACK");
});

test("a terminal whose proxy refuses says so, though the platform is reached without", async () => {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox({ ttyUrl: `ws://${HOST}/tty` });
  await using proxy = await TestProxy.start({ refusal: "403 Forbidden" });
  const outcome = await runLap(["box"], {
    home: home.path,
    env: { ...sandbox.login, HTTP_PROXY: proxy.url },
    terminal: new ScriptedTerminal(realClock),
  });
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toContain(
    `the proxy does not allow it (403) (through the proxy ${proxy.host})`,
  );
  expect(outcome.stderr).toContain("NO_PROXY");
});
