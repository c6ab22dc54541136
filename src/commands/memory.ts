import type { Client } from "../api/client.ts";
import type { Session } from "../api/sessions.ts";
import { type RememberedSession, rememberedSessions, rememberSession } from "../config/sessions.ts";
import type { Context } from "../context.ts";
import type { AgentName } from "./ending.ts";
import { memoryOf } from "./platform.ts";

/**
 * Has `lap <agent>` return to the session from now on.
 *
 * @param agent undefined: the one that the platform names, if it does.
 */
export function remember(
  context: Context,
  client: Client,
  session: Session,
  agent: AgentName | undefined,
): void {
  const agentId = agent?.id ?? session.agentId;
  if (!agentId) return;
  rememberSession(context.home, memoryOf(context, client), {
    id: session.id,
    agentId,
    agentName: agent?.name ?? null,
    leftAt: context.clock.date(),
  });
}

/** The sessions that `lap <agent>` returns to, newest first. */
export function recall(context: Context, client: Client): RememberedSession[] {
  return rememberedSessions(context.home, memoryOf(context, client));
}

/**
 * Where its agent has no session to return to any more, since this one has ended, that is again the one
 * left before.
 *
 * @param before what `recall` said before this one was remembered.
 */
export function giveBack(
  context: Context,
  client: Client,
  session: Session,
  agent: AgentName,
  before: readonly RememberedSession[],
): void {
  const ofAgent = (kept: RememberedSession) => kept.agentId === agent.id;
  const last = before.find(ofAgent);
  if (!last || last.id === session.id || recall(context, client).some(ofAgent)) return;
  rememberSession(context.home, memoryOf(context, client), last);
}
