import { expect, test } from "bun:test";
import { TemporaryHome } from "../support/home.ts";
import { join } from "../support/join.ts";
import { lap } from "../support/lap.ts";
import { TestProxy } from "../support/proxy.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { closedUrl } from "../support/stub-server.ts";

const LOGIN = "ann:hunter2";

test("the binary goes through the proxy that lap chose, not the one that Bun would", async () => {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox({ host: "sandbox.invalid" });
  await using proxy = await TestProxy.start({ login: LOGIN });
  const env = {
    http_proxy: `http://${LOGIN}@${proxy.host}`,
    HTTP_PROXY: await closedUrl(),
    no_proxy: "sandbox.invalid:1",
    NO_PROXY: "sandbox.invalid",
  };
  using pty = await join(home, sandbox, [], { env });
  pty.type("héllo");
  await sandbox.received("héllo");
  pty.type("\x04");
  expect(await pty.exit()).toBe(0);
  expect(proxy.requests.map((line) => line.split(" ")[0])).toContain("CONNECT");
  expect(pty.text()).not.toContain("hunter2");
});

test("the shell of the demo still has the proxies of its person, and is reached without one", async () => {
  using home = new TemporaryHome();
  const env = { HOME: home.path, SHELL: "/bin/sh", PS1: "ready>", HTTP_PROXY: await closedUrl() };
  using pty = lap(home, ["demo"], { env });
  await pty.shows("ready>");
  pty.type('echo "[$HTTP_PROXY]"\r');
  await pty.shows(`[${env.HTTP_PROXY}]`);
  pty.type("exit\r");
});
