import type { Client } from "../api/client.ts";
import { isAnswerLost } from "../api/faults.ts";
import { createSession, type Session } from "../api/sessions.ts";
import type { Clock } from "../clock.ts";
import { addHint, Interrupted, type LapError } from "../errors.ts";
import { clean } from "../ui/text.ts";
import { findLost } from "./lost.ts";

/** How long an interrupted create may take to answer: without that nobody knows what is left. */
const CREATE_GRACE_MS = 2_000;

export interface CreateOptions {
  clock: Clock;
  signal: AbortSignal;
  onPhase: (label: string) => void;
}

/**
 * Creates a session. One whose answer is lost is found again where exactly one fits; interrupted, lap
 * waits for the answer a little.
 *
 * @throws LapError with what may be left, where nobody knows.
 */
export async function create(
  client: Client,
  agentId: string,
  options: CreateOptions,
): Promise<{ created: Session; found: boolean }> {
  const { signal, clock } = options;
  signal.throwIfAborted();
  const late = new AbortController();
  let cancel = () => {};
  const onAbort = () => {
    cancel = clock.after(CREATE_GRACE_MS, () => late.abort(signal.reason));
  };
  signal.addEventListener("abort", onAbort);
  const sentAt = clock.now();
  try {
    return { created: await createSession(client, agentId, late.signal), found: false };
  } catch (error) {
    if (!(error instanceof Interrupted) && !isAnswerLost(error)) throw error;
    return {
      created: await recover(client, agentId, error as LapError, { ...options, sentAt }),
      found: true,
    };
  } finally {
    signal.removeEventListener("abort", onAbort);
    cancel();
  }
}

/**
 * The session of a create whose answer was lost.
 *
 * @throws the loss itself, with what may be left, where not exactly one session fits.
 */
async function recover(
  client: Client,
  agentId: string,
  lost: LapError,
  { signal, clock, sentAt, onPhase }: CreateOptions & { sentAt: number },
): Promise<Session> {
  onPhase("the answer was lost; looking whether there is a session");
  // Interrupted, lap still looks: nobody should leave a sandbox behind without a word about it.
  const hurriedly = () => findLost(client, agentId, { clock, sentAt, hurried: true });
  const found = signal.aborted
    ? await hurriedly()
    : await findLost(client, agentId, { clock, sentAt, signal }).catch(hurriedly);
  const [session, ...others] = found ?? [];
  if (session && others.length === 0) return session;
  const interrupted: unknown = signal.reason;
  throw addHint(
    stoppedWaiting(interrupted instanceof Interrupted ? interrupted : lost),
    maybeLeft(found),
  );
}

function maybeLeft(found: readonly Session[] | undefined): string {
  if (!found) {
    return "A session may have been created all the same; `lap sessions` lists those that run.";
  }
  if (found.length === 0) {
    return "No session of it is listed so far; `lap sessions` shows whether one comes all the same.";
  }
  const ids = found.map(({ id }) => clean(id)).join(", ");
  return `It may have created one of these, made at the same time: ${ids}. \`lap attach <session>\` reaches one, \`lap stop <session>\` ends it.`;
}

/** An interrupt, in words; other errors have their own. */
export function stoppedWaiting(error: LapError): LapError {
  return error instanceof Interrupted ? new Interrupted(error.signal, "stopped waiting") : error;
}
