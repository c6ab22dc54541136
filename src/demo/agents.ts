import type { Session } from "./sessions.ts";

/** An agent to offer: its listing, and the program that a session of it runs. */
export interface AgentSpec {
  /** Default: a random UUID. */
  id?: string;
  name: string | null;
  harness_id: string;
  /** Default: what the harness implies. Given as undefined, the field is left out (old servers). */
  supports_tui?: boolean | undefined;
  command: string[];
  /** The environment that the program starts from. Default: this process's own. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** More fields of the agent object, or other values for the usual ones. */
  extra?: Record<string, unknown>;
}

/** An agent as this platform keeps it. */
export interface Agent {
  id: string;
  name: string | null;
  harnessId: string;
  /** Whether its sessions have a terminal, whatever the listing says. */
  tui: boolean;
  createdAt: string;
  spec: AgentSpec;
}

/** A page of agents, the shape of GET /agents. */
export interface AgentPage {
  data: Record<string, unknown>[];
  total: number;
  limit: number;
  offset: number;
}

/** The harnesses that the platform drives over a PTY (PROTOCOL 2.1). */
const TUI_HARNESSES = new Set(["claude-code", "codex", "gemini", "hermes"]);

/** Keeps specs as agents; the first given counts as the newest, so a plain list keeps its order. */
export function createAgents(specs: AgentSpec[], now: number): Agent[] {
  return specs.map((spec, index) => ({
    id: spec.id ?? crypto.randomUUID(),
    name: spec.name,
    harnessId: spec.harness_id,
    tui: spec.supports_tui ?? TUI_HARNESSES.has(spec.harness_id),
    createdAt: new Date(now - index).toISOString(),
    spec,
  }));
}

/** GET /agents: bad values of a query fall back in silence (PROTOCOL 2). */
export function listAgents(
  agents: readonly Agent[],
  sessions: readonly Session[],
  query: URLSearchParams,
): AgentPage {
  const limit = Math.min(wholeNumber(query.get("limit"), 1, 50), 200);
  const offset = wholeNumber(query.get("offset"), 0, 0);
  const needle = (query.get("search") ?? "").toLowerCase();
  const found = agents.filter((agent) =>
    [agent.name ?? "", agent.id, agent.harnessId].some((text) =>
      text.toLowerCase().includes(needle),
    ),
  );
  const countOf = Map.groupBy(sessions, (session) => session.agent.id);
  const order = ordering(query.get("sort"), (agent) => countOf.get(agent.id)?.length ?? 0);
  const direction = query.get("order") === "asc" ? 1 : -1;
  found.sort((a, b) => direction * order(a, b));
  const data = found.slice(offset, offset + limit).map((agent) => {
    const own = countOf.get(agent.id) ?? [];
    return {
      ...presentAgent(agent),
      session_count: own.length,
      has_active_session: own.some(({ status }) => status === "ready" || status === "creating"),
      ...agent.spec.extra,
    };
  });
  return { data, total: found.length, limit, offset };
}

/** GET /agents/:id, every field of the platform's own object. */
export function presentAgent(agent: Agent): Record<string, unknown> {
  return {
    id: agent.id,
    name: agent.name,
    model: "local",
    prompt: null,
    harness_id: agent.harnessId,
    supports_tui: "supports_tui" in agent.spec ? agent.spec.supports_tui : agent.tui,
    repo_url: null,
    pfp_url: null,
    branch: "main",
    mcp_servers: [],
    attached_skill_ids: [],
    allow_out: [],
    deny_out: [],
    env_vars: {},
    env_var_hosts: {},
    projects: [],
    preload_memory_limit: 0,
    template_id: null,
    template_prompt: null,
    template_latest_prompt: null,
    template_version: null,
    template_latest_version: null,
    template_in_sync: true,
    created_at: agent.createdAt,
    ...agent.spec.extra,
  };
}

/** A query's number, or what stands in for a missing, broken or too small one. */
export function wholeNumber(text: string | null, least: number, otherwise: number): number {
  const value = text !== null && /^\d+$/.test(text) ? Number(text) : otherwise;
  return value < least ? otherwise : value;
}

type Order = (a: Agent, b: Agent) => number;

function ordering(sort: string | null, sessionCount: (agent: Agent) => number): Order {
  switch (sort) {
    case "name":
      return (a, b) => compare(a.name ?? "", b.name ?? "");
    case "harness_id":
      return (a, b) => compare(a.harnessId, b.harnessId);
    case "sessions":
      return (a, b) => sessionCount(a) - sessionCount(b);
    default:
      return (a, b) => compare(a.createdAt, b.createdAt);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
