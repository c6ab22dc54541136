import { describe, expect, test } from "bun:test";
import { createClient } from "../../src/api/client.ts";
import { getPodLog, getTimeline, PodLogUnreadable } from "../../src/api/logs.ts";
import { failure, StubServer } from "../support/stub-server.ts";

const PREFIX = "/api/v1/managed_agents";
const NOON = Date.UTC(2026, 10, 22, 12);

async function asking<T>(
  answer: () => Response,
  work: (client: ReturnType<typeof createClient>) => Promise<T>,
) {
  await using server = new StubServer(answer);
  const result = await work(createClient({ base: server.url, key: "sk-test-0123456789" })).catch(
    (error: unknown) => error,
  );
  return { result, asked: server.requests.map(({ path }) => path) };
}

const timeline = (body: unknown) =>
  asking(
    () => Response.json(body),
    (client) => getTimeline(client, "s/1"),
  );

describe("the timeline", () => {
  test("is read field by field, from its own path", async () => {
    const event = {
      id: "s-1:ended",
      kind: "response",
      at: "2026-11-22T12:00:00.000Z",
      title: "Response",
      detail: "done",
      meta: "1.2s · 186 tok",
      status: "failed",
    };
    const { result, asked } = await timeline([event]);
    expect(asked).toEqual([`${PREFIX}/sessions/s%2F1/log`]);
    const { meta: note, at: _, ...same } = event;
    expect(result).toEqual([{ ...same, note, at: NOON }]);
  });

  test.each<[string, unknown, Record<string, unknown>]>([
    ["a phase", { ts: NOON, phase: "pod_pending" }, { at: NOON, kind: "pod_pending" }],
    ["seconds", { timestamp: NOON / 1000, type: "x" }, { at: NOON, kind: "x" }],
    ["a time that no calendar has", { time: 1e300, type: "x" }, { at: undefined, kind: "x" }],
    ["a time in words", { time: "yesterday", type: "x" }, { at: undefined, kind: "x" }],
    ["a message", { type: "error", message: "oops" }, { title: "oops", detail: undefined }],
    ["both", { type: "tool", name: "bash", output: "ok" }, { title: "bash", detail: "ok" }],
    [
      "one in an envelope",
      { seq: 7, event: { type: "status", detail: "up" } },
      { id: "7", kind: "status", detail: "up" },
    ],
    ["words alone", "it began", { title: "it began" }],
    ["nothing known", { odd: {} }, { id: undefined, title: undefined, at: undefined }],
  ])("takes an event with %s", async (_, event, expected) => {
    const { result } = await timeline([event]);
    expect(result).toMatchObject([expected]);
  });

  test.each([[{ data: ["a"] }], [{ events: ["a"] }]])("may lie in %p", async (body) => {
    expect((await timeline(body)).result).toMatchObject([{ title: "a" }]);
  });

  test("drops what is no event", async () => {
    expect((await timeline([null, 7, "a"])).result).toMatchObject([{ title: "a" }]);
  });

  test.each([{}, null, "x"])("is not %p", async (body) => {
    expect(String((await timeline(body)).result)).toContain("something that is not a timeline");
  });
});

describe("the pod's log", () => {
  const read = (text: string) =>
    asking(
      () => new Response(text),
      (client) => getPodLog(client, "s-1", { seconds: 60, lines: 100 }),
    );

  test.each([
    ["", [], ""],
    ["a\nb\n", ["a", "b"], ""],
    ["a\n\nb", ["a", ""], "b"],
    ["rest", [], "rest"],
    [
      "a\n[sandbox_logs] transient read error: x\n",
      ["a", "[sandbox_logs] transient read error: x"],
      "",
    ],
  ])("%p is these lines, and the start of one", async (text, lines, rest) => {
    const { result, asked } = await read(text);
    expect(result).toEqual({ lines, rest });
    expect(asked).toEqual([`${PREFIX}/sessions/s-1/sandbox_logs?sinceSeconds=60&tailLines=100`]);
  });

  test.each(["", "\n"])("a cluster that cannot be read is told apart (end: %p)", async (end) => {
    const { result } = await read(`[sandbox_logs] transient read error: pods is forbidden${end}`);
    expect(result).toBeInstanceOf(PodLogUnreadable);
    expect(String(result)).toContain("cannot read the pod's log: pods is forbidden");
  });

  test("is read in no time, whatever it holds", async () => {
    const { result } = await read(
      `[sandbox_logs] transient read error:${" ".repeat(300_000)}\n\nx`,
    );
    expect(result).toHaveProperty("rest", "x");
  }, 5_000);

  test("holds no more lines than a platform gives", async () => {
    const { result } = await read(`first\n${"line\n".repeat(5_000)}rest`);
    expect(result).toEqual({ lines: Array(5_000).fill("line"), rest: "rest" });
  });

  test("of a session that there is not is an error", async () => {
    const { result } = await asking(
      () => failure(404, "session s-1 not found"),
      (client) => getPodLog(client, "s-1", { seconds: 60, lines: 100 }),
    );
    expect(String(result)).toContain("pod log failed: 404");
  });
});
