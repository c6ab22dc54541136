import { describe, expect, test } from "bun:test";
import { PodLog } from "../../src/demo/podlog.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { waitFor } from "../support/wait.ts";

type Event = { id: string; kind: string; at: string; title: string; detail?: string };

describe("the timeline", () => {
  const happened = async (demo: DemoPlatform, id: string) =>
    (await demo.json<Event[]>(`/sessions/${id}/log`)).map(({ kind, title, detail }) =>
      [kind, title, detail].filter(Boolean).join(" "),
    );

  test("tells the phases that a session went through, its restart and its end", async () => {
    await using demo = new DemoPlatform({
      async *bringUp() {
        yield { phase: "pod_pending", detail: "pulling" };
      },
    });
    const { id } = await demo.session();
    const up = ["phase pod pending pulling", "phase ready"];
    expect(await happened(demo, id)).toEqual(["created Session created", ...up]);
    await demo.json(`/sessions/${id}/restart`, { method: "POST" });
    await demo.request(`/sessions/${id}`, { method: "DELETE" });
    const again = ["recovered Sandbox restarted", ...up, "ended Sandbox ended"];
    expect(await happened(demo, id)).toEqual(["created Session created", ...up, ...again]);
  });

  test("keeps the ids and times of its events", async () => {
    await using demo = new DemoPlatform();
    const { id } = await demo.session();
    await demo.request(`/sessions/${id}`, { method: "DELETE" });
    const first = await demo.json<Event[]>(`/sessions/${id}/log`);
    const then = Date.now();
    await waitFor(() => Date.now() > then, "a millisecond");
    expect(await demo.json<Event[]>(`/sessions/${id}/log`)).toEqual(first);
    expect(new Set(first.map((event) => event.id)).size).toBe(first.length);
    for (const { at } of first)
      expect(Date.parse(at)).toBeWithin(Date.now() - 60_000, Date.now() + 1);
  });

  test("tells why a session failed", async () => {
    const agents = [{ ...SHELL, command: ["/no/such/program"] }];
    await using demo = new DemoPlatform({ agents });
    const { id } = await demo.session();
    expect((await happened(demo, id)).at(-1)).toBe(
      "ended Session failed command not found: /no/such/program",
    );
  });

  test("of a session that there is not is empty", async () => {
    await using demo = new DemoPlatform();
    const response = await demo.request("/sessions/nope/log");
    expect([response.status, await response.json()]).toEqual([200, []]);
  });
});

describe("the pod's log", () => {
  test("is what the program wrote, as plain text, while it has a pod", async () => {
    await using demo = new DemoPlatform();
    const { id } = await demo.session();
    const path = `/sessions/${id}/sandbox_logs`;
    expect(await (await demo.request(path)).text()).toBe("");
    const peer = await demo.attach(id);
    peer.type("echo one; echo t''wo\r");
    await peer.shows("two");
    const response = await demo.request(`${path}?tailLines=3`);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    await waitFor(
      async () => /one\ntwo\n/.test(await (await demo.request(path)).text()),
      "both lines",
    );
    await demo.request(`/sessions/${id}`, { method: "DELETE" });
    expect(await (await demo.request(path)).text()).toBe("");
  });

  const log = new PodLog();
  log.push("old\r\nhalf", 1_000);
  log.push(" done\nnew\n", 2_000);
  log.push("rest", 3_000);

  test.each([
    [0, 100, "old\nhalf done\nnew\nrest"],
    [1_500, 100, "half done\nnew\nrest"],
    [2_500, 100, "rest"],
    [3_500, 100, ""],
    [0, 2, "new\nrest"],
  ])("since %d, the last %d lines", (since, lines, text) => {
    expect(log.read({ since, lines })).toBe(text);
  });

  test("keeps what is recent of a flood", () => {
    const flooded = new PodLog();
    for (let n = 0; n < 100_000; n++) flooded.push(`line ${n}\n`, n);
    const kept = flooded.read({ since: 0, lines: Infinity });
    expect(kept).toEndWith("line 99998\nline 99999\n");
    expect(kept.length).toBeWithin(256 * 1024 - 20, 512 * 1024 + 20);
  });
});

describe("the diagnosis", () => {
  test("has the sections of the platform's, and no secret", async () => {
    await using demo = new DemoPlatform();
    const { id, agent_id } = await demo.session();
    const bundle = await demo.json(`/sessions/${id}/diagnose`);
    expect(bundle).toMatchObject({
      session: { session_id: id, agent_id, status: "ready", failure_reason: null },
      agent: { agent_name: "shell", harness_id: "codex" },
      pod: { exists: false },
      pod_logs_tail: { available: false },
      detected_issues: [],
    });
    expect(JSON.stringify(bundle)).not.toContain(demo.platform.token);
  });

  test("names a program that is not installed", async () => {
    const agents = [{ ...SHELL, command: ["/no/such/program"] }];
    await using demo = new DemoPlatform({ agents });
    const { id } = await demo.session();
    const { detected_issues } = await demo.json(`/sessions/${id}/diagnose`);
    expect(detected_issues).toMatchObject([{ severity: "high", code: "program_missing" }]);
  });

  test("shows what the program wrote last", async () => {
    await using demo = new DemoPlatform();
    const { id } = await demo.session();
    const peer = await demo.attach(id);
    peer.type("echo se''en\r");
    await peer.shows("seen");
    const { pod_logs_tail } = await demo.json(`/sessions/${id}/diagnose`);
    expect(pod_logs_tail).toMatchObject({ available: true, text: expect.stringContaining("seen") });
  });
});
