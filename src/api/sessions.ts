import { type Client, orMissing, segment } from "./client.ts";
import { PlatformUnreachable } from "./errors.ts";
import { Secret } from "../net/secret.ts";

/** What lap keeps of a session (PROTOCOL 3). */
export interface Session {
  id: string;
  agentId: string | undefined;
  /** `creating`, `ready`, `failed`, `dead`; others are possible. */
  status: string;
  /** A label for what bring-up is doing; repeats and goes backwards. */
  phase: string | undefined;
  phaseDetail: string | undefined;
  /** May be set while the session is ready; then it is no failure of the session. */
  failureReason: string | undefined;
  sandboxUrl: string | undefined;
  ttyUrl: string | undefined;
  /** One secret of the whole deployment: goes into the upgrade's header and nowhere else. */
  ttyToken: Secret | undefined;
  /** Undefined where the platform does not say. */
  hasTerminal: boolean | undefined;
  /** Milliseconds since the epoch, by the platform's clock. */
  createdAt: number | undefined;
  /** When the platform last counted it as used, by its own clock; terminal traffic does not count. */
  lastSeenAt: number | undefined;
  /** Unused for so long, a session is ended; null: never. Undefined where the platform does not say. */
  idleTimeoutMs: number | null | undefined;
}

/** The sessions that a platform lists. */
export interface SessionList {
  /** Newest first. */
  sessions: Session[];
  /** The platform gave as many as it ever gives, and there is no second page: older ones may exist. */
  full: boolean;
}

const MOST_SESSIONS = 200;

/** Whether it is over with a session; of a status that lap does not know it is not said. */
export function hasEnded({ status }: Pick<Session, "status">): boolean {
  return status === "dead" || status === "failed" || status === "stopped";
}

/**
 * Creates a session. Not idempotent: where the answer is lost, a session may have been made.
 *
 * @returns the session, usually still `creating`.
 */
export async function createSession(
  client: Client,
  agentId: string,
  signal?: AbortSignal,
): Promise<Session> {
  const body = await client.request(`/agents/${segment(agentId)}/session`, {
    method: "POST",
    body: {},
    signal,
    what: "session create",
  });
  return parseSession(client.base, body);
}

/** A session as it is now, or undefined where there is none of that id. `fresh` as for a request. */
export async function getSession(
  client: Client,
  id: string,
  signal?: AbortSignal,
  { fresh = false } = {},
): Promise<Session | undefined> {
  const body = await orMissing(
    client.request(`/sessions/${segment(id)}`, { signal, fresh, what: "session lookup" }),
  );
  return body === undefined ? undefined : parseSession(client.base, body);
}

/** The newest 200 sessions, of all agents or of one. Entries that are no session are passed over. */
export async function listSessions(
  client: Client,
  signal?: AbortSignal,
  { agentId, timeoutMs }: { agentId?: string | undefined; timeoutMs?: number } = {},
): Promise<SessionList> {
  const body = await client.request("/sessions", {
    query: { limit: MOST_SESSIONS, agent_id: agentId },
    signal,
    timeoutMs,
    what: "session list",
  });
  if (!Array.isArray(body)) {
    throw new PlatformUnreachable(
      `${client.base} answered with something that is not a list of sessions`,
    );
  }
  const sessions = body
    // Asked for above; a platform that ignores it must not have other agents' sessions stopped.
    .filter((row) => agentId === undefined || fieldOf(row, "agent_id") === agentId)
    // By the time of creation as PROTOCOL 3 has it, whatever the order on the wire; the rest stays last.
    .map((row) => ({ row, at: time(fieldOf(row, "created_at")) ?? 0 }))
    .sort((a, b) => b.at - a.at)
    // Asked for, too: every token that is met is looked for in all that is printed.
    .slice(0, MOST_SESSIONS)
    .map(({ row }) => readSession(row))
    .filter((session) => session !== undefined);
  return { sessions, full: body.length >= MOST_SESSIONS };
}

/** Until then the request is on its way; its answer would take 15 s or for ever (PROTOCOL 4). */
const TOUCH_MS = 3_000;

/**
 * Counts as use of a session, which the platform would otherwise end when it seems idle: opens its
 * event stream and leaves it again.
 *
 * @throws PlatformUnreachable, ApiError or the signal's reason where the request did not get through.
 */
export async function touchSession(client: Client, id: string, signal: AbortSignal): Promise<void> {
  const sent = AbortSignal.timeout(TOUCH_MS);
  const path = `/sessions/${segment(id)}/stream`;
  try {
    await client.open(path, {
      signal: AbortSignal.any([signal, sent]),
      fresh: true,
      what: "keeping the session",
    });
  } catch (error) {
    signal.throwIfAborted();
    if (!sent.aborted) throw error;
  }
}

/** Deletes a session. Answers false where there was none of that id. */
export async function deleteSession(
  client: Client,
  id: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const path = `/sessions/${segment(id)}`;
  const deleted = client
    .request(path, { method: "DELETE", signal, what: "session stop" })
    .then(() => true);
  return (await orMissing(deleted)) ?? false;
}

/**
 * Gives a session a fresh sandbox, under the same id. Answers only once that is ready, minutes later,
 * which is waited for without end; it goes on where the request is cut (PROTOCOL 4).
 *
 * @throws ApiError: 409 while the session is being created, 502 and 503 with the platform's reason.
 */
export async function restartSession(
  client: Client,
  id: string,
  signal?: AbortSignal,
): Promise<Session> {
  const body = await client.request(`/sessions/${segment(id)}/restart`, {
    method: "POST",
    signal,
    timeoutMs: Infinity,
    what: "session restart",
  });
  return parseSession(client.base, body);
}

function parseSession(base: string, value: unknown): Session {
  const session = readSession(value);
  if (!session) {
    throw new PlatformUnreachable(`${base} answered with something that is not a session`, {
      hint: "Check the URL with `lap config`.",
    });
  }
  return session;
}

function fieldOf(row: unknown, name: string): unknown {
  return ((row ?? {}) as Record<string, unknown>)[name];
}

function readSession(value: unknown): Session | undefined {
  const session = (value ?? {}) as Record<string, unknown>;
  const text = (field: string) => {
    const content = session[field];
    return typeof content === "string" && content !== "" ? content : undefined;
  };
  const id = text("id");
  const token = text("tty_token");
  if (!id) return undefined;
  return {
    id,
    agentId: text("agent_id"),
    status: text("status") ?? "unknown",
    phase: text("phase"),
    phaseDetail: text("phase_detail"),
    failureReason: text("failure_reason"),
    sandboxUrl: text("sandbox_url"),
    ttyUrl: text("tty_url"),
    ttyToken: token === undefined ? undefined : new Secret(token),
    hasTerminal: typeof session.supports_tui === "boolean" ? session.supports_tui : undefined,
    createdAt: time(session.created_at),
    lastSeenAt: time(session.last_seen_at),
    idleTimeoutMs: duration(session.idle_timeout_ms),
  };
}

function time(value: unknown): number | undefined {
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function duration(value: unknown): number | null | undefined {
  if (value === null) return null;
  return typeof value === "number" && value > 0 ? value : undefined;
}
