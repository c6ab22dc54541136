import { describe, expect, test } from "bun:test";
import { logTail, readFindings } from "../../src/launch/findings.ts";

const container = (fields: Record<string, unknown>) => ({
  exists: true,
  phase: "Pending",
  container_statuses: [{ name: "harness", ready: false, restart_count: 0, ...fields }],
});

const whats = (bundle: Record<string, unknown>) =>
  readFindings(bundle, "s-1").map(({ severity, what }) => `${severity}: ${what}`);

const creating = { session: { status: "creating", task_arn: "s-abc" } };
const ready = { session: { status: "ready", task_arn: "s-abc" } };
const failed = (reason: string) => ({ session: { status: "failed", failure_reason: reason } });
const dead = (reason: string) => ({ session: { status: "dead", failure_reason: reason } });

describe("what is wrong", () => {
  type Row = [string, Record<string, unknown>, string[]];
  const rows: Row[] = [
    [
      "an image that cannot be pulled",
      { pod: container({ waiting_reason: "ImagePullBackOff", waiting_message: "Back-off x:1" }) },
      ["high: The sandbox's image cannot be pulled: Back-off x:1."],
    ],
    [
      "an image's name",
      { pod: container({ waiting_reason: "InvalidImageName" }) },
      ["high: The sandbox's image cannot be pulled: InvalidImageName."],
    ],
    [
      "memory, also where the container only crashes by now",
      {
        pod: container({
          waiting_reason: "CrashLoopBackOff",
          terminated_reason: "OOMKilled",
          terminated_exit_code: 137,
        }),
      },
      ["high: The sandbox ran out of memory and was killed: OOMKilled."],
    ],
    [
      "a program that crashes",
      { pod: container({ waiting_reason: "CrashLoopBackOff", terminated_exit_code: 1 }) },
      [
        "high: The program in the sandbox ends as soon as it starts, again and again: CrashLoopBackOff.",
      ],
    ],
    [
      "a program that ended",
      { pod: container({ terminated_reason: "Error", terminated_exit_code: 2 }) },
      ["high: The program in the sandbox ended: exit code 2."],
    ],
    [
      "a cluster without room",
      {
        pod: {
          phase: "Pending",
          conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }],
        },
        sandbox_cr: { conditions: [{ reason: "Unschedulable", message: "0/3 nodes" }] },
      },
      ["high: The cluster has no room for the sandbox: Unschedulable."],
    ],
    [
      "a container's configuration",
      {
        pod: container({
          waiting_reason: "CreateContainerConfigError",
          waiting_message: "secret x",
        }),
      },
      ["high: The sandbox's container cannot be started: secret x."],
    ],
    [
      "a reason that nobody knows",
      { pod: container({ waiting_reason: "NewThing", waiting_message: "why" }) },
      ["medium: The sandbox's container waits: NewThing: why."],
    ],
    ["nothing in a usual start", { pod: container({ waiting_reason: "ContainerCreating" }) }, []],
    [
      "Kubernetes' own names",
      {
        pod: {
          status: { containerStatuses: [{ state: { waiting: { reason: "ErrImagePull" } } }] },
        },
      },
      ["high: The sandbox's image cannot be pulled: ErrImagePull."],
    ],
    [
      "an eviction",
      { pod: { phase: "Failed", reason: "Evicted", message: "low on memory" } },
      ["high: The cluster took the sandbox off its node: low on memory."],
    ],
    [
      "a probe without an answer",
      { ...ready, harness_probe: { reachable: false, error: "ECONNREFUSED" } },
      ["high: The sandbox runs, but the program in it does not answer: ECONNREFUSED."],
    ],
    [
      "a node, and not its silence",
      {
        ...ready,
        node: { ready_status: "Unknown", ready_reason: "NodeStatusUnknown" },
        harness_probe: { reachable: false },
      },
      ["high: The machine under the sandbox is not ready: NodeStatusUnknown."],
    ],
    [
      "a pod that is gone",
      { ...ready, pod: { exists: false } },
      ["high: The sandbox is gone from the cluster."],
    ],
    [
      "nothing of a pod that a dead session has no more",
      { ...dead(""), pod: { exists: false } },
      [],
    ],
    ["nothing of an answering probe", { ...ready, harness_probe: { reachable: true } }, []],
    [
      "an idle session",
      dead("idle timeout"),
      [
        "high: The platform ended the session because nobody used it; typing in its terminal does not count.",
      ],
    ],
    [
      "a pod's own end, in the platform's words",
      failed("pod s-1 failed: ImagePullBackOff"),
      ["high: The sandbox's image cannot be pulled."],
    ],
    [
      "memory, in the platform's words",
      dead("oom killed"),
      ["high: The sandbox ran out of memory and was killed."],
    ],
    [
      "the watchdog",
      failed("watchdog: 600s"),
      ["high: The sandbox was not ready within the platform's time limit."],
    ],
    ["a reason that says all itself", failed("quota exceeded"), []],
    [
      "a repository, in the program's last lines",
      {
        ...failed("sandbox never ready at http://x"),
        pod_logs_tail: { text: "Cloning\nfatal: Authentication failed for 'https://x'\n" },
      },
      [
        "high: The agent's repository cannot be cloned: fatal: Authentication failed for 'https://x'.",
      ],
    ],
    [
      "a ready session's remark",
      { session: { status: "ready", failure_reason: "initial_prompt failed: x" } },
      ["info: initial_prompt failed: x."],
    ],
    [
      "restarts",
      { ...ready, pod: { exists: true, restart_count: 3 } },
      ["info: The program in the sandbox was started again 3 times."],
    ],
    [
      "a start's age",
      { session: { status: "creating", age_ms: 65_000 }, pod: { phase: "Pending" } },
      ["info: It has been starting for 1 min 5 s; its pod is Pending."],
    ],
    [
      "a cluster that cannot be asked",
      { ...creating, pod: { exists: false, error: "connect ECONNREFUSED 10.0.0.1" } },
      ["info: The platform could not ask its cluster: connect ECONNREFUSED 10.0.0.1."],
    ],
  ];
  test.each(rows)("%s", (_, bundle, expected) => {
    expect(whats(bundle)).toEqual(expected);
  });

  test.each<[string, unknown, string[]]>([
    [
      "a known code, in lap's words and the platform's",
      { code: "service_missing", severity: "high", message: "no Service" },
      ["high: There is no network route to the sandbox: no Service."],
    ],
    [
      "an unknown code, in the platform's",
      { code: "new", severity: "med", message: "odd", recommended_action: "Do this." },
      ["medium: Odd."],
    ],
    ["words alone", "something is odd", ["high: Something is odd."]],
    ["a code alone", { code: "new_thing", severity: "info" }, ["info: new_thing."]],
    ["nothing", {}, []],
    ["null", null, []],
    ["a name of every object", { code: "constructor", message: "x" }, ["high: X."]],
  ])("an issue that the platform detected: %s", (_, issue, expected) => {
    expect(whats({ detected_issues: [issue] })).toEqual(expected);
  });
});

