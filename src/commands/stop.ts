import type { Client } from "../api/client.ts";
import { hasEnded, listSessions, type Session } from "../api/sessions.ts";
import { forgetSession } from "../config/sessions.ts";
import type { Context } from "../context.ts";
import { EXIT, LapError, UsageError } from "../errors.ts";
import { parseReference, SessionFinder, shortIds, UnknownSession } from "../launch/find.ts";
import { agentNames, ownerLabel } from "../launch/names.ts";
import { settleAll } from "../launch/parallel.ts";
import { askOne, canPrompt } from "../ui/prompt.ts";
import { renderTable } from "../ui/table.ts";
import { clean } from "../ui/text.ts";
import { command } from "./command.ts";
import { memoryOf, requireClient } from "./platform.ts";
import { agentIdOf, FULL_WORDS } from "./sessions.ts";
import { stopSessions } from "./stopping.ts";

export default command({
  description: "End sessions; what runs in their sandboxes is lost",
  args: {
    session: {
      type: "positional",
      required: false,
      repeated: true,
      description: "Its id, the first characters of it, or the URL of its page",
    },
    all: { type: "boolean", description: "Every session that is alive, after asking" },
    agent: {
      type: "string",
      valueHint: "name",
      description: "With --all: only those of one agent, by its name or id",
    },
    yes: { type: "boolean", description: "With --all: do not ask" },
  },
  examples: [
    "lap stop 6f9619ff",
    "lap stop 6f9619ff 5e551011",
    "lap stop --all --agent refactor-bot",
    "lap stop --all --yes  # in a script",
  ],
  async run({ _: given, all, agent, yes }, context) {
    if (!all && (yes || agent !== undefined)) {
      throw new UsageError(`${yes ? "--yes" : "--agent"} goes with --all`, EXAMPLE);
    }
    if (!all && given.length === 0) throw new UsageError("lap stop needs <session>", EXAMPLE);
    if (all && given.length > 0) {
      throw new UsageError(`--all and '${given[0]}' do not go together`, "Leave one of them out.");
    }
    if (all && !yes && !canPrompt(context)) {
      throw new UsageError("--all asks first, and nobody is there to answer", "Add --yes.");
    }
    const client = requireClient(context);
    if (!all) return stopNamed(context, client, given);
    const { signal } = context;
    const agentId = agent === undefined ? undefined : await agentIdOf(client, agent, signal);
    return stopAlive(context, client, { agentId, unasked: Boolean(yes) });
  },
});

const EXAMPLE = "Example: lap stop 6f9619ff, or lap stop --all. `lap sessions` lists them.";

/** Where one of them fits several sessions nothing is stopped; an unknown one keeps none of the others. */
async function stopNamed(
  context: Context,
  client: Client,
  given: readonly string[],
): Promise<number> {
  const references = given.map((text) => parseReference(text, client.base));
  const finder = new SessionFinder(client, context.signal);
  const found = await settleAll(references, (reference) => finder.find(reference));
  const sessions = new Map<string, Session>();
  const unknown: LapError[] = [];
  for (const [index, result] of found.entries()) {
    if (result.status === "fulfilled") sessions.set(result.value.id, result.value);
    else if (result.reason instanceof UnknownSession) {
      forgetSession(context.home, memoryOf(context, client), references[index]?.id ?? "");
      unknown.push(result.reason);
    } else throw result.reason;
  }
  return stopSessions(context, client, [...sessions.values()], unknown);
}

async function stopAlive(
  context: Context,
  client: Client,
  { agentId, unasked }: { agentId: string | undefined; unasked: boolean },
): Promise<number> {
  const { log, signal } = context;
  const { sessions, full } = await listSessions(client, signal, { agentId });
  const alive = sessions.filter((session) => !hasEnded(session));
  if (full) log.warn(FULL_WORDS);
  if (alive.length === 0) {
    log.log(`no session is alive on ${client.base}`);
    return EXIT.ok;
  }
  if (!unasked && !(await confirm(context, client, alive, sessions))) {
    log.log("nothing was stopped");
    return EXIT.failure;
  }
  return stopSessions(context, client, alive);
}

/** Asks, naming them all: the platform keeps no account of who opened which. */
async function confirm(
  context: Context,
  client: Client,
  alive: readonly Session[],
  listed: readonly Session[],
): Promise<boolean> {
  const names = await agentNames(client, context.signal);
  const short = shortIds(listed.map(({ id }) => id));
  const rows = alive.map((session) => [
    ownerLabel(session, names),
    clean(short.get(session.id) ?? session.id),
    clean(session.status),
  ]);
  context.stderr.write(renderTable(["AGENT", "ID", "STATUS"], rows, (_style, text) => text));
  const [which, them] =
    alive.length === 1 ? ["this session", "it"] : [`these ${alive.length} sessions`, "them"];
  return askOne(context, `Stop ${which} on ${client.base}, whoever opened ${them}?`, [
    { value: false, label: "No" },
    { value: true, label: "Yes", hint: `what runs in ${them} is lost` },
  ]);
}
