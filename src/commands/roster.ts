import { hasEnded, type Session } from "../api/sessions.ts";
import type { Lifetime } from "../launch/lifetime.ts";
import { ownerLabel } from "../launch/names.ts";
import type { Reach } from "../launch/reach.ts";
import type { Entry, Roster } from "../launch/roster.ts";
import type { Paint } from "../ui/log.ts";
import { renderTable } from "../ui/table.ts";
import { clean, formatAge } from "../ui/text.ts";
import { fit } from "../width.ts";

/** A reason for an end may be long, and the columns behind it matter as well. */
const REASON_COLUMNS = 40;

/**
 * Sessions as a table for a person.
 *
 * @param nameColumns what an agent's name may take.
 */
export function renderRoster(
  { entries, names }: Roster,
  paint: Paint,
  nameColumns = Infinity,
): string {
  const rows = entries.map(({ session, shortId, lifetime, reach }) => [
    fit(ownerLabel(session, names), nameColumns),
    clean(shortId),
    statusCell(session, paint),
    phaseCell(session),
    lifetime.age === undefined ? "" : formatAge(lifetime.age),
    lifetime.idle === undefined ? "" : formatAge(lifetime.idle),
    leftCell(lifetime),
    endpointCell(session, reach),
  ]);
  const head = ["AGENT", "ID", "STATUS", "PHASE", "AGE", "IDLE", "LEFT", "ENDPOINT"];
  return renderTable(head, rows, paint);
}

const STYLES: Record<string, Parameters<Paint>[0]> = {
  ready: "green",
  creating: "yellow",
  failed: "red",
};

function statusCell({ status, failureReason }: Session, paint: Paint): string {
  const style = STYLES[status];
  const word = style ? paint(style, status) : clean(status);
  // Of a living session it tells of a first prompt that failed (PROTOCOL 10.16).
  if (!failureReason || !hasEnded({ status })) return word;
  return `${word} (${fit(clean(failureReason), REASON_COLUMNS)})`;
}

/** Ready sessions have none, and dead ones keep their last (PROTOCOL 3). */
function phaseCell({ status, phase }: Session): string {
  const meaningful = status === "creating" || status === "failed";
  return meaningful && phase && phase !== "ready" ? clean(phase.replaceAll("_", " ")) : "";
}

function leftCell({ left, guessed }: Lifetime): string {
  if (left === undefined) return "";
  if (left === null) return "no limit";
  return `${guessed ? "~" : ""}${formatAge(left)}`;
}

function endpointCell({ hasTerminal }: Session, reach: Reach | undefined): string {
  if (hasTerminal === false) return "(chat)";
  if (!reach) return "";
  return reach.reachable ? "reachable" : reach.reason;
}

/** A session as JSON: without the terminal's token, and without its address, which may hold one. */
export function record({ session, agentName, lifetime, reach }: Entry): Record<string, unknown> {
  const iso = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  return {
    id: session.id,
    agent_id: session.agentId ?? null,
    agent: agentName ?? null,
    status: session.status,
    phase: session.phase ?? null,
    phase_detail: session.phaseDetail ?? null,
    failure_reason: session.failureReason ?? null,
    tui: session.hasTerminal ?? null,
    created_at: iso(session.createdAt),
    last_seen_at: iso(session.lastSeenAt),
    age_ms: lifetime.age ?? null,
    idle_ms: lifetime.idle ?? null,
    // As on the wire: null is never, and missing where the platform does not say.
    idle_timeout_ms: session.idleTimeoutMs,
    left_ms: lifetime.guessed ? null : (lifetime.left ?? null),
    reachable: reach?.reachable ?? null,
    unreachable_reason: reach && !reach.reachable ? reach.reason : null,
  };
}
