import { describe, expect, test } from "bun:test";
import { createClient } from "../../src/api/client.ts";
import {
  AmbiguousSession,
  parseReference,
  SessionFinder,
  shortIds,
  UnknownSession,
} from "../../src/launch/find.ts";
import { LapError, UsageError } from "../../src/errors.ts";
import { failure } from "../support/stub-server.ts";
import { type OnRequest, type Row, RowsServer } from "../support/rows.ts";

const BASE = "https://lap.acme.dev/prefix";
const A = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
const B = "6f96aaaa-8b86-4d01-b42d-00cf4fc964ff";

describe("a reference", () => {
  test.each([
    ["6f96", "6f96", true],
    ["6f9", "6f9", false],
    [A, A, false],
    [`${A}-more`, `${A}-more`, true],
    ["s_1-odd", "s_1-odd", true],
    ["with.dot", "with.dot", false],
    ["naïve", "naïve", false],
    [`https://lap.acme.dev/sessions/${A}?tab=logs`, A, false],
    ["https://lap.acme.dev/sessions/6f96", "6f96", false],
    [`wss://lap.acme.dev/api/v1/managed_agents/sessions/${A}/tty`, A, false],
  ])("%s is the id %s, or its beginning: %p", (text, id, mayBePrefix) => {
    expect(parseReference(text, BASE)).toEqual({ id, mayBePrefix });
  });

  test.each(["https://evil.dev/sessions/1", "http://lap.acme.dev/sessions/1", "a b", ""])(
    "'%s' is refused",
    (text) => {
      expect(() => parseReference(text, BASE)).toThrow(UsageError);
    },
  );
});

describe("a session is found", () => {
  async function find(text: string | string[], rows: Row[], onRequest?: OnRequest) {
    await using server = new RowsServer(rows, { "a-1": "bot", "a-2": null }, onRequest);
    const client = createClient({ base: server.url, key: server.key });
    const finder = new SessionFinder(client, new AbortController().signal);
    const found = await Promise.all(
      [text].flat().map((one) =>
        finder
          .find(parseReference(one, server.url))
          .then(({ id }) => id)
          .catch((error: LapError) => error),
      ),
    );
    return { found: found.length === 1 ? found[0] : found, asked: server.asked, url: server.url };
  }

  test("by its whole id, with one request", async () => {
    const { found, asked } = await find(A, [{ id: A }]);
    expect([found, asked]).toEqual([A, [`GET /sessions/${A}`]]);
  });

  test.each(["6f96", "6f9619ff", A.slice(0, -1)])("by the beginning %s", async (prefix) => {
    expect((await find(prefix, [{ id: "11111111" }, { id: A }])).found).toBe(A);
  });

  test("by its id before another that begins with it", async () => {
    const rows = [{ id: "sess-10" }, { id: "sess-1" }, { id: "sess-11" }];
    expect((await find("sess-1", rows)).found).toBe("sess-1");
  });

  test("by its id where the list does not hold it any more", async () => {
    const newer = Array.from({ length: 200 }, (_, index) => ({ id: `sess-1${index}` }));
    expect((await find("sess-1", [...newer, { id: "sess-1" }])).found).toBe("sess-1");
  });

  test("several with one list", async () => {
    const { found, asked } = await find(["6f9619ff", "6f96aaaa"], [{ id: A }, { id: B }]);
    expect(found).toEqual([A, B]);
    expect(asked.filter((line) => line.startsWith("GET /sessions?"))).toHaveLength(1);
  });

  test.each([
    ["nobody has", "7777"],
    ["is too short to be one's beginning", "6f9"],
    ["is in capitals", "6F96"],
    ["is in the middle of one", "8b86"],
  ])("not by what %s", async (_, text) => {
    const { found, url } = await find(text, [{ id: A }]);
    expect(found).toBeInstanceOf(UnknownSession);
    expect((found as LapError).message).toBe(`there is no session '${text}' on ${url}`);
  });

  test("not by what fits two: both are named, with their agents", async () => {
    const rows = [
      { id: A, agent_id: "a-1", status: "ready" },
      { id: B, agent_id: "a-2", status: "dead" },
    ];
    const { found } = await find("6f96", rows);
    expect(found).toBeInstanceOf(AmbiguousSession);
    expect(found).toMatchObject({
      message: "'6f96' fits 2 sessions",
      hint: `Give more of its id:\n${A} of bot, ready\n${B} of (no name), dead`,
      exitCode: 2,
    });
  });

  test("not by what fits two, also where the agents cannot be listed", async () => {
    const rows = [A, B].map((id) => ({ id, agent_id: "a-1-long-id", status: "ready" }));
    const { found } = await find("6f96", rows, (_, path) =>
      path === "/agents" ? failure(500, "no") : undefined,
    );
    expect((found as LapError).hint).toContain(`${A} of (agent a-1-long), ready`);
  });
});

describe("short ids", () => {
  test.each([
    ["one alone has 8 characters", [A], ["6f9619ff"]],
    ["ids that differ early have 8", [A, B], ["6f9619ff", "6f96aaaa"]],
    [
      "ids that differ late have more",
      ["12345678-ab", "12345678-ac"],
      ["12345678-ab", "12345678-ac"],
    ],
    ["only as much as is needed", ["12345678-abx", "12345678-cdx"], ["12345678-a", "12345678-c"]],
    [
      "one that is another's beginning is whole",
      ["123456789", "1234567890"],
      ["123456789", "1234567890"],
    ],
    ["short ones are whole", ["s-1", "s-12"], ["s-1", "s-12"]],
    ["the same twice", [A, A], ["6f9619ff"]],
    ["none", [], []],
  ])("%s", (_, ids, expected) => {
    expect([...shortIds(ids).values()].sort()).toEqual([...expected].sort());
  });

  test("fit one of 200 each", () => {
    const ids = Array.from({ length: 200 }, (_, index) => `aaaaaaaa${index}-${"x".repeat(20)}`);
    for (const [id, short] of shortIds(ids)) {
      expect(ids.filter((other) => other.startsWith(short))).toEqual([id]);
    }
  });
});
