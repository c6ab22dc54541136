import { type Client, orMissing, segment } from "./client.ts";
import { PlatformUnreachable } from "./errors.ts";

/** What lap keeps of an agent. `env_vars` holds secrets in clear and is never read (PROTOCOL 2). */
export interface Agent {
  id: string;
  /** Not unique, and may be null. */
  name: string | null;
  harness: string;
  /** Whether its sandbox has a terminal. */
  hasTerminal: boolean;
  /** True when any session is ready or creating; undefined where the platform does not say. */
  hasActiveSession: boolean | undefined;
}

// Platforms that do not send `supports_tui` are told apart by harness (PROTOCOL 2.1).
const TERMINAL_HARNESSES = new Set(["claude-code", "codex", "gemini", "hermes"]);

const PAGE_SIZE = 200; // the most a platform gives
const PAGES_AT_ONCE = 4;
/** Ends the paging of a platform which never runs out. */
const MOST_PAGES = 1_000;

interface ListOptions {
  /** The server's substring search; a server may ignore it. */
  search?: string | undefined;
  signal?: AbortSignal | undefined;
  /** The subject of a failure. */
  what?: string;
}

/**
 * Every agent, newest first, over all pages. Pages are asked for in parallel once the first has
 * said how many there are; agents that moved between pages meanwhile are kept once.
 */
export async function listAgents(client: Client, options: ListOptions = {}): Promise<Agent[]> {
  const agents = new Map<string, Agent>();
  const fetchPage = async (offset: number) =>
    parsePage(
      client.base,
      await client.request("/agents", {
        query: { limit: PAGE_SIZE, offset: offset || undefined, search: options.search },
        signal: options.signal,
        what: options.what ?? "agent list",
      }),
    );
  const add = (page: Page) => {
    const before = agents.size;
    for (const agent of page.agents) agents.set(agent.id, agent);
    return agents.size > before;
  };

  const first = await fetchPage(0);
  add(first);
  const { size, total } = first;
  if (size === 0) return [];
  // An older platform says no total: its pages are asked for one by one.
  const atOnce = total === undefined ? 1 : PAGES_AT_ONCE;
  const pages = total === undefined ? MOST_PAGES : Math.min(Math.ceil(total / size), MOST_PAGES);
  for (let page = 1; page < pages; page += atOnce) {
    const offsets = Array.from(
      { length: Math.min(atOnce, pages - page) },
      (_, index) => (page + index) * size,
    );
    const added = (await Promise.all(offsets.map(fetchPage))).map(add);
    // Nothing new: its end, or a platform which ignores the offset.
    if (!added.includes(true)) break;
  }
  return [...agents.values()];
}

/** One agent, or undefined where there is none of that id. */
export async function getAgent(
  client: Client,
  id: string,
  signal?: AbortSignal,
): Promise<Agent | undefined> {
  return parseAgent(
    await orMissing(client.request(`/agents/${segment(id)}`, { signal, what: "agent lookup" })),
  );
}

interface Page {
  agents: Agent[];
  /** How many entries it had, readable or not. */
  size: number;
  total: number | undefined;
}

function parsePage(base: string, body: unknown): Page {
  const { data, total } = (body ?? {}) as { data?: unknown; total?: unknown };
  if (!Array.isArray(data)) {
    throw new PlatformUnreachable(`${base} answered with something that is not a list of agents`, {
      hint: "Check the URL with `lap config`.",
    });
  }
  return {
    agents: data.map(parseAgent).filter((agent) => agent !== undefined),
    size: data.length,
    total: Number.isInteger(total) ? (total as number) : undefined,
  };
}

function parseAgent(value: unknown): Agent | undefined {
  const agent = (value ?? {}) as Record<string, unknown>;
  if (typeof agent.id !== "string" || agent.id === "") return undefined;
  const harness = typeof agent.harness_id === "string" ? agent.harness_id : "";
  return {
    id: agent.id,
    name: typeof agent.name === "string" ? agent.name : null,
    harness,
    hasTerminal:
      typeof agent.supports_tui === "boolean"
        ? agent.supports_tui
        : TERMINAL_HARNESSES.has(harness),
    hasActiveSession:
      typeof agent.has_active_session === "boolean" ? agent.has_active_session : undefined,
  };
}
