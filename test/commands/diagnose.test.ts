import { describe, expect, test } from "bun:test";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { failure, page, StubServer } from "../support/stub-server.ts";
import { runLap } from "../support/world.ts";

const KEY = "sk-test-0123456789";
const FAILED = { id: "s-1", status: "failed", failure_reason: "pod s-1 failed: ImagePullBackOff" };

const BUNDLE = {
  session: { ...FAILED, session_id: "s-1", task_arn: "s-abc", tty_token: "token-of-the-harness" },
  agent: { agent_name: "bot", env_vars: { A: "b" } },
  pod: {
    exists: true,
    phase: "Pending",
    node_name: "node-1",
    container_statuses: [{ waiting_reason: "ImagePullBackOff", waiting_message: "no x:1" }],
  },
  pod_logs_tail: { available: true, text: "starting\n\x1b[31mtoken-of-the-harness\n" },
  detected_issues: [{ code: "new", severity: "info", message: "a remark" }],
};

async function diagnose(
  flags: string[],
  session: Record<string, unknown>,
  answer: () => Response = () => Response.json(BUNDLE),
) {
  using home = new TemporaryHome();
  await using server = new StubServer((_request, { pathname }) =>
    pathname.endsWith("/diagnose") ? answer() : Response.json(session),
  );
  const env = { LAP_URL: server.url, LAP_KEY: KEY };
  return await runLap(["diagnose", ...flags, "s-1"], { home: home.path, env });
}

describe("lap diagnose", () => {
  test("tells what is wrong, what to do, where, and the pod's last lines", async () => {
    const { code, stdout } = await diagnose([], FAILED);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "session s-1 is failed: pod s-1 failed: ImagePullBackOff",
        "agent bot · pod s-abc · pod's state Pending · machine node-1",
        "",
        "✗ The sandbox's image cannot be pulled: no x:1.",
        "  Ask the platform's administrator to check the image's name and the cluster's access to its registry.",
        "· A remark.",
        "",
        "the last lines of the pod's log",
        "  starting",
        "  …",
        "",
      ].join("\n"),
    );
  });

  test("--json prints all of it, without secrets", async () => {
    const { stdout } = await diagnose(["--json"], FAILED);
    const { session, agent, pod_logs_tail, ...rest } = JSON.parse(stdout);
    const { tty_token: _, ...shown } = BUNDLE.session;
    expect([session, agent, pod_logs_tail.text]).toEqual([
      shown,
      { agent_name: "bot" },
      "starting\n\x1b[31m…\n",
    ]);
    expect(rest).toEqual({ pod: BUNDLE.pod, detected_issues: BUNDLE.detected_issues });
  });

  test.each([
    ["ready", "Nothing is wrong with it, as far as the platform can tell."],
    ["creating", "Nothing is wrong so far. A start takes up to 8 minutes"],
    ["dead", "It was ended; the platform tells no more."],
    ["failed", "The platform tells no more about it."],
    ["new-state", "The platform tells nothing of a fault."],
  ])("of a session that is %s, without findings, says so", async (status, words) => {
    const { code, stdout } = await diagnose([], { id: "s-1", status }, () => Response.json({}));
    expect(code).toBe(0);
    expect(stdout).toStartWith(`session s-1 is ${status}\n\n${words}`);
  });

  test("of a ready session shows no log", async () => {
    const log = { pod_logs_tail: { text: "a line" } };
    const { stdout } = await diagnose([], { id: "s-1", status: "ready" }, () => Response.json(log));
    expect(stdout).not.toContain("a line");
  });

  test.each<[string, () => Response, string]>([
    ["fails", () => failure(500, "internal error"), "diagnosis failed: 500 — internal error"],
    ["is not there (an older platform)", () => page(404), "diagnosis failed: 404"],
  ])("reads the session itself where the platform's diagnosis %s", async (_, answer, words) => {
    const session = { id: "s-1", status: "dead", failure_reason: "oom killed" };
    const { code, stdout, stderr } = await diagnose([], session, answer);
    expect(code).toBe(0);
    expect(stderr).toContain(`! ${words}; this is what the session itself tells\n`);
    expect(stdout).toStartWith(
      "session s-1 is dead: oom killed\n\n✗ The sandbox ran out of memory",
    );
  });

  test("is refused with the key", async () => {
    const { code, stdout } = await diagnose([], FAILED, () => failure(401, "unauthorized"));
    expect([code, stdout]).toEqual([4, ""]);
  });

  test("does nothing to the terminal", async () => {
    const odd = { id: "s-1", status: "ready\x1b[2J", failure_reason: "\u202ex" };
    const bundle = { agent: { agent_name: "\x1b]0;x\x07bot" }, pod: { phase: "a\nb" } };
    const { stdout } = await diagnose([], odd, () => Response.json(bundle));
    expect(stdout).toContain("agent bot · pod's state a b\n");
    // oxlint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
  });
});

test("on the demo platform, of a program that is not installed", async () => {
  using home = new TemporaryHome();
  await using demo = new DemoPlatform({ agents: [{ ...SHELL, command: ["/no/such/program"] }] });
  const { id } = await demo.session();
  const { url: LAP_URL, key: LAP_KEY } = demo.platform;
  const env = { LAP_URL, LAP_KEY };
  const { stdout } = await runLap(["diagnose", id], { home: home.path, env });
  expect(stdout).toContain(`session ${id} is failed: command not found: /no/such/program\n`);
  expect(stdout).toContain(
    "✗ The agent's program is not installed: /no/such/program.\n  Install it",
  );
});
