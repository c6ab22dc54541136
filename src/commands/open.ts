import type { Agent } from "../api/agents.ts";
import type { Client } from "../api/client.ts";
import type { Session } from "../api/sessions.ts";
import { checkStreams } from "../attach/streams.ts";
import { forgetSession } from "../config/sessions.ts";
import type { Context } from "../context.ts";
import { addHint, Interrupted, LapError, UsageError } from "../errors.ts";
import { launch, type Launched, READY_TIMEOUT_MS } from "../launch/launch.ts";
import { agentLabel } from "../launch/names.ts";
import { SessionEnded } from "../launch/ready.ts";
import { UnknownAgent } from "../launch/resolve.ts";
import { nearest } from "../ui/nearest.ts";
import { startProgress } from "../ui/progress.ts";
import { askOne, canPrompt } from "../ui/prompt.ts";
import { clean, shellWord } from "../ui/text.ts";
import { loadAgents } from "./agents.ts";
import { command } from "./command.ts";
import { COMMANDS } from "./index.ts";
import {
  beforeJoining,
  join,
  JOIN_ARGS,
  joinWishes,
  type JoinWishes,
  NoTerminal,
  requireTerminal,
} from "./join.ts";
import { keepOrStop } from "./keep.ts";
import { isLink } from "./link.ts";
import { login } from "./login.ts";
import { giveBack, recall, remember } from "./memory.ts";
import { noting } from "./noting.ts";
import {
  asking,
  clientFor,
  findCredentials,
  memoryOf,
  requireClient,
  waitingFor,
} from "./platform.ts";

export default command({
  description: "Open an agent's sandbox in this terminal, or return to the session you left there",
  args: {
    name: {
      type: "positional",
      valueHint: "agent",
      required: false,
      description: "The agent's name or id; without one, choose from a list",
    },
    agent: { type: "string", valueHint: "name", description: "The same, as a flag" },
    new: { type: "boolean", description: "Make a new session, whatever was left" },
    timeout: {
      type: "string",
      valueHint: "seconds",
      description: "How long to wait for the sandbox (600)",
    },
    tty: {
      type: "boolean",
      default: true,
      negativeDescription:
        "Join stdin and stdout as they are, until 1 s of silence after stdin's end (10 s before any answer)",
    },
    ...JOIN_ARGS,
  },
  examples: [
    "lap refactor-bot  # open it, or return to it",
    "lap open login  # an agent that is called like a command",
    "lap refactor-bot --new --timeout 60",
    "echo ls | lap refactor-bot --no-tty",
    "lap refactor-bot --no-tty < <(echo 'make; exit'; sleep 1h)  # until the program's own end",
  ],
  async run(args, context) {
    if (args.name && args.agent) {
      throw new UsageError(
        `two agents are named: '${args.name}' and '${args.agent}'`,
        "Leave one of them out.",
      );
    }
    if (args.name && isLink(args.name)) {
      throw new UsageError(
        "that is the link of a session, not the name of an agent",
        `\`lap attach ${shellWord(args.name)}\` returns to it.`,
      );
    }
    const options = {
      fresh: Boolean(args.new),
      timeoutMs: parseTimeout(args.timeout),
      ...joinWishes(args, context),
      tty: args.tty,
    };
    const wanted = args.name ?? args.agent;
    const client = wanted ? requireClient(context) : await clientOrLogin(context);
    try {
      return await openAgent(context, client, wanted ?? pickAgent, options);
    } catch (error) {
      throw orCommand(error, args.name);
    }
  },
});

/** A mistyped command is taken for an agent: then the nearest command is named as well. */
function orCommand(error: unknown, typed: string | undefined): unknown {
  if (!typed || !(error instanceof UnknownAgent || error instanceof NoTerminal)) return error;
  const [close] = nearest(typed, Object.keys(COMMANDS), 1);
  return close ? addHint(error, `The nearest command is \`lap ${close}\`.`) : error;
}

export interface OpenOptions extends JoinWishes {
  /** Make a new session, whatever was left. */
  fresh: boolean;
  timeoutMs: number;
  /** False: join stdin and stdout as they are. */
  tty: boolean;
}

/**
 * From an agent, or a way to choose one, to the end of its session in this terminal.
 *
 * @returns the exit code.
 */
