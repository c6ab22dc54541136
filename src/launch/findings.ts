import type { Bundle } from "../api/diagnosis.ts";
import { clean, formatDuration, shellWord } from "../ui/text.ts";
import {
  type CauseName,
  causeOf,
  issueCause,
  lineCause,
  reasonCause,
  rootCauses,
  type Severity,
} from "./causes.ts";

/** Something that is wrong with a session, or worth a remark. */
export interface Finding {
  severity: Severity;
  /** What is wrong: one sentence. */
  what: string;
  /** What to do about it, where there is something. */
  advice: string | undefined;
}

const RANK: Record<Severity, number> = { high: 0, medium: 1, info: 2 };

/**
 * What a bundle says, the worst first and each thing once, however many of its parts tell of it. Any
 * part may be missing or odd. Empty where nothing is wrong as far as the platform can tell.
 *
 * @param id the session's, for commands in the advice.
 */
export function readFindings(bundle: Bundle, id: string): Finding[] {
  const found = new Findings();
  const session = record(bundle.session);
  const status = text(session.status);
  const reason = text(session.failure_reason);
  for (const issue of list(bundle.detected_issues)) readIssue(issue, found);
  for (const part of [bundle.pod, bundle.sandbox_cr, bundle.brain_inline]) readPod(part, found);
  if (status === "failed" || status === "dead") {
    // The reason itself is told where the status is.
    if (reason) found.add(reasonCause(reason), undefined);
    for (const line of logTail(bundle)) found.add(lineCause(line), line);
  }
  if (status === "creating" || status === "ready") readLiving(bundle, found);
  if (status === "ready" && reason) found.say("info", reason);
  const blind = text(record(bundle.pod).error) ?? text(record(bundle.sandbox_cr).error);
  if (blind) found.say("info", `the platform could not ask its cluster: ${blind}`);
  return found.ranked(shellWord(id));
}

/** Lines of the pod's log that are worth showing beside the findings, and of each what is. */
const SHOWN_LINES = 10;
const SHOWN_CHARS = 1_000;

/** The last lines of the pod's log in a bundle, each fit for a terminal. */
export function logTail(bundle: Bundle): string[] {
  const lines = (text(record(bundle.pod_logs_tail).text) ?? "").split("\n");
  const shown = lines.map(clean).filter(Boolean).slice(-SHOWN_LINES);
  return shown.map((line) => cut(line, SHOWN_CHARS));
}

class Findings {
  readonly #causes = new Map<CauseName, string | undefined>();
  readonly #others = new Map<string, Finding>();

  /** Notes a cause with the words that gave it away; the first words stay. */
  add(cause: CauseName | undefined, words: string | undefined): void {
    if (cause) this.#causes.set(cause, this.#causes.get(cause) || words);
  }

  say(severity: Severity, what: string, advice?: string): void {
    const finding = { severity, what: sentence(what), advice: advice && clean(advice) };
    if (!this.#others.has(finding.what)) this.#others.set(finding.what, finding);
  }

  ranked(id: string): Finding[] {
    const named = rootCauses([...this.#causes.keys()]).map((name) => {
      const { severity, what, advice } = causeOf(name);
      const words = this.#causes.get(name);
      return {
        severity,
        what: sentence(words ? `${what}: ${words}` : what),
        advice: advice?.replaceAll("<session>", id),
      };
    });
    return [...named, ...this.#others.values()].toSorted(
      (a, b) => RANK[a.severity] - RANK[b.severity],
    );
  }
}

function readIssue(value: unknown, found: Findings): void {
  const issue = record(value);
  const words = typeof value === "string" ? value : text(issue.message);
  const cause = issueCause(text(issue.code) ?? "");
  if (cause) return found.add(cause, words);
  const what = words ?? text(issue.code);
  if (what) found.say(severityOf(issue.severity), what, text(issue.recommended_action));
}

function severityOf(value: unknown): Severity {
  const name = text(value) ?? "";
  if (/^(?:info|low|note)/i.test(name)) return "info";
  return /^(?:med|warn)/i.test(name) ? "medium" : "high";
}

/** Where a reason stands, and where its words do, in a pod as the platform or Kubernetes writes it. */
const REASON_FIELDS = [
  ["waiting_reason", "waiting_message"],
  ["terminated_reason", "terminated_message"],
  ["reason", "message"],
] as const;

/** Reasons to wait that every start has. */
const STARTING = new Set(["ContainerCreating", "PodInitializing"]);

/** How far into a pod reasons are looked for; Kubernetes' own lie at 5. */
const DEEPEST = 8;

function readPod(value: unknown, found: Findings, depth = 0): void {
  if (typeof value !== "object" || value === null || depth > DEEPEST) return;
  const part = record(value);
  for (const [field, beside] of REASON_FIELDS) {
    const reason = text(part[field]);
    if (!reason) continue;
    const words = text(part[beside]);
    const cause = reasonCause(reason);
    if (cause) found.add(cause, words ?? reason);
    else if (field === "waiting_reason" && !STARTING.has(reason)) {
      found.say("medium", `the sandbox's container waits: ${reason}${words ? `: ${words}` : ""}`);
    }
  }
  const code = part.terminated_exit_code ?? part.exitCode;
  if (typeof code === "number" && code !== 0) found.add("ended", `exit code ${code}`);
  for (const inner of Object.values(value)) readPod(inner, found, depth + 1);
}

/** What matters only while there should be a sandbox. */
function readLiving(bundle: Bundle, found: Findings): void {
  const node = record(bundle.node);
  const ready = text(node.ready_status);
  if (ready && ready !== "True") found.add("node", text(node.ready_reason));
  const probe = record(bundle.harness_probe);
  if (probe.reachable === false) found.add("unreachable", text(probe.error));
  const session = record(bundle.session);
  const pod = record(bundle.pod);
  if (session.status === "ready" && pod.exists === false && !pod.error && session.task_arn) {
    found.add("vanished", undefined);
  }
  if (typeof pod.restart_count === "number" && pod.restart_count > 0) {
    found.say("info", `the program in the sandbox was started again ${pod.restart_count} times`);
  }
  const age = session.age_ms;
  if (session.status === "creating" && typeof age === "number") {
    const phase = text(pod.phase);
    const where = phase ? `; its pod is ${phase}` : "";
    found.say("info", `it has been starting for ${formatDuration(age)}${where}`);
  }
}

/** Words as one sentence, for one line. */
function sentence(words: string): string {
  const line = cut(clean(words), MOST_CHARS);
  // A code stays as it is written.
  const first = /^\w*_/.test(line) ? line.charAt(0) : line.charAt(0).toUpperCase();
  return `${first}${line.slice(1)}${/[.!?…]$/.test(line) ? "" : "."}`;
}

function cut(line: string, most: number): string {
  return line.length > most ? `${line.slice(0, most)}…` : line;
}

const MOST_CHARS = 400;

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}