describe("findings", () => {
  test("are told the worst first, and each once", () => {
    const bundle = {
      ...creating,
      detected_issues: [
        { code: "warm_pool_empty_for_agent", severity: "info", message: "0 warm" },
        { code: "node_oversubscribed", severity: "med", message: "200%" },
        { code: "pod_not_ready_old", severity: "med", message: "200 s" },
        { code: "pod_image_pull_backoff", severity: "high", message: "in ErrImagePull" },
      ],
      pod: container({ waiting_reason: "ErrImagePull", waiting_message: "not found" }),
    };
    expect(whats(bundle)).toEqual([
      "high: The sandbox's image cannot be pulled: in ErrImagePull.",
      "medium: The machine under the sandbox is crowded, so that it may be slow: 200%.",
      "info: No sandbox stands ready for this agent: its next session starts cold: 0 warm.",
    ]);
  });

  test("advise in commands that can be typed", () => {
    const [finding] = readFindings({ pod: container({ terminated_reason: "OOMKilled" }) }, "s-1");
    expect(finding?.advice).toStartWith("`lap restart s-1` gives it a fresh sandbox.");
    expect(finding?.advice).not.toContain("<session>");
  });

  test("of the platform's own keep its advice", () => {
    const issue = { code: "new", message: "odd", recommended_action: "Cordon\nthe node." };
    expect(readFindings({ detected_issues: [issue] }, "s-1")[0]?.advice).toBe("Cordon the node.");
  });

  test("do nothing to a terminal, however long", () => {
    const issue = { code: "x", message: `\x1b[31mred\u202e\n${"long ".repeat(1_000)}` };
    const [finding] = readFindings({ detected_issues: [issue] }, "s-1");
    expect(finding?.what).toStartWith("Red long");
    expect(finding?.what.length).toBeLessThan(500);
  });

  test("are told in no time where there are many, or a line of the log is long", () => {
    const issues = Array.from({ length: 100_000 }, (_, n) => ({ message: `issue ${n}` }));
    expect(readFindings({ detected_issues: issues }, "s-1")).toHaveLength(100_000);
    const text = "fatal: repository ".repeat(30_000);
    expect(readFindings({ ...failed("x"), pod_logs_tail: { text } }, "s-1")).toEqual([]);
  }, 5_000);

  test.each([
    {},
    { session: null, pod: null, node: null, detected_issues: null, harness_probe: null },
    { session: "x", pod: 7, detected_issues: {}, pod_logs_tail: [], sandbox_cr: [null, [null]] },
    { pod: { container_statuses: [null, "x"], conditions: {}, reason: { a: 1 } } },
  ])("are none of %p", (bundle) => {
    expect([readFindings(bundle, "s-1"), logTail(bundle)]).toEqual([[], []]);
  });

  test("look into no part without end", () => {
    let pod: Record<string, unknown> = { reason: "OOMKilled" };
    for (let depth = 0; depth < 100; depth++) pod = { pod };
    expect(readFindings({ pod }, "s-1")).toEqual([]);
  });
});

test("the pod's last lines are the last ten that say something, cleaned", () => {
  const text = Array.from({ length: 30 }, (_, n) => `\x1b[3${n % 8}mline ${n}\n\n`).join("");
  const lines = logTail({ pod_logs_tail: { available: true, text } });
  expect(lines).toEqual(Array.from({ length: 10 }, (_, n) => `line ${n + 20}`));
  expect(logTail({ pod_logs_tail: { text: "x".repeat(5_000) } })).toEqual([
    `${"x".repeat(1_000)}…`,
  ]);
});
