import { ApiError, type Client, PlatformUnreachable, segment } from "./client.ts";

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
  const size = first.agents.length;
  if (size === 0) return [];
  if (first.total !== undefined) {
    const pages = Math.min(Math.ceil(first.total / size), MOST_PAGES);
    for (let page = 1; page < pages; page += PAGES_AT_ONCE) {
      const offsets = Array.from(
        { length: Math.min(PAGES_AT_ONCE, pages - page) },
        (_, index) => (page + index) * size,
      );
      for (const next of await Promise.all(offsets.map(fetchPage))) add(next);
    }
    return [...agents.values()];
  }
  // An older platform says no total: go on until a page brings nothing new.
  for (let page = 1; page < MOST_PAGES; page++) {
    if (!add(await fetchPage(page * size))) break;
  }
  return [...agents.values()];
}

/** One agent, or undefined where there is none of that id. */
export async function getAgent(
  client: Client,
  id: string,
  signal?: AbortSignal,
): Promise<Agent | undefined> {
  try {
    return parseAgent(
      await client.request(`/agents/${segment(id)}`, { signal, what: "agent lookup" }),
    );
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

interface Page {
  agents: Agent[];
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
