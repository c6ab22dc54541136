import { expect, test } from "bun:test";
import { readCertificate } from "../../src/net/handshake.ts";
import { proxyFor } from "../../src/net/proxy.ts";
import { readTrust } from "../../src/net/trust.ts";
import { CA, identity } from "../support/certificates.ts";
import { type ProxyOptions, TestProxy } from "../support/proxy.ts";
import { pour, RawServer } from "../support/raw-server.ts";
import { waitFor } from "../support/wait.ts";

const TLS = { tls: identity("good") };
const { signal } = new AbortController();
const TRUSTED = readTrust({ ca: { path: CA, from: "--ca-cert" }, cert: undefined, key: undefined });

test.each<[string, ProxyOptions, string]>([
  ["an http proxy", {}, ""],
  ["an https proxy", TLS, ""],
  ["a proxy with a password", { login: "ann:p@ss" }, "ann:p%40ss@"],
  ["a proxy with a password that holds a %", { login: "ann:100%" }, "ann:100%@"],
  ["a proxy with a password in other letters", { login: "ann:pässwörd€" }, "ann:pässwörd€@"],
  ["an https proxy with a password", { ...TLS, login: "ann:hunter2" }, "ann:hunter2@"],
])("a certificate is read through %s", async (_, options, login) => {
  await using proxy = await TestProxy.start(options);
  using server = Bun.serve({ port: 0, tls: identity("good"), fetch: () => new Response() });
  const env = { HTTPS_PROXY: proxy.url.replace("//", `//${login}`) };
  const url = `https://sandbox.invalid:${server.port}`;
  const route = { proxy: proxyFor(url, env)?.url ?? "", tls: TRUSTED };
  const { subject } = await readCertificate(url, route, signal);
  expect(subject).toBe("lap test");
  // The same login as fetch sends.
  const blind = { ...route, tls: { rejectUnauthorized: false } };
  expect((await fetch(url, blind)).status).toBe(200);
  expect(proxy.requests).toHaveLength(2);
});

// Whoever stands in the way of an https proxy must not be given its password.
test.each(["good", "early", "expired", "elsewhere"] as const)(
  "an https proxy that is not trusted (%s) is told nothing",
  async (name) => {
    const known = name === "good" ? {} : { tls: TRUSTED };
    await using proxy = await TestProxy.start({ tls: identity(name), login: "ann:hunter2" });
    const route = { proxy: proxy.url.replace("//", "//ann:hunter2@"), ...known };
    await expect(readCertificate("https://lap.invalid", route, signal)).rejects.toThrow();
    expect(proxy.requests).toEqual([]);
  },
);

test("a proxy whose answer has no end is left", async () => {
  let written = 0;
  await using proxy = await RawServer.start((socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    pour(socket, Buffer.from(`X-More: ${"x".repeat(1000)}\r\n`), (bytes) => (written += bytes));
  });
  const limit = AbortSignal.timeout(5_000);
  const read = readCertificate("https://lap.invalid", { proxy: proxy.url }, limit);
  await expect(read).rejects.toThrow("headers too large");
  await waitFor(() => proxy.open === 0, "the connection to be closed");
  expect(written).toBeLessThan(64 * 1024 * 1024);
});
