import { describe, expect, test } from "bun:test";
import type { Whereabouts } from "../../src/attach/whereabouts.ts";
import { tellingPlain } from "../../src/commands/plain.ts";
import { ScriptedTerminal } from "../../src/demo/scripted.ts";
import { Secret } from "../../src/net/secret.ts";
import { TemporaryHome } from "../support/home.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { StubServer } from "../support/stub-server.ts";
import { realClock, runLap, type WorldOptions } from "../support/world.ts";

/** Joins a terminal which a platform says to be at `host`, until its program ends. */
async function visit(host: string, options: { terminal?: true } = {}) {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox();
  const ttyUrl = `ws://${host}:${new URL(sandbox.login.LAP_URL).port}/tty`;
  await using platform = new StubServer(async (request, { pathname, search }) => {
    const inner = await fetch(`${sandbox.login.LAP_URL}${pathname}${search}`, request);
    const body = (await inner.json()) as Record<string, unknown>;
    return Response.json("tty_url" in body ? { ...body, tty_url: ttyUrl } : body);
  });
  /** How many had joined when lap paused for so long. */
  const pauses = new Map<number, number>();
  const clock: WorldOptions["clock"] = {
    ...realClock,
    sleep: (ms, signal) => {
      pauses.set(ms, sandbox.connections);
      return realClock.sleep(ms, signal);
    },
  };
  const running = runLap([sandbox.agent, ...(options.terminal ? [] : ["--no-tty"])], {
    home: home.path,
    env: { LAP_URL: platform.url, LAP_KEY: sandbox.login.LAP_KEY },
    clock,
    ...(options.terminal ? { terminal: new ScriptedTerminal(clock) } : {}),
  });
  await sandbox.joined();
  sandbox.send("[bridge] process exited (code=0, signal=0)");
  sandbox.socket?.close();
  return { ...(await running), pauses };
}

describe("a terminal over plain ws", () => {
  // This machine by an address that does not say so.
  test.each([
    ["0.0.0.0", 1],
    ["127.0.0.1", 0],
  ])("at %s is warned of so many times: %d", async (host, times) => {
    const { code, stderr } = await visit(host);
    expect(code).toBe(0);
    const warnings = stderr.match(/! the terminal is at 0\.0\.0\.0:\d+ over plain ws/g) ?? [];
    expect(warnings).toHaveLength(times);
  });

  test("is warned of for long enough to leave before it is joined", async () => {
    expect((await visit("0.0.0.0", { terminal: true })).pauses.get(1_500)).toBe(0);
    expect((await visit("127.0.0.1", { terminal: true })).pauses.get(1_500)).toBeUndefined();
  });
});

describe("a terminal that moves", () => {
  const at = (url: string): Whereabouts => ({
    kind: "ready",
    endpoint: { url, token: new Secret("token") },
  });

  test.each([
    ["to plain ws in public", "ws://203.0.113.5/tty", "exposed"],
    ["to wss", "wss://203.0.113.5/tty", "ready"],
    ["to plain ws in private", "ws://10.0.0.5/tty", "ready"],
    ["nowhere", "ws://198.51.100.1/tty", "ready"],
  ])("%s: %s is %s", async (_, url, kind) => {
    const locate = tellingPlain(async () => at(url), "ws://198.51.100.1/tty");
    const { signal } = new AbortController();
    expect((await locate(signal)).kind).toBe(kind as never);
    expect(await locate(signal)).toEqual(at(url));
  });
});
