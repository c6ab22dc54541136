import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { ScriptedTerminal } from "../../src/demo/scripted.ts";
import { CA, type CertificateName, identity, tlsPath } from "../support/certificates.ts";
import { TemporaryHome } from "../support/home.ts";
import { TestProxy } from "../support/proxy.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { StubServer } from "../support/stub-server.ts";
import { type Outcome, realClock, runLap } from "../support/world.ts";

interface Run {
  argv?: string[];
  certificate?: CertificateName;
  tls?: Bun.TLSOptions;
  env?: Record<string, string>;
  config?: Record<string, string>;
}

/** Opens the sandbox of a platform over TLS, and detaches. */
async function open(run: Run): Promise<Outcome & { connections: number }> {
  const { argv = ["box"], certificate = "good", env = {}, config } = run;
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox({ tls: { ...identity(certificate), ...run.tls } });
  if (config) {
    mkdirSync(dirname(home.config), { recursive: true });
    writeFileSync(home.config, JSON.stringify(config), { mode: 0o600 });
    cpSync(tlsPath("."), join(home.path, ".lap", "tls"), { recursive: true });
  }
  const terminal = new ScriptedTerminal(realClock);
  const world = { home: home.path, env: { ...sandbox.login, ...env }, terminal };
  const running = runLap(argv, world);
  void terminal.opened(running).then(
    () => terminal.type("\x04"),
    () => {},
  );
  return { ...(await running), connections: sandbox.connections };
}

/** The certificate of somebody that the platform does not know. */
const STRANGER = { cert: tlsPath("good.pem"), key: tlsPath("good.key") };

/** Asks a server of node's, which takes the certificates that `elsewhere` issued: none. */
async function visitNode(
  version: "TLSv1.2" | "TLSv1.3",
  config: Record<string, string>,
): Promise<Outcome> {
  using home = new TemporaryHome();
  mkdirSync(dirname(home.config), { recursive: true });
  writeFileSync(home.config, JSON.stringify(config), { mode: 0o600 });
  const server = createServer(
    {
      ...identity("good"),
      ca: identity("elsewhere").cert,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: version,
      maxVersion: version,
    },
    (_request, response) => response.end("{}"),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const env = { LAP_URL: `https://127.0.0.1:${port}`, LAP_KEY: "sk-1" };
  const outcome = await runLap(["agents"], { home: home.path, env });
  server.close();
  return outcome;
}

describe("a platform whose certificate comes from a private CA", () => {
  test.each<[string, Run]>([
    ["--ca-cert", { argv: ["box", "--ca-cert", CA] }],
    ["--ca-cert= before the agent", { argv: [`--ca-cert=${CA}`, "box"] }],
    ["LAP_CA_CERT", { env: { LAP_CA_CERT: CA } }],
    ["the config file", { config: { caCert: CA } }],
    ["the config file, beside it", { config: { caCert: "tls/ca.pem" } }],
    ["the config file, in the home", { config: { caCert: "~/.lap/tls/ca.pem" } }],
    ["the flag before the rest", { argv: ["box", "--ca-cert", CA], env: { LAP_CA_CERT: "/no" } }],
    ["the environment before the file", { env: { LAP_CA_CERT: CA }, config: { caCert: "/no" } }],
  ])("is joined with %s", async (_, run) => {
    const { code, stderr, connections } = await open(run);
    expect([code, connections, stderr]).toEqual([0, 1, expect.stringContaining("detached")]);
  });

  test("is joined through a proxy, by the name that only the proxy knows", async () => {
    using home = new TemporaryHome();
    await using proxy = await TestProxy.start();
    await using sandbox = new ScriptedSandbox({ host: "sandbox.invalid", tls: identity("good") });
    const terminal = new ScriptedTerminal(realClock);
    const env = { ...sandbox.login, HTTPS_PROXY: proxy.url, LAP_CA_CERT: CA };
    const running = runLap(["box"], { home: home.path, env, terminal });
    void terminal.opened(running).then(
      () => terminal.type("\x04"),
      () => {},
    );
    expect((await running).code).toBe(0);
    expect(sandbox.connections).toBe(1);
    expect(proxy.requests.every((line) => line.startsWith("CONNECT sandbox.invalid:"))).toBe(true);
  });

  test("is warned of an SSL_CERT_FILE that is not there, once", async () => {
    const env = { LAP_CA_CERT: CA, SSL_CERT_FILE: "/nowhere/ca.pem" };
    const { code, stderr } = await open({ env });
    expect(code).toBe(0);
    expect(stderr.split("SSL_CERT_FILE: /nowhere/ca.pem cannot be read (ENOENT)")).toHaveLength(2);
  });

  test("a file that cannot be used is named", async () => {
    const { code, stderr } = await open({ env: { LAP_CA_CERT: "/nowhere/ca.pem" } });
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("✗ LAP_CA_CERT: /nowhere/ca.pem cannot be read (ENOENT)"),
    ]);
  });
});

