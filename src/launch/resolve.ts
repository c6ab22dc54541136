import { type Agent, getAgent, listAgents } from "../api/agents.ts";
import type { Client } from "../api/client.ts";
import { EXIT, LapError } from "../errors.ts";
import { isUuid } from "../net/url.ts";
import { nearest } from "../ui/nearest.ts";
import { clean, shellWord } from "../ui/text.ts";

/** Several agents carry the name that was asked for; names are not unique. */
export class AmbiguousAgent extends LapError {
  readonly agents: Agent[];

  constructor(name: string, agents: Agent[]) {
    super(`${agents.length} agents are named '${name}'`, {
      hint: ["Open one by its id:", ...agents.map(({ id }) => `  lap ${shellWord(id)}`)].join("\n"),
      exitCode: EXIT.usage,
    });
    this.agents = agents;
  }
}

/** Nobody carries the name that was asked for. */
export class UnknownAgent extends LapError {}

/**
 * The agent that a person means by a name or an id. A name is matched exactly, over all pages of the
 * server's search (all agents, where the server ignores `search`), and goes before an id.
 *
 * @throws AmbiguousAgent for a name that several carry, UnknownAgent with the nearest names for one
 *   that nobody carries.
 */
export async function resolveAgent(
  client: Client,
  wanted: string,
  signal?: AbortSignal,
): Promise<Agent> {
  if (isUuid(wanted)) {
    const agent = await getAgent(client, wanted, signal);
    if (agent) return agent;
  }
  const found = await listAgents(client, { search: wanted, signal, what: "agent lookup" });
  const matches = found.filter(({ name }) => name === wanted);
  if (matches.length > 1) throw new AmbiguousAgent(wanted, matches);
  const match = matches[0] ?? found.find(({ id }) => id === wanted);
  if (match) return match;
  const all = await listAgents(client, { signal, what: "agent lookup" });
  const names = all.map(({ name }) => name).filter((name) => name !== null);
  throw new UnknownAgent(`no agent named '${wanted}'.`, { hint: suggestion(wanted, names) });
}

function suggestion(wanted: string, names: string[]): string {
  if (names.length === 0) return "There are no named agents here; `lap config` shows the platform.";
  const close = nearest(wanted, names);
  return close.length > 0
    ? `Did you mean ${close.map((name) => `'${clean(name)}'`).join(" or ")}? \`lap agents\` lists all.`
    : "`lap agents` lists all; `lap config` shows the platform.";
}
