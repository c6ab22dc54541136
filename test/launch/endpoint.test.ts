import { describe, expect, test } from "bun:test";
import type { Session } from "../../src/api/sessions.ts";
import { ttyEndpoint } from "../../src/launch/endpoint.ts";
import { Secret } from "../../src/net/secret.ts";

const BASE = "https://lap.acme.dev";
const PATH = "/api/v1/managed_agents/sessions/1/tty";
const IN_CLUSTER = "http://s-1.lap.svc.cluster.local:8080";
const FALLBACK = { LAP_TTY_FALLBACK: "ws://gate:7000/tty" };

function session(fields: Partial<Session>): Session {
  return { id: "1", status: "ready", ttyToken: new Secret("t"), ...fields } as Session;
}

const urlOf = (fields: Partial<Session>, base = BASE, env: Record<string, string> = {}) =>
  ttyEndpoint(session(fields), base, env).url;

describe("tty_url", () => {
  test.each([
    ["a path on https", PATH, BASE, `wss://lap.acme.dev${PATH}`],
    ["a path on http", PATH, "http://localhost:3000", `ws://localhost:3000${PATH}`],
    ["a path on a base with a prefix", PATH, `${BASE}/lap`, `wss://lap.acme.dev/lap${PATH}`],
    ["a path with the prefix in it", `/lap${PATH}`, `${BASE}/lap`, `wss://lap.acme.dev/lap${PATH}`],
    [
      "a path that starts like the prefix",
      "/lapx/tty",
      `${BASE}/lap`,
      "wss://lap.acme.dev/lap/lapx/tty",
    ],
    ["wss", "wss://gate.acme.dev/x/tty", BASE, "wss://gate.acme.dev/x/tty"],
    ["ws", "ws://gate:7000/tty", BASE, "ws://gate:7000/tty"],
    ["https", "https://gate.acme.dev/tty", BASE, "wss://gate.acme.dev/tty"],
    ["http", "http://gate:7000/tty", BASE, "ws://gate:7000/tty"],
    ["a query", "wss://gate/tty?pod=1", BASE, "wss://gate/tty?pod=1"],
    ["another host in the base's scheme", "//gate/tty", BASE, "wss://gate/tty"],
    ["a user name, which is not sent", "wss://ann:pw@gate/tty#x", BASE, "wss://gate/tty"],
  ])("%s", (_, ttyUrl, base, expected) => {
    expect(urlOf({ ttyUrl, sandboxUrl: "http://elsewhere:1" }, base)).toBe(expected);
  });
});

describe("sandbox_url", () => {
  test.each([
    ["http", "http://10.0.0.7:31000", "ws://10.0.0.7:31000/tty"],
    ["https", "https://sandbox.acme.dev", "wss://sandbox.acme.dev/tty"],
    ["no scheme", "10.0.0.7:31000", "ws://10.0.0.7:31000/tty"],
    ["no scheme and no port", "sandbox.acme.dev", "ws://sandbox.acme.dev/tty"],
    ["a trailing slash", "http://10.0.0.7:31000/", "ws://10.0.0.7:31000/tty"],
    ["a path", "http://gate/s/1", "ws://gate/s/1/tty"],
    ["IPv6", "http://[fd00::7]:31000", "ws://[fd00::7]:31000/tty"],
  ])("with %s", (_, sandboxUrl, expected) => {
    expect(urlOf({ sandboxUrl })).toBe(expected);
  });
});

test("an address without end is none", () => {
  const sandboxUrl = `http://gate${"/".repeat(300_000)}x`;
  expect(() => urlOf({ sandboxUrl })).toThrow("does not say where this session's terminal is");
}, 5_000);

