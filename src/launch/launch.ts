import type { Agent } from "../api/agents.ts";
import type { Client } from "../api/client.ts";
import { getSession, type Session } from "../api/sessions.ts";
import type { Clock } from "../clock.ts";
import { addHint, Interrupted, LapError } from "../errors.ts";
import { clean, shellWord } from "../ui/text.ts";
import { create, stoppedWaiting } from "./create.ts";
import { SessionEnded, waitUntilReady } from "./ready.ts";
import { AmbiguousAgent, resolveAgent } from "./resolve.ts";

/** Bring-up takes 2-5 s warm and up to 8 minutes cold (PROTOCOL 3). */
export const READY_TIMEOUT_MS = 10 * 60_000;

export interface LaunchOptions {
  /** A name, a UUID, or an agent that was picked. */
  agent: string | Agent;
  /** Sessions left earlier, newest first; none where a new one is wanted. */
  remembered: readonly { id: string; agentId: string; agentName: string | null }[];
  /** For all that is waited for: where the session left last ends meanwhile, a new one has the rest. */
  timeoutMs: number;
  signal: AbortSignal;
  clock: Clock;
  /** Asks which of several agents of one name is meant; absent where nobody can be asked. */
  choose?: (agents: Agent[]) => Promise<Agent>;
  onPhase: (label: string) => void;
  /**
   * Told of a session whose start is waited for: the one left last, or a new one.
   *
   * @param found the answer to the create was lost, and this one found among those of its time. It may
   *   be somebody else's.
   */
  onStarting?: (session: Session, agent: Agent, found: boolean) => void;
  /** Told of the session left last, where it ended while its start was waited for, and why. */
  onEnded?: (session: Session, why: string) => void;
}

export interface Launched {
  agent: Agent;
  session: Session;
  /** True where a session left earlier is returned to. */
  returned: boolean;
}

/**
 * From an agent's name to a ready session: the one last left, while that is ready or becomes so, else a
 * new one. The session last left is asked for while the name is looked up, to save a round trip.
 *
 * @throws LapError; once a session is waited for, the error names it and how to reach or stop it.
 */
export async function launch(client: Client, options: LaunchOptions): Promise<Launched> {
  const { signal, remembered, clock } = options;
  const wanted = options.agent;
  const guess =
    typeof wanted === "string"
      ? remembered.find(({ agentId, agentName }) => agentName === wanted || agentId === wanted)
      : undefined;
  const [agent, guessed] = await Promise.all([
    typeof wanted === "string" ? resolve(client, wanted, options) : wanted,
    guess && lookUp(client, guess.id, signal),
  ]);
  if (!agent.hasTerminal) {
    const harness = `its harness '${clean(agent.harness)}'`;
    throw noTerminal(`agent '${clean(agent.name ?? agent.id)}'`, harness);
  }

  const left = remembered.find(({ agentId }) => agentId === agent.id);
  const before =
    guess && left?.id === guess.id ? guessed : left && (await lookUp(client, left.id, signal));
  const deadline = clock.now() + options.timeoutMs;
  const again = before && (await returnTo(client, agent, before, { ...options, deadline }));
  if (again) return { agent, session: again, returned: true };
  // How long the create itself takes is not counted.
  const timeoutMs = deadline - clock.now();

  const { created, found } = await create(client, agent.id, options);
  options.onStarting?.(created, agent, found);
  try {
    signal.throwIfAborted();
    const ready = await waitUntilReady(client, created, { ...options, timeoutMs });
    return { agent, session: ready, returned: false };
  } catch (error) {
    throw withSessionLeft(error, created.id);
  }
}

/** The session left last, once it is ready; undefined where it has ended. */
async function returnTo(
  client: Client,
  agent: Agent,
  session: Session,
  options: LaunchOptions & { deadline: number },
): Promise<Session | undefined> {
  if (session.status === "ready") return session;
  if (session.status !== "creating") return undefined;
  options.onStarting?.(session, agent, false);
  const onPhase = (label: string) => options.onPhase(`the session you left is starting: ${label}`);
  try {
    return await waitUntilReady(client, session, { ...options, onPhase });
  } catch (error) {
    const late = options.clock.now() >= options.deadline;
    if (!(error instanceof SessionEnded)) {
      const stopped = withSessionLeft(error, session.id);
      // `lap <agent>` alone would wait for the same one again.
      const tell = late && stopped instanceof LapError && !(stopped instanceof Interrupted);
      throw tell ? addHint(stopped, "`lap <agent> --new` opens another instead.") : stopped;
    }
    // A new one would be made that nobody waits for.
    if (late) throw error;
    options.onEnded?.(session, error.message);
    // The create may take long to answer, and the phase of the one that ended would stand there.
    options.onPhase("creating a new session");
    return undefined;
  }
}

async function resolve(client: Client, wanted: string, options: LaunchOptions): Promise<Agent> {
  try {
    return await resolveAgent(client, wanted, options.signal);
  } catch (error) {
    if (error instanceof AmbiguousAgent && options.choose) return options.choose(error.agents);
    throw error;
  }
}

/** A fault in asking about an old session is no reason not to open a new one. */
async function lookUp(
  client: Client,
  id: string,
  signal: AbortSignal,
): Promise<Session | undefined> {
  return getSession(client, id, signal).catch(() => {
    signal.throwIfAborted();
    return undefined;
  });
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
  return addHint(stoppedWaiting(error), sessionLeft(id));
}

/** How to reach and how to end a session that is left. */
export function sessionLeft(id: string): string {
  const word = shellWord(id);
  return `Session ${clean(id)} is still there: \`lap attach ${word}\` reaches it, \`lap stop ${word}\` ends it.`;
}
