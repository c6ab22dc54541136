import { wholeNumber } from "./agents.ts";
import type { Session } from "./sessions.ts";

/** The bounds of GET sandbox_logs, and what stands in for a missing value (PROTOCOL 5). */
const SECONDS = { most: 3_600, otherwise: 600 };
const LINES = { most: 5_000, otherwise: 500 };
/** Lines of the pod's log in a diagnosis. */
const TAIL_LINES = 200;

/** GET log: what happened to a session, and its end, which has no record of its own. */
export function presentTimeline(session: Session): Record<string, unknown>[] {
  const { id, status, failureReason, timeline } = session;
  const events = timeline.map((event, index) => ({ id: `${id}:${index}`, ...event }));
  if (status !== "dead" && status !== "failed") return events;
  const title = status === "dead" ? "Sandbox ended" : "Session failed";
  const detail = failureReason ?? undefined;
  return [
    ...events,
    { id: `${id}:ended`, kind: "ended", at: session.endedAt ?? "", title, detail },
  ];
}

/** GET sandbox_logs: the program's recent output, while it has a pod. */
export function presentPodLog(session: Session, query: URLSearchParams): Response {
  const bounded = (name: string, { most, otherwise }: { most: number; otherwise: number }) =>
    Math.min(wholeNumber(query.get(name), 1, otherwise), most);
  const since = Date.now() - bounded("sinceSeconds", SECONDS) * 1000;
  const text = session.tty?.log?.read({ since, lines: bounded("tailLines", LINES) }) ?? "";
  return new Response(text, { headers: { "content-type": "text/plain; charset=utf-8" } });
}

/** GET diagnose: the sections of a platform that runs without Kubernetes. */
export function presentDiagnosis(session: Session): Record<string, unknown> {
  const { agent, status, failureReason } = session;
  const age = Date.now() - Date.parse(session.createdAt);
  const text = session.tty?.log?.read({ since: 0, lines: TAIL_LINES });
  const missing = /^command not found: (.*)$/.exec(failureReason ?? "");
  return {
    session: {
      session_id: session.id,
      agent_id: agent.id,
      status,
      task_arn: null,
      sandbox_url: null,
      failure_reason: failureReason,
      created_at: session.createdAt,
      last_seen_at: session.lastSeenAt,
      stopped_at: session.endedAt,
      age_ms: age,
    },
    agent: { agent_id: agent.id, agent_name: agent.name, harness_id: agent.harnessId },
    pod: { exists: false },
    sandbox_cr: { exists: false },
    service: { exists: false },
    pod_logs_tail: text ? { available: true, text } : { available: false, error: "pod not found" },
    node: { exists: false },
    image_cache: { daemonset_exists: false },
    warm_pool: { provisioning: 0, warm: 0, claimed: 0, dead: 0 },
    harness_probe: null,
    detected_issues: missing
      ? [
          {
            code: "program_missing",
            severity: "high",
            message: `The agent's program is not installed: ${missing[1]}`,
            recommended_action: "Install it, or have the agent run another one.",
          },
        ]
      : [],
    notes: { platform_logs: "The demo keeps none." },
  };
}