describe("a name that only the cluster knows", () => {
  const places: [string, Partial<Session>][] = [
    ["sandbox_url of a service", { sandboxUrl: IN_CLUSTER }],
    ["sandbox_url without the cluster's domain", { sandboxUrl: "http://s-1.lap.svc:8080" }],
    ["sandbox_url without a scheme", { sandboxUrl: "s-1.lap.svc.cluster.local:8080" }],
    ["sandbox_url in capitals", { sandboxUrl: "http://S-1.LAP.SVC:8080" }],
    ["sandbox_url with the root's dot", { sandboxUrl: "http://s-1.lap.svc.cluster.local.:80" }],
    ["tty_url", { ttyUrl: "ws://s-1.lap.svc/tty" }],
  ];

  test.each(places)("in %s needs LAP_TTY_FALLBACK", (_, fields) => {
    expect(() => urlOf(fields)).toThrow("session is in-cluster — no LAP_TTY_FALLBACK set");
  });

  test.each(places)("in %s is gone round by LAP_TTY_FALLBACK", (_, fields) => {
    expect(urlOf(fields, BASE, FALLBACK)).toBe("ws://gate:7000/tty");
  });

  test.each([
    ["a public name with svc in it", "http://svc.acme.dev", "ws://svc.acme.dev/tty"],
    ["a public name that ends like it", "http://mysvc", "ws://mysvc/tty"],
  ])("is not %s", (_, sandboxUrl, expected) => {
    expect(urlOf({ sandboxUrl }, BASE, FALLBACK)).toBe(expected);
  });

  test("on a platform that is reached by such a name itself is taken as it is", () => {
    const base = "http://lap.platform.svc:3000";
    expect(urlOf({ ttyUrl: PATH }, base)).toBe(`ws://lap.platform.svc:3000${PATH}`);
  });
});

describe("LAP_TTY_FALLBACK", () => {
  test.each([
    ["ws://gate:7000/tty", "ws://gate:7000/tty"],
    ["wss://gate/tty", "wss://gate/tty"],
    ["https://gate/tty", "wss://gate/tty"],
    ["gate:7000/tty", "ws://gate:7000/tty"],
  ])("%s", (LAP_TTY_FALLBACK, expected) => {
    expect(urlOf({ sandboxUrl: IN_CLUSTER }, BASE, { LAP_TTY_FALLBACK })).toBe(expected);
  });

  test.each(["not a url", "ftp://gate", "ws://"])("cannot be '%s'", (LAP_TTY_FALLBACK) => {
    expect(() => urlOf({ sandboxUrl: IN_CLUSTER }, BASE, { LAP_TTY_FALLBACK })).toThrow(
      "LAP_TTY_FALLBACK is not a WebSocket URL",
    );
  });

  test("is not looked at where the platform names a place that can be reached", () => {
    expect(urlOf({ ttyUrl: PATH }, BASE, FALLBACK)).toBe(`wss://lap.acme.dev${PATH}`);
  });
});

describe("no place", () => {
  test.each([
    ["nothing", {}],
    ["a broken tty_url", { ttyUrl: "ws://" }],
    ["a tty_url of another kind", { ttyUrl: "ftp://gate/tty" }],
    ["a broken sandbox_url", { sandboxUrl: "http://" }],
  ])("is found in %s, and the fallback stands in", (_, fields) => {
    expect(() => urlOf(fields)).toThrow("does not say where this session's terminal is");
    expect(urlOf(fields, BASE, FALLBACK)).toBe("ws://gate:7000/tty");
  });
});

describe("the token", () => {
  const tokenOf = (ttyToken: string | undefined, env: Record<string, string> = {}) =>
    ttyEndpoint(
      session({
        ttyUrl: PATH,
        ttyToken: ttyToken === undefined ? undefined : new Secret(ttyToken),
      }),
      BASE,
      env,
    ).token.reveal();

  test("is the session's", () => {
    expect(tokenOf("from-session")).toBe("from-session");
  });

  test.each(["from-session", undefined])("LAP_TTY_TOKEN goes before %p", (ttyToken) => {
    expect(tokenOf(ttyToken, { LAP_TTY_TOKEN: "from-env" })).toBe("from-env");
  });

  test("an empty LAP_TTY_TOKEN counts for nothing", () => {
    expect(tokenOf("from-session", { LAP_TTY_TOKEN: "" })).toBe("from-session");
  });

  test("that is missing is said to be", () => {
    expect(() => tokenOf(undefined)).toThrow("gave no terminal token");
  });

  test.each([
    ["LAP_TTY_TOKEN", undefined, { LAP_TTY_TOKEN: "a\nb" }],
    ["the session's", "a b", {}],
  ])("that no header can carry is refused without being repeated: %s", (_, ttyToken, env) => {
    expect(() => tokenOf(ttyToken, env as Record<string, string>)).toThrow(
      /^the terminal token holds spaces, line breaks or characters outside ASCII$/,
    );
  });

  test("is nowhere in the URL", () => {
    const endpoint = ttyEndpoint(
      session({ ttyUrl: PATH, ttyToken: new Secret("hunter2") }),
      BASE,
      {},
    );
    expect(endpoint.url).not.toContain("hunter2");
  });
});
