import { join } from "node:path";
import { changePrivate } from "./change.ts";
import { readPrivate } from "./files.ts";

/** A session that was left, as `lap <agent>` finds it again. */
export interface RememberedSession {
  id: string;
  agentId: string;
  /** The name it was opened by, so that it can be asked for while the name is still looked up. */
  agentName: string | null;
  /** Milliseconds since the epoch. */
  leftAt: number;
}

/** A person is on the way into a session, or out of it. */
const PATIENCE_MS = 500;

type State = Record<string, unknown> & {
  sessions?: Record<string, Record<string, RememberedSession>>;
};

// Forgetting the oldest keeps the file small for people who open thousands of agents.
const MOST_PER_PLATFORM = 500;

/** `~/.lap/state.json`: per platform, per agent, the session last left. Losing it loses no work. */
export function statePath(home: string): string {
  return join(home, ".lap", "state.json");
}

/** The sessions last left on a platform, newest first. A broken file reads as empty. */
export function rememberedSessions(home: string, base: string): RememberedSession[] {
  try {
    return sessionsOf(parseState(readPrivate(statePath(home))?.content), base);
  } catch {
    return [];
  }
}

/**
 * Remembers the session for its agent, whose name is kept where it is not known this time. Failing to
 * is not worth stopping for: answers whether it was kept.
 */
export function rememberSession(home: string, base: string, session: RememberedSession): boolean {
  return changeState(home, base, (kept) => {
    const before = kept.find(({ agentId }) => agentId === session.agentId);
    const agentName = session.agentName ?? before?.agentName ?? null;
    return [{ ...session, agentName }, ...kept.filter((other) => other !== before)];
  });
}

/** Forgets a session that has ended. */
export function forgetSession(home: string, base: string, id: string): boolean {
  if (!rememberedSessions(home, base).some((session) => session.id === id)) return true;
  return changeState(home, base, (kept) => kept.filter((session) => session.id !== id));
}

function changeState(
  home: string,
  base: string,
  change: (kept: RememberedSession[]) => RememberedSession[],
): boolean {
  try {
    changePrivate(
      home,
      statePath(home),
      (content) => {
        const state = parseState(content);
        const kept = change(sessionsOf(state, base)).slice(0, MOST_PER_PLATFORM);
        const sessions = {
          ...state.sessions,
          [base]: Object.fromEntries(kept.map((session) => [session.agentId, session])),
        };
        return `${JSON.stringify({ ...state, sessions }, null, 2)}\n`;
      },
      // It is written on the way into a session, and holds nothing that cannot be found again.
      { synced: false, patienceMs: PATIENCE_MS },
    );
    return true;
  } catch {
    return false;
  }
}

function sessionsOf(state: State, base: string): RememberedSession[] {
  const sessions = Object.values(state.sessions?.[base] ?? {});
  return sessions.filter(isRemembered).sort((a, b) => b.leftAt - a.leftAt);
}

function parseState(content = "{}"): State {
  try {
    const state: unknown = JSON.parse(content);
    return typeof state === "object" && state !== null ? (state as State) : {};
  } catch {
    return {};
  }
}

function isRemembered(value: unknown): value is RememberedSession {
  const session = value as Partial<RememberedSession> | null;
  return (
    typeof session?.id === "string" &&
    typeof session.agentId === "string" &&
    typeof session.leftAt === "number"
  );
}
