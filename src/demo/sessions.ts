import type { Agent } from "./agents.ts";
import type { Tty } from "./tty.ts";

/** A step of a session's way up: the phase's name and free text about it. */
export interface Phase {
  phase: string;
  detail?: string | undefined;
}

/** One thing that happened to a session. */
export interface TimelineEvent {
  kind: string;
  at: string;
  title: string;
  detail?: string | undefined;
}

/** Brings a session up: one item per phase; throwing fails the session with that reason. */
export type BringUp = (session: Session) => AsyncIterable<Phase>;

/** A session as this platform keeps it; tests may change it in place. */
export interface Session {
  readonly id: string;
  readonly agent: Agent;
  readonly createdAt: string;
  /** The program's side, opened by the first connection. */
  tty: Tty | undefined;
  status: "creating" | "ready" | "failed" | "dead";
  phase: string | null;
  phaseDetail: string | null;
  failureReason: string | null;
  lastSeenAt: string | null;
  /** What happened to it, oldest first. */
  timeline: TimelineEvent[];
  /** When it failed or died. */
  endedAt: string | null;
  /** Counts bring-ups, so that one which was overtaken (delete, restart) changes nothing. */
  attempt: number;
}

/** A new session's record, in the state that POST answers with. */
export function createSession(agent: Agent): Session {
  const createdAt = new Date().toISOString();
  return {
    id: crypto.randomUUID(),
    agent,
    createdAt,
    tty: undefined,
    status: "creating",
    phase: null,
    phaseDetail: null,
    failureReason: null,
    lastSeenAt: null,
    timeline: [{ kind: "created", at: createdAt, title: "Session created" }],
    endedAt: null,
    attempt: 0,
  };
}

/** The phases of a platform whose sandbox is already there (PROTOCOL 3, "local bypass"). */
export async function* instantBringUp(session: Session): AsyncGenerator<Phase> {
  const program = session.agent.spec.command[0] ?? "";
  if (Bun.which(program) === null) throw new Error(`command not found: ${program}`);
  yield { phase: "waiting_harness" };
  yield { phase: "harness_ready" };
  yield { phase: "cloning_repo" };
}

/** Takes a session from `creating` to `ready` or `failed`; never throws. */
export async function bringUpSession(session: Session, bringUp: BringUp): Promise<void> {
  const attempt = ++session.attempt;
  const overtaken = () => session.status !== "creating" || session.attempt !== attempt;
  try {
    for await (const { phase, detail } of bringUp(session)) {
      if (overtaken()) return;
      session.phase = phase;
      session.phaseDetail = detail ?? null;
      note(session, "phase", phase.replaceAll("_", " "), detail);
    }
    if (overtaken()) return;
    session.phase = "ready";
    session.phaseDetail = null;
    session.status = "ready";
    note(session, "phase", "ready");
    touch(session);
  } catch (error) {
    if (overtaken()) return;
    end(session, "failed");
    session.failureReason = error instanceof Error ? error.message : String(error);
  }
}

/** Keeps in a session's timeline that something happened. */
export function note(session: Session, kind: string, title: string, detail?: string): void {
  session.timeline.push({ kind, at: new Date().toISOString(), title, detail });
}

/** A session is over, for this time. */
export function end(session: Session, status: "failed" | "dead"): void {
  session.status = status;
  session.endedAt = new Date().toISOString();
}

/** Moves `last_seen_at`, which a real platform's idle reaper goes by. */
export function touch(session: Session): void {
  session.lastSeenAt = new Date().toISOString();
}

/** Ends a session's program and waits until it is gone. */
export async function stopProgram(session: Session): Promise<void> {
  const tty = session.tty;
  session.tty = undefined;
  await tty?.stop();
}

/** The session object of the REST answers. */
export function presentSession(
  session: Session,
  platform: { url: string; token: string },
): Record<string, unknown> {
  const { id, agent } = session;
  const reachable = session.status === "ready" && agent.tui;
  return {
    id,
    agent_id: agent.id,
    status: session.status,
    phase: session.phase,
    phase_detail: session.phaseDetail,
    failure_reason: session.failureReason,
    sandbox_url: reachable ? `${platform.url}${sessionPath(id)}` : null,
    harness_session_id: session.status === "ready" && agent.tui ? "tty" : null,
    tty_url: reachable ? `${sessionPath(id)}/tty` : null,
    tty_token: platform.token,
    supports_tui: "supports_tui" in agent.spec ? agent.spec.supports_tui : agent.tui,
    task_arn: null,
    response: null,
    created_at: session.createdAt,
    last_seen_at: session.lastSeenAt,
    // Nothing here ends an idle session.
    idle_timeout_ms: null,
    title_preview: null,
    sandboxes: null,
  };
}

/** Where a session lives on the platform. */
export function sessionPath(id: string): string {
  return `/api/v1/managed_agents/sessions/${id}`;
}