describe("what is wrong with a certificate is said, with what to do", () => {
  test.each<[string, Run, string, string]>([
    ["its issuer", {}, "comes from an unknown issuer", "--ca-cert FILE"],
    ["its name", { certificate: "elsewhere" }, "is for another name", "the name that"],
    ["its end", { certificate: "expired" }, "has expired", "clock"],
    ["its beginning", { certificate: "early" }, "is not valid yet", "clock"],
  ])("%s", async (_, run, words, hint) => {
    const env: Record<string, string> = run.certificate ? { LAP_CA_CERT: CA } : {};
    const { code, stderr } = await open({ ...run, env });
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`cannot reach https://127.*: its TLS certificate ${words}`));
    expect(stderr).toContain(hint);
  });
});

describe("a platform that asks for a client's certificate", () => {
  const tls = { ca: Bun.file(CA), requestCert: true, rejectUnauthorized: true };

  test("is joined with that of the config file", async () => {
    const config = { caCert: CA, clientCert: "tls/client.pem", clientKey: "tls/client.key" };
    const { code, connections, stderr } = await open({ tls, config });
    expect([code, connections, stderr]).toEqual([0, 1, expect.stringContaining("detached")]);
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "is not joined without, in %s, and the hint says how",
    async (version) => {
      const { code, stderr } = await visitNode(version, { caCert: CA });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /cannot reach .*: it did not take this client's TLS certificate, or asks/,
      );
      expect(stderr).toContain("`clientCert`");
    },
  );

  test("is not joined with that of another issuer, and says what it may be", async () => {
    const config = { caCert: CA, clientCert: STRANGER.cert, clientKey: STRANGER.key };
    const { code, stderr } = await visitNode("TLSv1.3", config);
    expect(code).toBe(1);
    expect(stderr).toContain("as by a host that does not take this client's TLS certificate\n");
    expect(stderr).toContain("`clientCert`");
  });

  test("is logged in to with what was set for its profile before", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox({ tls: { ...identity("good"), ...tls } });
    const acme = { clientCert: tlsPath("client.pem"), clientKey: tlsPath("client.key") };
    const values = { base: "https://old.dev", key: "sk-old", caCert: CA, profiles: { acme } };
    mkdirSync(dirname(home.config), { recursive: true, mode: 0o700 });
    writeFileSync(home.config, JSON.stringify(values), { mode: 0o600 });
    const { LAP_URL: base, LAP_KEY: key } = sandbox.login;
    const argv = ["login", "--profile", "acme", "--url", `${base}`, "--key-stdin"];
    expect((await runLap(argv, { home: home.path, stdin: `${key}` })).code).toBe(0);
    const { profiles } = JSON.parse(readFileSync(home.config, "utf8"));
    expect(profiles).toEqual({ acme: { ...acme, base, key } });
  });

  test("before it is logged in to, is not shown that of the one before", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox({ tls: identity("good") });
    const old = { base: "https://old.dev", key: "sk-old", caCert: CA };
    mkdirSync(dirname(home.config), { recursive: true, mode: 0o700 });
    const config = { ...old, clientCert: "/nowhere/old.pem" };
    writeFileSync(home.config, JSON.stringify(config), { mode: 0o600 });
    const argv = ["login", "--url", `${sandbox.login.LAP_URL}`, "--key-stdin"];
    const outcome = await runLap(argv, { home: home.path, stdin: `${sandbox.login.LAP_KEY}` });
    expect(outcome.stderr).toStartWith(
      "! clientCert was of the platform before, and is not set any more\n✓ saved",
    );
    const { clientCert } = JSON.parse(readFileSync(home.config, "utf8"));
    expect([outcome.code, clientCert]).toEqual([0, undefined]);
  });

  test("where it is nginx that asks, its words are told", async () => {
    using home = new TemporaryHome();
    const page = "<html><center>No required SSL certificate was sent</center></html>";
    await using nginx = new StubServer(() => new Response(page, { status: 400 }));
    const env = { LAP_URL: nginx.url, LAP_KEY: "sk-1" };
    const { stderr } = await runLap(["agents"], { home: home.path, env });
    expect(stderr).toStartWith("✗ agent list failed: 400 — No required SSL certificate was sent\n");
    expect(stderr).toContain("`clientCert`");
  });
});
