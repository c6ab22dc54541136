import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { forgetSession, rememberedSessions, rememberSession } from "../../src/config/sessions.ts";
import { TemporaryHome } from "../support/home.ts";

const BASE = "https://lap.acme.dev";

function left(agentId: string, leftAt = 1, id = `session of ${agentId}`) {
  return { id, agentId, agentName: `name of ${agentId}`, leftAt };
}

function homeWith(state: string): TemporaryHome {
  const home = new TemporaryHome();
  mkdirSync(dirname(home.state), { mode: 0o700 });
  writeFileSync(home.state, state);
  return home;
}

describe("remembered sessions", () => {
  test("are the last of each agent, newest first", () => {
    using home = new TemporaryHome();
    rememberSession(home.path, BASE, left("a", 1));
    rememberSession(home.path, BASE, left("b", 3));
    rememberSession(home.path, BASE, left("a", 2, "later"));
    expect(rememberedSessions(home.path, BASE)).toEqual([left("b", 3), left("a", 2, "later")]);
  });

  test("keep the agent's name where it is not known this time", () => {
    using home = new TemporaryHome();
    rememberSession(home.path, BASE, left("a", 1));
    rememberSession(home.path, BASE, { ...left("a", 2, "later"), agentName: null });
    rememberSession(home.path, BASE, { ...left("b", 3), agentName: null });
    expect(rememberedSessions(home.path, BASE)).toEqual([
      { ...left("b", 3), agentName: null },
      left("a", 2, "later"),
    ]);
  });

  test("are kept apart by platform", () => {
    using home = new TemporaryHome();
    rememberSession(home.path, BASE, left("a"));
    rememberSession(home.path, "https://other.dev", left("b"));
    expect(rememberedSessions(home.path, BASE)).toEqual([left("a")]);
  });

  test("are forgotten by their id", () => {
    using home = new TemporaryHome();
    rememberSession(home.path, BASE, left("a"));
    rememberSession(home.path, BASE, left("b"));
    expect(forgetSession(home.path, BASE, "session of a")).toBe(true);
    expect(rememberedSessions(home.path, BASE)).toEqual([left("b")]);
  });

  test("forgetting what nobody remembers writes nothing", () => {
    using home = new TemporaryHome();
    expect(forgetSession(home.path, BASE, "no such")).toBe(true);
    expect(existsSync(home.state)).toBe(false);
  });

  test("stay bounded: the 500 newest of a platform", () => {
    const all = Array.from({ length: 600 }, (_, index) => left(`agent-${index}`, index));
    const sessions = { [BASE]: Object.fromEntries(all.map((entry) => [entry.agentId, entry])) };
    using home = homeWith(JSON.stringify({ sessions }));
    rememberSession(home.path, BASE, left("newest", 1_000));
    const kept = rememberedSessions(home.path, BASE);
    expect(kept).toHaveLength(500);
    expect([kept[0]?.agentId, kept.at(-1)?.agentId]).toEqual(["newest", "agent-101"]);
  });

  test("are private", () => {
    using home = new TemporaryHome();
    rememberSession(home.path, BASE, left("a"));
    expect(statSync(home.state).mode & 0o777).toBe(0o600);
  });

  test("leave what else the file holds", () => {
    using home = homeWith(`{"seen": ["hint"], "sessions": {"https://other.dev": {}}}`);
    rememberSession(home.path, BASE, left("a"));
    expect(JSON.parse(readFileSync(home.state, "utf8"))).toMatchObject({
      seen: ["hint"],
      sessions: { "https://other.dev": {}, [BASE]: { a: left("a") } },
    });
  });
});

describe("a broken state file", () => {
  test.each([
    ["is empty", ""],
    ["is cut short", `{"sessions": {`],
    ["is a list", "[]"],
    ["is null", "null"],
    ["holds a word for the sessions", `{"sessions": "x"}`],
    ["holds a number for a platform", `{"sessions": {"${BASE}": 5}}`],
    ["holds null for a session", `{"sessions": {"${BASE}": {"a": null}}}`],
    [
      "holds a session without an id",
      `{"sessions": {"${BASE}": {"a": {"agentId": "a", "leftAt": 1}}}}`,
    ],
    [
      "holds a session without its time",
      `{"sessions": {"${BASE}": {"a": {"id": "s", "agentId": "a"}}}}`,
    ],
    [
      "holds a number for an id",
      `{"sessions": {"${BASE}": {"a": {"id": 1, "agentId": "a", "leftAt": 1}}}}`,
    ],
  ])("that %s reads as empty and is mended by the next session", (_, state) => {
    using home = homeWith(state);
    expect(rememberedSessions(home.path, BASE)).toEqual([]);
    expect(rememberSession(home.path, BASE, left("a"))).toBe(true);
    expect(rememberedSessions(home.path, BASE)).toEqual([left("a")]);
  });

  test("that cannot be written stops nobody", () => {
    using home = new TemporaryHome();
    mkdirSync(home.state, { recursive: true });
    expect(rememberSession(home.path, BASE, left("a"))).toBe(false);
    expect(rememberedSessions(home.path, BASE)).toEqual([]);
  });
});
