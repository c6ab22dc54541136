import { type Agent, listAgents } from "../api/agents.ts";
import type { Client } from "../api/client.ts";
import { listSessions } from "../api/sessions.ts";
import { agentLabel } from "../launch/names.ts";
import { renderJson } from "../ui/json.ts";
import { clean } from "../ui/text.ts";
import { renderTable } from "../ui/table.ts";
import { command } from "./command.ts";
import { asking, requireClient } from "./platform.ts";

export default command({
  description: "List the agents of the platform, newest first",
  args: {
    search: {
      type: "string",
      valueHint: "text",
      description: "Only those whose name, id or harness holds this text",
    },
    json: { type: "boolean", description: "Print JSON" },
  },
  examples: [
    "lap agents",
    "lap agents --search claude",
    "lap agents --json | jq -r '.[] | select(.tui) | .name'",
  ],
  async run({ search, json }, context) {
    const client = requireClient(context);
    const agents = await asking(context, client, () =>
      loadAgents(client, { search }, context.signal),
    );
    if (json) {
      const records = agents.map(({ id, name, harness, hasTerminal, running }) => ({
        id,
        name,
        harness,
        tui: hasTerminal,
        running: Number.parseInt(running, 10),
      }));
      context.stdout.write(renderJson(records));
      return;
    }
    if (agents.length === 0) {
      context.log.log(search ? `no agent matches '${search}'` : `no agents on ${client.base}`);
      return;
    }
    const rows = agents.map((agent) => [
      agentLabel(agent),
      clean(agent.harness),
      agent.hasTerminal ? "[tui]" : "[chat]",
      agent.running,
      clean(agent.id).slice(0, SHORT_ID_LENGTH),
    ]);
    const head = ["NAME", "HARNESS", "KIND", "RUNNING", "ID"];
    context.stdout.write(renderTable(head, rows, context.paint));
  },
});

const SHORT_ID_LENGTH = 8;

export type AgentWithCount = Agent & {
  /** Running sandboxes; `1+` where the platform says there are some and not how many. */
  running: string;
};

/** Every agent with the number of its running sandboxes, as far as the platform's 200 newest sessions show it. */
export async function loadAgents(
  client: Client,
  { search }: { search?: string | undefined },
  signal: AbortSignal,
): Promise<AgentWithCount[]> {
  const [agents, { sessions }] = await Promise.all([
    listAgents(client, { search, signal }),
    listSessions(client, signal),
  ]);
  const running = new Map<string, number>();
  for (const { agentId = "", status } of sessions) {
    if (status !== "ready" && status !== "creating") continue;
    running.set(agentId, (running.get(agentId) ?? 0) + 1);
  }
  const wanted = search?.toLowerCase();
  return agents
    .filter(
      ({ id, name, harness }) =>
        !wanted || `${name ?? ""}\n${id}\n${harness}`.toLowerCase().includes(wanted),
    )
    .map((agent) => {
      const count = running.get(agent.id) ?? 0;
      return { ...agent, running: count === 0 && agent.hasActiveSession ? "1+" : `${count}` };
    });
}
