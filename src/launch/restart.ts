import { askingOnce, type Client } from "../api/client.ts";
import { ApiError } from "../api/errors.ts";
import { isAnswerLost, isPassing } from "../api/faults.ts";
import { getSession, restartSession, type Session } from "../api/sessions.ts";
import type { Clock } from "../clock.ts";
import { addHint, Interrupted, LapError } from "../errors.ts";
import { clean, formatDuration, shellWord } from "../ui/text.ts";
import { explainStart } from "./explain.ts";
import { ended, phaseWords, pollDelay, SessionEnded } from "./ready.ts";

export interface RestartOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Told at every poll what is being done. */
  onPhase: (label: string) => void;
}

export interface Restarted {
  session: Session;
  /** False where it was being started already, by somebody else or by the platform. */
  asked: boolean;
}

/** The platform's own bounds are 600 s for the pod and 600 s for the program in it (PROTOCOL 3). */
const OVERDUE_MS = 30 * 60_000;
/** How long the platform may be out of reach meanwhile. */
const OUTAGE_MS = 120_000;
/** How long a restart whose answer was lost may take to show in the session. */
const BEGIN_MS = 10_000;

/**
 * Gives a session a fresh sandbox and waits until that is ready, which takes minutes. The platform
 * answers at the end of that, if nothing on the way cuts the request off; so the session is polled
 * meanwhile. One that is being started already is waited for, and restarted only where that fails.
 *
 * @throws LapError with the platform's reason where it fails; Interrupted with the word that the
 *   restart goes on by itself.
 */
export async function restart(
  client: Client,
  before: Session,
  options: RestartOptions,
): Promise<Restarted> {
  const cut = new AbortController();
  const signal = AbortSignal.any([options.signal, cut.signal]);
  try {
    return await watch(client, before, { ...options, signal });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    const left = `It goes on by itself: \`lap attach ${shellWord(before.id)}\` waits for the session and joins it.`;
    throw new Interrupted(error.signal, "stopped waiting for the restart", left);
  } finally {
    cut.abort();
  }
}

async function watch(
  client: Client,
  before: Session,
  { clock, signal, onPhase }: RestartOptions,
): Promise<Restarted> {
  const { id } = before;
  const send = () => new RestartRequest(client, id, clock, signal);
  const phases: string[] = [];
  const start = clock.now();
  let reachedAt = start;
  /** The session as it was when its restart was asked for. */
  let old = before;
  let now = before;
  // Somebody else's start is waited for first.
  let request = before.status === "creating" ? undefined : send();
  for (let poll = 0; ; poll++) {
    const label = labelOf(now, old);
    if (phases.at(-1) !== label) phases.push(label);
    onPhase(label);
    const waited = clock.now() - start;
    if (waited > OVERDUE_MS) {
      throw new LapError(`the session is not ready after ${formatDuration(waited)}`, {
        hint: [`Phases seen: ${phases.join(" → ")}.`, ...(await why())].join("\n"),
      });
    }
    const pause = clock.sleep(pollDelay(poll), signal);
    await (request?.answeredAt === undefined
      ? Promise.race([pause, request?.answered ?? pause])
      : pause);
    signal.throwIfAborted();

    if (request?.session?.status === "ready") return { session: request.session, asked: true };
    const { error } = request ?? {};
    if (isBusy(error)) request = undefined;
    else if (error && !isLost(error)) throw await refused(error);
    try {
      const found = await getSession(askingOnce(client), id, signal);
      if (!found) throw new SessionEnded(`session ${id} is gone`);
      now = found;
      reachedAt = clock.now();
    } catch (fault) {
      if (!isPassing(fault) || clock.now() - reachedAt > OUTAGE_MS) throw fault;
      continue;
    }

    if (request) request.begun ||= Boolean(request.session) || hasBegun(old, now);
    if (request && !request.begun) {
      const { answeredAt = Infinity } = request;
      if (clock.now() - answeredAt > BEGIN_MS) throw notBegun(request.error, now);
      continue;
    }
    if (now.status === "creating") continue;
    if (now.status === "ready") {
      // Its own answer may have come since.
      return { session: request?.session ?? now, asked: request !== undefined };
    }
    // One that died by itself meanwhile is restarted all the same.
    if (request?.answeredAt === undefined && request && now.status === "dead") continue;
    if (request) throw ended(now, phases, await why());
    // The start that was waited for failed: now a restart is due.
    old = now;
    request = send();
  }

  function why(): Promise<string[]> {
    return explainStart(client, id, { signal, onPhase });
  }

  async function refused(error: unknown): Promise<unknown> {
    if (!(error instanceof ApiError) || error.status < 500 || !error.words) return error;
    const reason = error.words.replace(/^session restart failed:\s*/, "");
    return new LapError(`the restart failed: ${reason}`, {
      hint: (await why()).join("\n") || undefined,
    });
  }
}

/** The restart's own request, which may be answered minutes later or never. */
class RestartRequest {
  readonly answered: Promise<void>;
  session: Session | undefined;
  error: unknown;
  answeredAt: number | undefined;
  /** Whether it was seen in the session that the restart takes place. */
  begun = false;

  constructor(client: Client, id: string, clock: Clock, signal: AbortSignal) {
    this.answered = restartSession(client, id, signal)
      .then((session) => void (this.session = session))
      .catch((error: unknown) => void (this.error = error))
      .finally(() => (this.answeredAt = clock.now()));
  }
}

/** The session is being created: by somebody else's restart, or still for the first time. */
function isBusy(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409;
}

function isLost(error: unknown): boolean {
  const told = error instanceof ApiError && error.words.startsWith("session restart failed");
  return isAnswerLost(error) && !told;
}

/** Whether a session shows that its restart was begun, in what restarts change of it (PROTOCOL 4). */
function hasBegun(old: Session, now: Session): boolean {
  if (now.status === "creating") return true;
  return now.status === "ready" && old.status === "ready"
    ? now.sandboxUrl !== old.sandboxUrl
    : now.status !== old.status || now.failureReason !== old.failureReason;
}

function notBegun(error: unknown, { status }: Session): unknown {
  const line = `The session is ${clean(status)}, as before: the restart did not begin. Try again.`;
  return error instanceof LapError ? addHint(error, line) : error;
}

/** The phase of before stays until another is written, which a restart need not do (PROTOCOL 3). */
function labelOf(now: Session, old: Session): string {
  const words = phaseWords(now);
  if (old.status === "creating") return words ?? "starting";
  return words && words !== phaseWords(old) ? words : "restarting";
}
