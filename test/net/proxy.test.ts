import { describe, expect, test } from "bun:test";
import { proxyFor } from "../../src/net/proxy.ts";
import { UsageError } from "../../src/errors.ts";

const A = "http://a.proxy:3128";
const B = "http://b.proxy:8080";

describe("which proxy", () => {
  test.each<[string, string, Record<string, string>, string | undefined]>([
    ["none", "https://acme.dev", {}, undefined],
    ["that for https", "https://acme.dev", { HTTPS_PROXY: A, HTTP_PROXY: B }, "a.proxy:3128"],
    ["that for http", "http://acme.dev", { HTTPS_PROXY: A, HTTP_PROXY: B }, "b.proxy:8080"],
    ["wss as https", "wss://acme.dev/tty", { HTTPS_PROXY: A, HTTP_PROXY: B }, "a.proxy:3128"],
    ["ws as http", "ws://acme.dev/tty", { HTTPS_PROXY: A, HTTP_PROXY: B }, "b.proxy:8080"],
    ["lower case", "https://acme.dev", { https_proxy: A }, "a.proxy:3128"],
    ["lower case first", "https://acme.dev", { HTTPS_PROXY: A, https_proxy: B }, "b.proxy:8080"],
    [
      "an empty one is none",
      "https://acme.dev",
      { https_proxy: "", HTTPS_PROXY: A },
      "a.proxy:3128",
    ],
    ["one for all", "https://acme.dev", { ALL_PROXY: A }, "a.proxy:3128"],
    ["one for all, lower case", "ws://acme.dev", { all_proxy: A, ALL_PROXY: B }, "a.proxy:3128"],
    [
      "the scheme's own before all",
      "http://acme.dev",
      { all_proxy: A, HTTP_PROXY: B },
      "b.proxy:8080",
    ],
    ["the other scheme's is none", "http://acme.dev", { HTTPS_PROXY: A }, undefined],
    ["without a scheme", "http://acme.dev", { HTTP_PROXY: "a.proxy:3128" }, "a.proxy:3128"],
    ["over TLS", "http://acme.dev", { HTTP_PROXY: "https://a.proxy" }, "a.proxy"],
    [
      "its login is not its host",
      "http://acme.dev",
      { HTTP_PROXY: "http://u:p@a.proxy:1" },
      "a.proxy:1",
    ],
    ["not to this machine", "http://127.0.0.1:7700", { HTTP_PROXY: A }, undefined],
    ["not to localhost's full name", "http://localhost.:7700", { HTTP_PROXY: A }, undefined],
    ["not to localhost", "ws://localhost:7700", { HTTP_PROXY: A }, undefined],
    ["not to this machine over IPv6", "ws://[::1]:7700", { HTTP_PROXY: A }, undefined],
    [
      "not to what is exempt",
      "https://acme.dev",
      { HTTPS_PROXY: A, NO_PROXY: "acme.dev" },
      undefined,
    ],
    ["exempt in lower case", "wss://acme.dev", { HTTPS_PROXY: A, no_proxy: "acme.dev" }, undefined],
    [
      "no_proxy first",
      "https://acme.dev",
      { HTTPS_PROXY: A, no_proxy: "x", NO_PROXY: "*" },
      "a.proxy:3128",
    ],
  ])("%s", (_, url, env, host) => {
    expect(proxyFor(url, env)?.host).toBe(host as string);
  });

  test("its name and password go along", () => {
    const { url, variable } =
      proxyFor("http://acme.dev", { ALL_PROXY: "http://u:p@a.proxy" }) ?? {};
    expect([url, variable]).toEqual(["http://u:p@a.proxy/", "ALL_PROXY"]);
  });

  test.each([
    ["no URL", "http://u:hunter2@:::", "HTTPS_PROXY is not the URL of a proxy"],
    ["one with a # in its password", "http://u:20#hunter2@a.proxy:1", "is not the URL of a proxy"],
    ["one with a ? in its password", "http://u:20?hunter2@a.proxy:1", "is not the URL of a proxy"],
    ["one with a / in its password", "http://hunter2:20/x@a.proxy:1", "is not the URL of a proxy"],
    ["SOCKS", "socks5h://u:hunter2@a.proxy:1080", "HTTPS_PROXY names a proxy that speaks socks5h"],
  ])("what is %s cannot be used, and is not repeated", (_, HTTPS_PROXY, message) => {
    const ask = () => proxyFor("https://acme.dev", { HTTPS_PROXY });
    expect(ask).toThrow(UsageError);
    expect(ask).toThrow(message);
    expect(ask).not.toThrow("hunter2");
  });

  test("one that cannot be used does not matter to what is exempt", () => {
    const env = { ALL_PROXY: "socks5://a.proxy", NO_PROXY: "acme.dev" };
    expect(proxyFor("https://acme.dev", env)).toBeUndefined();
  });
});

