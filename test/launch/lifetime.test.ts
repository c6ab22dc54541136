import { describe, expect, test } from "bun:test";
import type { Session } from "../../src/api/sessions.ts";
import { lifetime, platformTime } from "../../src/launch/lifetime.ts";

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 22, 20);

function session(fields: Partial<Session>): Session {
  return { id: "s-1", status: "ready", ...fields } as Session;
}

describe("how long a session lives on", () => {
  const used = { createdAt: NOW - 60 * MINUTE, lastSeenAt: NOW - 4 * MINUTE };
  type Minutes = number | null | undefined;
  type Expected = [age: Minutes, idle: Minutes, left: Minutes, guessed?: boolean];

  test.each<[string, Partial<Session>, Expected]>([
    ["counts from its last use", { ...used, idleTimeoutMs: 15 * MINUTE }, [60, 4, 11]],
    [
      "counts from its making where it was not used",
      { createdAt: NOW - MINUTE, idleTimeoutMs: 5 * MINUTE },
      [1, 1, 4],
    ],
    ["is not less than nothing", { ...used, idleTimeoutMs: MINUTE }, [60, 4, 0]],
    [
      "is not more than it may idle",
      { lastSeenAt: NOW + 9 * MINUTE, idleTimeoutMs: 5 * MINUTE },
      [undefined, 0, 5],
    ],
    ["has no limit", { ...used, idleTimeoutMs: null }, [60, 4, null]],
    ["has the usual limit where the platform does not say", { ...used }, [60, 4, 11, true]],
    ["is unknown without any time", { idleTimeoutMs: MINUTE }, [undefined, undefined, undefined]],
    [
      "means nothing of one being made",
      { ...used, status: "creating", idleTimeoutMs: MINUTE },
      [60, undefined, undefined],
    ],
    [
      "means nothing of a dead one",
      { ...used, status: "dead", idleTimeoutMs: null },
      [60, undefined, undefined],
    ],
  ])("%s", (_, fields, [age, idle, left, guessed = false]) => {
    const minutes = (ms: number | null | undefined) => (typeof ms === "number" ? ms / MINUTE : ms);
    const life = lifetime(session(fields), NOW);
    expect([minutes(life.age), minutes(life.idle), minutes(life.left)]).toEqual([age, idle, left]);
    expect(life.guessed).toBe(guessed);
  });
});

describe("the platform's time", () => {
  test.each([
    ["is this machine's", [], 0],
    ["is this machine's where all is past", [-MINUTE, -5], 0],
    [
      "is that of what it saw last, where this machine is behind",
      [-MINUTE, 3 * MINUTE],
      3 * MINUTE,
    ],
    ["does not come from a year that is wrong", [MINUTE, 400 * 24 * 60 * MINUTE], MINUTE],
  ])("%s", (_, ahead, expected) => {
    const sessions = ahead.map((ms) => session({ lastSeenAt: NOW + ms }));
    expect(platformTime(sessions, NOW) - NOW).toBe(expected);
  });
});
