import { describe, expect, test } from "bun:test";
import { refusal, unreachable } from "../../src/attach/refusal.ts";
import { Secret } from "../../src/net/secret.ts";

const TOKEN = "a-token-nobody-may-see";
const ENDPOINT = { url: "wss://box.example:8443/tty", token: new Secret(TOKEN) };
const HOST = "box.example:8443";

const LOGIN_PAGE = "A login page may stand before the sandbox";
const WAY_IN = "Check LAP_TTY_FALLBACK and `lap config`";

describe("a refusal is told with its status, what to do, and whether it may pass", () => {
  test.each<[status: number, says: string, hint: string, passing: boolean]>([
    [200, `${HOST} did not open the terminal`, WAY_IN, false],
    [299, `${HOST} did not open the terminal`, WAY_IN, false],
    [300, `${HOST} redirects the terminal elsewhere`, LOGIN_PAGE, false],
    [302, `${HOST} redirects the terminal elsewhere`, LOGIN_PAGE, false],
    [399, `${HOST} redirects the terminal elsewhere`, LOGIN_PAGE, false],
    [400, `${HOST} did not open the terminal`, WAY_IN, false],
    [401, "the sandbox refused the terminal token", "LAP_TTY_TOKEN overrides it", false],
    [403, `${HOST} forbids the terminal connection`, "A proxy or firewall rule", false],
    [404, `there is no terminal at ${HOST}`, "its terminal proxy is off", false],
    // Each was the end at once.
    [429, `${HOST} did not open the terminal`, WAY_IN, true],
    [500, `${HOST} did not open the terminal`, WAY_IN, true],
    [501, `${HOST} did not open the terminal`, WAY_IN, false],
    [502, `${HOST} did not open the terminal`, WAY_IN, true],
    [503, "the session is gone or not ready yet", "`lap <agent> --new`", true],
    [504, `${HOST} did not open the terminal`, WAY_IN, true],
  ])("%d: %s", (status, says, hint, passing) => {
    const error = refusal(ENDPOINT, status);
    expect(error).toMatchObject({ message: `[ws closed] ${says} (${status})`, status, passing });
    expect(error.hint).toContain(hint);
    expect(error.message + error.hint).not.toContain(TOKEN);
  });

  test.each([
    ["in the header, which may have been dropped on the way", false, true],
    ["in the query, which nobody drops", true, false],
  ])("401 to a token that went %s", (_, tokenInQuery, asks) => {
    const { hint } = refusal({ ...ENDPOINT, tokenInQuery }, 401);
    expect(hint?.includes("--token-in-query")).toBe(asks);
    expect(hint).toContain("LAP_TTY_TOKEN");
  });
});

describe("a fault is told with the host, what to do, and whether it may pass", () => {
  const proxied = { proxy: "http://user:word@proxy.example:3128", proxyVariable: "HTTPS_PROXY" };
  const network = "Check your network or VPN.";

  test.each<[says: string, fault: object, hint: string, passing: boolean, route?: object]>([
    ["connection refused", { code: "ECONNREFUSED" }, network, true],
    ["no answer in time", { name: "TimeoutError" }, network, true],
    ["the connection failed", {}, network, true],
    ["no such host", { code: "ENOTFOUND" }, network, false],
    ["its TLS certificate has expired", { code: "CERT_HAS_EXPIRED" }, "has to renew it", false],
    [
      "the proxy proxy.example:3128 cannot be reached: connection refused",
      { code: "ECONNREFUSED" },
      "Check HTTPS_PROXY",
      true,
      proxied,
    ],
  ])("%s", (says, fault, hint, passing, route = {}) => {
    const error = unreachable(ENDPOINT, fault, route);
    expect(error).toMatchObject({
      message: `[ws closed] the sandbox at ${HOST} cannot be reached: ${says}`,
      status: undefined,
      passing,
    });
    expect(error.hint).toContain(hint);
    expect(error.message + error.hint).not.toMatch(/nobody-may-see|user:word/);
  });
});
