import { describe, expect, test } from "bun:test";
import { type Fault, isStrike, type Stage, stageOf, treatment, type Way } from "./faults.ts";

const API = "/api/v1/managed_agents";

describe("the stage of a request", () => {
  test.each<[string, Stage]>([
    [`GET ${API}/agents?limit=200&search=bot HTTP/1.1`, "list"],
    [`GET ${API}/agents/a-1 HTTP/1.1`, "list"],
    [`POST ${API}/agents/a-1/session HTTP/1.1`, "create"],
    [`GET ${API}/sessions/s-1 HTTP/1.1`, "poll"],
    [`GET ${API}/sessions/s-1/tty HTTP/1.1`, "upgrade"],
    ["GET /tty HTTP/1.1", "upgrade"],
    [`DELETE ${API}/sessions/s-1 HTTP/1.1`, "other"],
    [`GET ${API}/sessions HTTP/1.1`, "other"],
    [`GET ${API}/sessions/s-1/stream HTTP/1.1`, "other"],
    ["", "other"],
  ])("%s", (line, stage) => {
    expect(stageOf(line)).toBe(stage);
  });
});

describe("what becomes of a chunk", () => {
  type Word = ReturnType<typeof treatment>["do"];
  test.each<[string, Fault | undefined, toServer: Word, toClient: Word]>([
    ["no fault", undefined, "pass", "pass"],
    ["refuse", { kind: "refuse" }, "strike", "strike"],
    ["cut", { kind: "cut", by: "fin" }, "strike", "pass"],
    ["cut at the answer", { kind: "cut", by: "reset", on: "to-client" }, "pass", "strike"],
    ["half-close to the server", { kind: "half-close", way: "to-server" }, "last", "pass"],
    ["half-close to the client", { kind: "half-close", way: "to-client" }, "pass", "last"],
    ["stall to the server", { kind: "stall", way: "to-server" }, "hold", "pass"],
    ["stall to the client", { kind: "stall", way: "to-client" }, "pass", "hold"],
    ["drop", { kind: "drop" }, "strike", "strike"],
    ["delay", { kind: "delay", ms: 50 }, "later", "later"],
    ["split", { kind: "split" }, "bytewise", "bytewise"],
    ["merge", { kind: "merge" }, "gather", "gather"],
  ])("%s", (_name, fault, toServer, toClient) => {
    const words = (["to-server", "to-client"] satisfies Way[]).map(
      (way) => treatment(fault, way).do,
    );
    expect(words).toEqual([toServer, toClient]);
    if (fault) expect(isStrike(fault)).toBe(/strike|last/.test(toServer + toClient));
  });
});
