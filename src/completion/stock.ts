import { join } from "node:path";
import { readPrivate, writePrivate } from "../config/files.ts";

/** What of an agent, and of a session, is kept for completion: nothing that is secret. */
export interface KnownAgent {
  id: string;
  name: string | null;
  harness: string;
}

export interface KnownSession {
  id: string;
  agentId: string | undefined;
  status: string;
}

/** The names of one platform. */
export interface Stock {
  /** When they were last asked for, answered or not; milliseconds since the epoch. */
  askedAt: number;
  agents: KnownAgent[];
  /** Newest first. */
  sessions: KnownSession[];
}

/** More would be slow to read at every Tab, and of no use in a list. */
const MOST_KEPT = 1_000;
const MOST_PLATFORMS = 4;

/** `~/.lap/completion.json`. Losing it loses nothing. */
export function stockPath(home: string): string {
  return join(home, ".lap", "completion.json");
}

/** The names last heard from a platform; none where the file is missing or broken. */
export function readStock(home: string, base: string): Stock {
  const { askedAt, agents, sessions } = readAll(home)[base] ?? {};
  return {
    askedAt: typeof askedAt === "number" ? askedAt : 0,
    agents: list(agents).filter(isAgent),
    sessions: list(sessions).filter(isSession),
  };
}

/**
 * Keeps a platform's names, and those of the few asked for last.
 *
 * @throws the file system's own error.
 */
export function writeStock(home: string, base: string, stock: Stock): void {
  const others = Object.entries(readAll(home))
    .filter(([other]) => other !== base)
    .sort(([, a], [, b]) => Number(b.askedAt) - Number(a.askedAt))
    .slice(0, MOST_PLATFORMS - 1);
  const own: Stock = {
    askedAt: stock.askedAt,
    agents: stock.agents
      .slice(0, MOST_KEPT)
      .map(({ id, name, harness }) => ({ id, name, harness })),
    sessions: stock.sessions
      .slice(0, MOST_KEPT)
      .map(({ id, agentId, status }) => ({ id, agentId, status })),
  };
  const all = Object.fromEntries([[base, own], ...others]);
  writePrivate(stockPath(home), `${JSON.stringify(all)}\n`, { synced: false });
}

function readAll(home: string): Record<string, Partial<Record<keyof Stock, unknown>>> {
  try {
    const all: unknown = JSON.parse(readPrivate(stockPath(home))?.content ?? "{}");
    const entries = Object.entries((all ?? {}) as Record<string, object>);
    return Object.fromEntries(entries.filter(([, stock]) => typeof stock === "object" && stock));
  } catch {
    return {};
  }
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isAgent(value: unknown): value is KnownAgent {
  const { id, name, harness } = (value ?? {}) as Partial<KnownAgent>;
  const named = name === null || typeof name === "string";
  return typeof id === "string" && named && typeof harness === "string";
}

function isSession(value: unknown): value is KnownSession {
  const { id, status } = (value ?? {}) as Partial<KnownSession>;
  return typeof id === "string" && typeof status === "string";
}
