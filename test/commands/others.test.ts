import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { othersWords } from "../../src/commands/others.ts";
import { rememberSession } from "../../src/config/sessions.ts";
import { arrive, presencePath } from "../../src/config/presence.ts";
import { DemoPlatform } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { exits, greeter, hello, visit } from "../support/visit.ts";

const typist = { pid: 7, readOnly: false };
const onlooker = { pid: 8, readOnly: true };

test.each([
  ["alone", [], false, undefined],
  ["looking on, alone", [], true, undefined],
  [
    "with another",
    [typist],
    false,
    "another lap on this machine (pid 7) is joined to this session too: its size follows whoever types",
  ],
  [
    "with two others and an onlooker",
    [typist, onlooker, { ...typist, pid: 9 }],
    false,
    "2 other laps on this machine (pids 7, 9) are joined to this session too: its size follows whoever types",
  ],
  [
    "looking on at another",
    [typist],
    true,
    "another lap on this machine (pid 7) is joined to this session too: it has the size of whoever types there, not of this terminal",
  ],
  [
    "with an onlooker",
    [onlooker],
    false,
    "another lap on this machine (pid 8) is looking on: the session keeps the size of this terminal",
  ],
  ["looking on with an onlooker", [onlooker], true, undefined],
])("%s", (_, others, readOnly, words) => {
  expect(othersWords(others, readOnly)).toBe(words as never);
});

describe("who joins a session that another lap of this machine is joined to", () => {
  /** lap on a session to which process 7 is joined; `argv` gets its id. */
  async function beside(
    argv: (id: string) => string[],
    { readOnly = false, greeting = hello } = {},
  ) {
    using home = new TemporaryHome();
    await using demo = new DemoPlatform({ openTty: greeter(greeting) });
    const { platform } = demo;
    const { id } = await demo.session();
    const machine = { host: "here", pid: 7, isRunning: () => true };
    arrive(home.path, machine, { base: platform.url, session: id, readOnly });
    const agentId = platform.agents[0]?.id ?? "";
    rememberSession(home.path, platform.url, { id, agentId, agentName: "shell", leftAt: 1 });
    const world = { home: home.path, platform, machine: { ...machine, pid: 8 } };
    const { stderr, code } = await visit(argv(id), world);
    return { stderr, code, left: readdirSync(presencePath(home.path)) };
  }

  test("is told before joining, and leaves no trace", async () => {
    const { stderr, code, left } = await beside((id) => ["attach", id]);
    expect(code).toBe(0);
    expect(stderr).toStartWith("another lap on this machine (pid 7) is joined");
    expect(left).toEqual(["here.7.json"]);
  });

  test("is told when the agent is opened as well", async () => {
    const { stderr } = await beside(() => ["shell"]);
    expect(stderr).toContain("another lap on this machine (pid 7) is joined");
  });

  test("is told of onlookers, and told as one", async () => {
    const onlooker = await beside((id) => ["attach", id], { readOnly: true });
    expect(onlooker.stderr).toStartWith("another lap on this machine (pid 7) is looking on");
    const looking = await beside((id) => ["attach", "--read-only", id]);
    expect(looking.stderr).toContain("not of this terminal\n");
  });

  test("is told nothing in a pipe", async () => {
    const { stderr, left } = await beside(() => ["shell", "--no-tty"], { greeting: exits });
    expect(stderr).not.toContain("another lap");
    expect(left).toEqual(["here.7.json"]);
  });
});
