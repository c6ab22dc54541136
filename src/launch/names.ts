import { type Agent, listAgents } from "../api/agents.ts";
import type { Client } from "../api/client.ts";
import type { Session } from "../api/sessions.ts";
import { clean } from "../ui/text.ts";

/** What agents are called, by their id. */
export type AgentNames = ReadonlyMap<string, string | null>;

/** The names of all agents; they are not unique, and may be null. */
export async function agentNames(client: Client, signal: AbortSignal): Promise<AgentNames> {
  const agents = await listAgents(client, { signal });
  return new Map(agents.map(({ id, name }) => [id, name]));
}

/** An agent's name as it is listed; nameless ones are shown as that. */
export function agentLabel({ name }: Pick<Agent, "name">): string {
  if (name === null) return "(no name)";
  return clean(name) || "(blank name)";
}

/** Whose session it is, as it is listed; an agent that nobody lists is shown by its id. */
export function ownerLabel({ agentId }: Pick<Session, "agentId">, names: AgentNames): string {
  if (agentId === undefined) return "(unknown)";
  const name = names.get(agentId);
  return name === undefined ? `(agent ${clean(agentId).slice(0, 8)})` : agentLabel({ name });
}
