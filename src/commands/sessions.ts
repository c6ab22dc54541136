import { askingOnce, type Client } from "../api/client.ts";
import type { Context } from "../context.ts";
import { EXIT, Interrupted, UsageError } from "../errors.ts";
import { AmbiguousAgent, resolveAgent } from "../launch/resolve.ts";
import { type Roster, RosterReader } from "../launch/roster.ts";
import type { Terminal } from "../term/terminal.ts";
import { renderJson } from "../ui/json.ts";
import { showLive } from "../ui/live.ts";
import { shellWord } from "../ui/text.ts";
import { command } from "./command.ts";
import { routerOf } from "./network.ts";
import { asking, requireClient } from "./platform.ts";
import { platformEnv } from "./saved.ts";
import { record, renderRoster } from "./roster.ts";

const WATCH_INTERVAL_MS = 2_000;
/** Of an agent's name in a live view: a window is narrow, and what changes stands behind it. */
const NAME_COLUMNS = 24;

export default command({
  description: "List the sessions that are alive, newest first; also `lap ps`",
  args: {
    all: { type: "boolean", description: "Those that have ended as well" },
    agent: { type: "string", valueHint: "name", description: "Only those of one agent, or its id" },
    json: { type: "boolean", description: "Print JSON" },
    watch: { type: "boolean", description: "Keep looking; q or Ctrl-C ends it" },
  },
  examples: [
    "lap sessions",
    "lap sessions --all --agent refactor-bot",
    "lap sessions --watch",
    "lap sessions --json | jq -r '.[] | select(.idle_ms > 600000) | .id' | xargs lap stop",
  ],
  async run({ all, agent, json, watch }, context) {
    if (watch && json) throw new UsageError("--watch does not go with --json", WATCH_HINT);
    const terminal = watch ? context.openTerminal() : undefined;
    if (watch && !terminal) throw new UsageError("--watch needs a terminal", WATCH_HINT);
    const client = requireClient(context);
    const { clock, signal } = context;
    const env = platformEnv(context);
    const agentId = agent === undefined ? undefined : await agentIdOf(client, agent, signal);
    const router = routerOf(context);
    const reader = new RosterReader(terminal ? askingOnce(client) : client, {
      agentId,
      all: Boolean(all),
      env,
      clock,
      router,
    });
    if (terminal) return watchRoster(context, client, reader, terminal);
    const roster = await asking(context, client, () => reader.read(signal));
    printRoster(context, client, roster, { json, all });
    return EXIT.ok;
  },
});

const WATCH_HINT = "In a script, repeat `lap sessions --json`.";

/**
 * The id of an agent that a flag names.
 *
 * @throws UsageError where several have that name, UnknownAgent where none has.
 */
export async function agentIdOf(
  client: Client,
  wanted: string,
  signal: AbortSignal,
): Promise<string> {
  try {
    return (await resolveAgent(client, wanted, signal)).id;
  } catch (error) {
    if (!(error instanceof AmbiguousAgent)) throw error;
    const ids = error.agents.map(({ id }) => `--agent ${shellWord(id)}`);
    throw new UsageError(error.message, ["Give the id of one of them:", ...ids].join("\n"));
  }
}

function printRoster(
  { stdout, log, paint }: Context,
  { base }: Client,
  roster: Roster,
  { json, all }: { json?: boolean | undefined; all?: boolean | undefined },
): void {
  if (json) stdout.write(renderJson(roster.entries.map(record)));
  else if (roster.entries.length > 0) stdout.write(renderRoster(roster, paint));
  else
    log.log(all ? `no sessions on ${base}` : `no session is alive on ${base}${endedWords(roster)}`);
  if (roster.full) log.warn(FULL_WORDS);
}

/** For a list that is as long as the platform's lists can be. */
export const FULL_WORDS =
  "the platform lists no more than the newest 200 sessions; there may be older ones";

function endedWords({ ended }: Roster): string {
  return ended > 0 ? `; \`lap sessions --all\` lists ${ended} more that ended` : "";
}

async function watchRoster(
  context: Context,
  client: Client,
  reader: RosterReader,
  terminal: Terminal,
): Promise<number> {
  const { clock, signal, stdout } = context;
  let table: string[] = [];
  const look = async (looking: AbortSignal) => {
    const roster = await reader.read(looking);
    table = renderRoster(roster, context.paint, NAME_COLUMNS).trimEnd().split("\n");
    const { length } = roster.entries;
    const count = `${length}${roster.full ? " or more" : ""} session${length === 1 ? "" : "s"}`;
    const time = new Date(clock.date()).toTimeString().slice(0, 8);
    return [context.paint("dim", `${count} on ${client.base}  ${time}  q ends`), "", ...table];
  };
  // A platform that cannot be asked at all is said in the ordinary way.
  const first = await look(signal);
  try {
    await showLive({ terminal, clock, signal, everyMs: WATCH_INTERVAL_MS, first, look });
  } catch (error) {
    // Ctrl-C is how a live view is ended.
    if (!(error instanceof Interrupted && error.signal === "SIGINT")) throw error;
  }
  // What was seen last stays: its ids are about to be typed.
  stdout.write(`${table.join("\n")}\n`);
  return EXIT.ok;
}
