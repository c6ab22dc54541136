import type { Client } from "../api/client.ts";
import type { Session } from "../api/sessions.ts";
import { forgetSession } from "../config/sessions.ts";
import type { Context } from "../context.ts";
import { EXIT, Interrupted, LapError } from "../errors.ts";
import { settleAll } from "../launch/parallel.ts";
import { type Stopped, stopSession } from "../launch/stop.ts";
import { startProgress } from "../ui/progress.ts";
import { clean, shellWord } from "../ui/text.ts";
import { memoryOf } from "./platform.ts";

/**
 * Stops sessions, all of them tried, and says of each how that went.
 *
 * @param unknown what is to be said of others, that nobody knows.
 * @returns the exit code.
 * @throws LapError where there is but one to speak of, and Interrupted with what is not certain then.
 */
export async function stopSessions(
  context: Context,
  client: Client,
  sessions: readonly Session[],
  unknown: readonly LapError[] = [],
): Promise<number> {
  const { home, log, clock, signal } = context;
  const memory = memoryOf(context, client);
  const progress = startProgress(context.stderr, clock);
  const watched = new Set<Session>();
  if (sessions.length > 1) progress.update(`stopping ${sessions.length} sessions`);
  const outcomes = await settleAll(sessions, (session) =>
    stopSession(client, session, {
      clock,
      signal,
      onWatch() {
        watched.add(session);
        progress.update(WATCH_WORDS);
      },
    }),
  ).finally(() => progress.done());

  const failures: Failure[] = unknown.map((error) => ({ error, words: error.message }));
  const unsure: string[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const session = sessions[index] as Session;
    if (outcome.status === "fulfilled") {
      forgetSession(home, memory, session.id);
      log.success(stoppedWords(session, outcome.value));
    } else if (outcome.reason instanceof Interrupted) {
      unsure.push(unsureWords(session, watched.has(session)));
    } else if (outcome.reason instanceof LapError) {
      const words = `session ${session.id}: ${outcome.reason.message}`;
      failures.push({ error: outcome.reason, words });
    } else throw outcome.reason;
  }
  if (unsure.length > 0)
    throw new Interrupted(signal.reason.signal, "stopped waiting", unsure.join("\n"));
  return reportFailures(context, failures, sessions.length + unknown.length);
}

interface Failure {
  error: LapError;
  /** Says which session it is about. */
  words: string;
}

function reportFailures({ log }: Context, failures: readonly Failure[], tried: number): number {
  const [first] = failures;
  if (!first) return EXIT.ok;
  if (tried === 1) throw first.error;
  for (const { words } of failures) log.error(clean(words));
  log.log(`${failures.length} of ${tried} failed`);
  const refused = failures.some(({ error }) => error.exitCode === EXIT.refused);
  return refused ? EXIT.refused : EXIT.failure;
}

const WATCH_WORDS = "waiting for the end of its start, which could bring it back";

function stoppedWords({ id, status, failureReason }: Session, stopped: Stopped): string {
  switch (stopped) {
    case "stopped":
      return `session ${clean(id)} is stopped`;
    case "revived":
      return `session ${clean(id)} is stopped; its start had brought it back`;
    case "had ended": {
      const reason = failureReason ? ` (${failureReason})` : "";
      return `session ${clean(id)} had ended before: ${clean(status + reason)}`;
    }
  }
}

function unsureWords({ id }: Session, deleted: boolean): string {
  return deleted
    ? `Session ${clean(id)} is deleted, but the end of its start may bring it back; \`lap stop ${shellWord(id)}\` again makes sure.`
    : `Session ${clean(id)} may still be alive.`;
}