describe("what NO_PROXY exempts", () => {
  const exempts = (list: string, url: string) =>
    proxyFor(url, { ALL_PROXY: A, NO_PROXY: list }) === undefined;

  test.each([
    ["acme.dev", "https://acme.dev"],
    ["acme.dev", "https://ACME.dev"],
    ["Acme.Dev", "https://acme.dev"],
    ["acme.dev", "https://lap.acme.dev"],
    ["acme.dev", "https://a.b.acme.dev"],
    ["acme.dev", "https://acme.dev."],
    ["acme.dev.", "https://acme.dev"],
    ["bücher.test", "https://bücher.test"],
    [".BÜCHER.test", "https://lap.bücher.test"],
    ["xn--bcher-kva.test", "https://bücher.test"],
    [".acme.dev", "https://lap.acme.dev"],
    [".acme.dev", "https://acme.dev"],
    ["*.acme.dev", "https://lap.acme.dev"],
    ["*", "https://acme.dev"],
    ["x.dev, acme.dev", "https://acme.dev"],
    ["x.dev acme.dev", "https://acme.dev"],
    ["x.dev,,acme.dev,", "https://acme.dev"],
    ["acme.dev:443", "https://acme.dev"],
    ["acme.dev:443", "wss://acme.dev"],
    ["acme.dev:80", "http://acme.dev"],
    ["acme.dev:8443", "https://lap.acme.dev:8443"],
    ["10.1.2.3", "http://10.1.2.3:30080"],
    ["10.1.2.3:30080", "ws://10.1.2.3:30080"],
    ["10.0.0.0/8", "ws://10.255.0.1"],
    ["0.0.0.0/0", "ws://8.8.8.8"],
    ["192.168.1.128/25", "ws://192.168.1.200"],
    ["10.1.2.3/32", "ws://10.1.2.3"],
    ["fd00::/8", "ws://[fd12::1]:3000"],
    ["fd12::1", "ws://[fd12:0:0::1]"],
    ["[fd12::1]:3000", "ws://[fd12::1]:3000"],
    ["[fd12::1]", "ws://[fd12::1]:3000"],
    ["::/0", "ws://[2001:db8::1]"],
    ["10.0.0.0/8", "ws://[::ffff:10.1.2.3]"],
  ])("%s: %s", (list, url) => {
    expect(exempts(list, url)).toBe(true);
  });

  test.each([
    ["", "https://acme.dev"],
    [",", "https://acme.dev"],
    [".", "https://acme.dev"],
    ["cme.dev", "https://acme.dev"],
    ["lap.acme.dev", "https://acme.dev"],
    ["acme.dev:8443", "https://acme.dev"],
    ["acme.dev:443", "http://acme.dev"],
    ["acme", "https://acme.dev"],
    ["10.0.0.0/8", "ws://11.0.0.1"],
    ["10.0.0.0/33", "ws://10.0.0.1"],
    ["10.0.0.0/x", "ws://10.0.0.1"],
    ["10.0.0.0/8/9", "ws://10.0.0.1"],
    ["10.0.0.0/8", "https://10.acme.dev"],
    ["192.168.1.128/25", "ws://192.168.1.1"],
    ["10.1.2.3:80", "ws://10.1.2.3:81"],
    ["2.3", "ws://10.1.2.3"],
    ["fd00::/8", "ws://[fe80::1]"],
    ["::/0", "ws://10.0.0.1"],
    ["[fd12::1]:3000", "ws://[fd12::1]:3001"],
  ])("not with %s: %s", (list, url) => {
    expect(exempts(list, url)).toBe(false);
  });
});