export async function openAgent(
  context: Context,
  client: Client,
  wanted: string | ((context: Context, client: Client) => Promise<Agent>),
  { fresh, timeoutMs, tty, ...wishes }: OpenOptions,
): Promise<number> {
  const terminal = tty ? requireTerminal(context) : undefined;
  if (!tty) checkStreams(context.stdin, context.stdout);
  const agent = typeof wanted === "string" ? wanted : await wanted(context, client);
  const progress = startProgress(context.stderr, context.clock, waitingFor(client.base));
  let left = recall(context, client);
  let starting: { session: Session; agent: Agent; found: boolean } | undefined;
  let ended: string | undefined;
  const sayBefore = () => {
    progress.done();
    if (ended) context.log.warn(`the session you left did not come up: ${clean(ended)}`);
    if (!starting?.found) return;
    const id = clean(starting.session.id);
    context.log.warn(`the answer to the create was lost; found session ${id}`);
  };
  let launched: Launched;
  try {
    launched = await beforeJoining(terminal, () =>
      launch(client, {
        agent,
        remembered: fresh ? [] : left,
        timeoutMs,
        signal: context.signal,
        clock: context.clock,
        onPhase: noting(context, progress.update),
        // At once: a lap that is killed should not make a second one the next time, nor go back to
        // what is perhaps somebody else's.
        onStarting(session, agent, found) {
          starting = { session, agent, found };
          if (!found) remember(context, client, session, agent);
        },
        onEnded(session, why) {
          starting = undefined;
          ended = why;
          left = left.filter(({ id }) => id !== session.id);
          forgetSession(context.home, memoryOf(context, client), session.id);
        },
        ...(canPrompt(context) ? { choose: (agents) => chooseAgent(context, agents) } : {}),
      }),
    );
  } catch (error) {
    sayBefore();
    if (!starting) throw error;
    const { session, agent } = starting;
    if (error instanceof SessionEnded) {
      forgetSession(context.home, memoryOf(context, client), session.id);
    }
    const end =
      error instanceof Interrupted ? await keepOrStop(context, client, session, error) : error;
    giveBack(context, client, session, agent, left);
    throw end;
  }
  sayBefore();
  const id = clean(launched.session.id);
  if (launched.returned) context.log.log(`returning to session ${id}`);
  return join(context, { client, terminal, ...wishes, ...launched });
}

async function clientOrLogin(context: Context): Promise<Client> {
  const credentials = findCredentials(context);
  if (credentials || !canPrompt(context)) return requireClient(context);
  return clientFor(context, await login(context, {}));
}

/** Lets the person pick among the agents that have a terminal, those with a running sandbox first. */
async function pickAgent(context: Context, client: Client): Promise<Agent> {
  if (!canPrompt(context)) {
    throw new UsageError("no agent is named", "Example: lap refactor-bot. `lap agents` lists all.");
  }
  const all = await asking(context, client, () => loadAgents(client, {}, context.signal));
  const agents = all.filter(({ hasTerminal }) => hasTerminal);
  if (agents.length === 0) {
    throw new LapError("there is no agent with a terminal on this platform", {
      hint: "Make one on the platform's web page, with the harness claude-code, codex, gemini or hermes.",
    });
  }
  agents.sort((a, b) => Number(b.running !== "0") - Number(a.running !== "0"));
  return askOne(
    context,
    "Open which agent?",
    agents.map((agent) => ({
      value: agent,
      label: agent.running === "0" ? agentLabel(agent) : `${agentLabel(agent)} ● running`,
      hint: clean(agent.harness),
    })),
  );
}

function chooseAgent(context: Context, agents: Agent[]): Promise<Agent> {
  return askOne(
    context,
    "Several agents have this name. Which one?",
    agents.map((agent) => ({
      value: agent,
      label: `${agentLabel(agent)}  ${clean(agent.id)}`,
      hint: clean(agent.harness),
    })),
  );
}

function parseTimeout(text: string | undefined): number {
  if (text === undefined) return READY_TIMEOUT_MS;
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 86_400)) {
    throw new UsageError(
      `--timeout '${text}' is not a number of seconds`,
      "Example: --timeout 120. At most a day.",
    );
  }
  return seconds * 1000;
}
