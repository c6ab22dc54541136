import type { Client } from "../api/client.ts";
import { type Bundle, getDiagnosis } from "../api/diagnosis.ts";
import { isPassing } from "../api/faults.ts";
import type { Session } from "../api/sessions.ts";
import type { Context } from "../context.ts";
import type { Severity } from "../launch/causes.ts";
import { logTail, readFindings } from "../launch/findings.ts";
import { renderJson } from "../ui/json.ts";
import { startProgress } from "../ui/progress.ts";
import { clean } from "../ui/text.ts";
import { command } from "./command.ts";
import { requireClient } from "./platform.ts";
import { findSession, SESSION_ARG } from "./reference.ts";

export default command({
  description: "Tell what is wrong with a session, and what to do about it",
  args: {
    session: SESSION_ARG,
    json: { type: "boolean", description: "Print all that the platform gathered, without secrets" },
  },
  examples: ["lap diagnose 6f9619ff", "lap diagnose --json 6f9619ff | jq .pod"],
  async run({ session: reference, json }, context) {
    const client = requireClient(context);
    const session = await findSession(reference, client, context.signal);
    const bundle = await gather(context, client, session);
    if (json) context.stdout.write(renderJson(bundle));
    else context.stdout.write(report(session, bundle, context));
  },
});

/** The platform's bundle; what the session itself tells, where the platform has no more to say. */
async function gather(context: Context, client: Client, session: Session): Promise<Bundle> {
  const { signal, stderr, clock, log } = context;
  const progress = startProgress(stderr, clock);
  progress.update("asking the platform what is wrong");
  try {
    return (await getDiagnosis(client, session.id, { signal })) ?? bundleOf(session);
  } catch (error) {
    if (!isPassing(error)) throw error;
    progress.done();
    log.warn(`${clean((error as Error).message)}; this is what the session itself tells`);
    return bundleOf(session);
  } finally {
    progress.done();
  }
}

function bundleOf({ id, agentId, status, failureReason }: Session): Bundle {
  return {
    session: { session_id: id, agent_id: agentId, status, failure_reason: failureReason },
  };
}

const MARKS: Record<Severity, [mark: string, style: "red" | "yellow" | "dim"]> = {
  high: ["✗", "red"],
  medium: ["!", "yellow"],
  info: ["·", "dim"],
};

function report(session: Session, bundle: Bundle, { paint }: Pick<Context, "paint">): string {
  const { id, status, failureReason } = session;
  const reason = failureReason && status !== "ready" ? `: ${clean(failureReason)}` : "";
  const head = paint("bold", `session ${clean(id)} is ${clean(status)}${reason}`);
  const findings = readFindings(bundle, id);
  const lines = findings.flatMap(({ severity, what, advice }) => {
    const [mark, style] = MARKS[severity];
    return [`${paint(style, mark)} ${what}`, ...(advice ? [`  ${advice}`] : [])];
  });
  const fine = findings.every(({ severity }) => severity === "info");
  const words = fine ? [FINE[status] ?? FINE_OTHERWISE] : [];
  const tail = fine && status === "ready" ? [] : logTail(bundle);
  const log =
    tail.length > 0
      ? ["", paint("bold", "the last lines of the pod's log"), ...tail.map((line) => `  ${line}`)]
      : [];
  return [head, ...where(bundle), "", ...words, ...lines, ...log, ""].join("\n");
}

const FINE: Record<string, string> = {
  ready: "Nothing is wrong with it, as far as the platform can tell.",
  creating:
    "Nothing is wrong so far. A start takes up to 8 minutes where no machine has its image.",
  dead: "It was ended; the platform tells no more.",
  failed: "The platform tells no more about it.",
};
const FINE_OTHERWISE = "The platform tells nothing of a fault.";

/** Where it runs: its pod, the pod's state and its machine, as far as the bundle tells. */
function where(bundle: Bundle): string[] {
  const { pod, session, agent, node } = bundle as Record<string, Record<string, unknown> | null>;
  const facts = [
    ["agent", agent?.agent_name ?? agent?.name],
    ["pod", session?.task_arn],
    ["pod's state", pod?.phase],
    ["machine", pod?.node_name ?? node?.name],
  ] as const;
  const shown = facts.filter(([, value]) => typeof value === "string" && value !== "");
  return shown.length > 0
    ? [shown.map(([name, value]) => `${name} ${clean(String(value))}`).join(" · ")]
    : [];
}
