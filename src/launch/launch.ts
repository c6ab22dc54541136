import type { Agent } from "../api/agents.ts";
import { type Client, PlatformUnreachable } from "../api/client.ts";
import { createSession, getSession, type Session } from "../api/sessions.ts";
import type { Clock } from "../clock.ts";
import { addHint, Interrupted, LapError } from "../errors.ts";
import { clean } from "../ui/text.ts";
import { SessionEnded, waitUntilReady } from "./ready.ts";
import { AmbiguousAgent, resolveAgent } from "./resolve.ts";

/** Bring-up takes 2-5 s warm and up to 8 minutes cold (PROTOCOL 3). */
export const READY_TIMEOUT_MS = 10 * 60_000;

export interface LaunchOptions {
  /** A name, a UUID, or an agent that was picked. */
  agent: string | Agent;
  /** Sessions left earlier, newest first; none where a new one is wanted. */
  remembered: readonly { id: string; agentId: string; agentName: string | null }[];
  timeoutMs: number;
  signal: AbortSignal;
  clock: Clock;
  /** Asks which of several agents of one name is meant; absent where nobody can be asked. */
  choose?: (agents: Agent[]) => Promise<Agent>;
  onPhase: (label: string) => void;
}

export interface Launched {
  agent: Agent;
  session: Session;
  /** True where a session left earlier is returned to. */
  returned: boolean;
}

/**
 * From an agent's name to a ready session: the one last left, while that is still ready, else a new
 * one. The session last left is asked for while the name is looked up, to save a round trip.
 *
 * @throws LapError; once a session was created, the error names it and how to reach or stop it.
 */
export async function launch(client: Client, options: LaunchOptions): Promise<Launched> {
  const { signal, remembered } = options;
  const wanted = options.agent;
  const guess =
    typeof wanted === "string"
      ? remembered.find(({ agentId, agentName }) => agentName === wanted || agentId === wanted)
      : undefined;
  const [agent, guessed] = await Promise.all([
    typeof wanted === "string" ? resolve(client, wanted, options) : wanted,
    guess && stillReady(client, guess.id, signal),
  ]);
  if (!agent.hasTerminal) {
    const harness = `its harness '${clean(agent.harness)}'`;
    throw noTerminal(`agent '${clean(agent.name ?? agent.id)}'`, harness);
  }

  const left = remembered.find(({ agentId }) => agentId === agent.id);
  const session =
    guess && left?.id === guess.id ? guessed : left && (await stillReady(client, left.id, signal));
  if (session) return { agent, session, returned: true };

  const created = await create(client, agent, options);
  try {
    signal.throwIfAborted();
    return { agent, session: await waitUntilReady(client, created, options), returned: false };
  } catch (error) {
    throw withSessionLeft(error, created.id);
  }
}

/** How long an interrupted create may take to answer: without that nobody knows what is left. */
const CREATE_GRACE_MS = 2_000;

async function create(
  client: Client,
  agent: Agent,
  { signal, clock }: LaunchOptions,
): Promise<Session> {
  signal.throwIfAborted();
  const late = new AbortController();
  let cancel = () => {};
  const onAbort = () => {
    cancel = clock.after(CREATE_GRACE_MS, () => late.abort(signal.reason));
  };
  signal.addEventListener("abort", onAbort);
  try {
    return await createSession(client, agent.id, late.signal);
  } catch (error) {
    const unknown = error instanceof Interrupted || error instanceof PlatformUnreachable;
    throw unknown ? addHint(named(error), MAYBE_LEFT) : error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    cancel();
  }
}

const MAYBE_LEFT =
  "A session may have been created all the same; `lap agents` counts those that run.";

async function resolve(client: Client, wanted: string, options: LaunchOptions): Promise<Agent> {
  try {
    return await resolveAgent(client, wanted, options.signal);
  } catch (error) {
    if (error instanceof AmbiguousAgent && options.choose) return options.choose(error.agents);
    throw error;
  }
}

/** A fault in asking about an old session is no reason not to open a new one. */
async function stillReady(
  client: Client,
  id: string,
  signal: AbortSignal,
): Promise<Session | undefined> {
  const session = await getSession(client, id, signal).catch(() => {
    signal.throwIfAborted();
    return undefined;
  });
  return session?.status === "ready" ? session : undefined;
}

/** For what is talked to over messages, not in a terminal. */
export function noTerminal(subject: string, chat: string): LapError {
  return new LapError(`${subject} has no terminal: ${chat} is a chat`, {
    hint: "lap opens agents marked [tui] in `lap agents`; use the platform's web page for this one.",
  });
}

/** Nobody should leave a sandbox behind without a word about it. */
export function withSessionLeft(error: unknown, id: string): unknown {
  if (!(error instanceof LapError) || error instanceof SessionEnded) return error;
  const left = `Session ${id} is still there: \`lap attach ${id}\` reaches it, \`lap stop ${id}\` ends it.`;
  return addHint(named(error), left);
}

function named(error: LapError): LapError {
  return error instanceof Interrupted ? new Interrupted(error.signal, "stopped waiting") : error;
}
