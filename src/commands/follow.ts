import type { Client } from "../api/client.ts";
import { isPassing } from "../api/faults.ts";
import { getTimeline, type TimelineEvent } from "../api/logs.ts";
import { getSession, hasEnded, type Session } from "../api/sessions.ts";
import type { Context } from "../context.ts";
import { clean } from "../ui/text.ts";
import { LogPrinter } from "./logprinter.ts";
import { PodFeed } from "./podfeed.ts";
import { type LogSelection, sinceTime } from "./selection.ts";
import { NewEvents, selectEvents } from "./timeline.ts";

const POLL_MS = 1_500;
/** How long the platform may be out of reach. */
const OUTAGE_MS = 5 * 60_000;
/** How often the last words of a session that ended are asked for, where they cannot be read. */
const LAST_READS = 4;

/**
 * Shows a session's events and its pod's log as they come, until the session ends or nobody reads any
 * more. Faults that pass are waited out, with a word.
 *
 * @throws the fault that lasts, or does not pass.
 */
export async function followLogs(
  context: Context,
  client: Client,
  { id }: Session,
  selection: LogSelection,
): Promise<void> {
  const { clock, signal, log } = context;
  const printer = new LogPrinter(context, selection);
  const faults = new PassingFaults(context);
  const readEvents = eventFeed(context, client, id, selection);
  const pod = new PodFeed(context, client, id, selection);
  let lastReads = LAST_READS;
  for (let next = clock.now(); ; next = Math.max(next + POLL_MS, clock.now())) {
    await clock.sleep(Math.max(0, next - clock.now()), signal);
    faults.round();
    // The state first: what is read after a session's end is all that there is of it.
    const state = await faults.ride(async () => ({ now: await getSession(client, id, signal) }));
    const events = selection.events ? await faults.ride(readEvents) : [];
    if (!(await printer.events(events ?? []))) return;
    const lines = selection.pod ? await faults.ride(() => pod.read()) : [];
    if (!(await printer.lines(lines ?? []))) return;
    const end = state && endWords(id, state.now);
    if (!end) continue;
    if (!(events && lines) && --lastReads > 0) continue;
    await printer.lines(pod.rest ? [pod.rest] : []);
    log.log(end);
    return;
  }
}

/** What happened since the last time; the first time what is wanted of before. */
function eventFeed(
  { clock, signal }: Context,
  client: Client,
  id: string,
  selection: LogSelection,
): () => Promise<TimelineEvent[]> {
  const fresh = new NewEvents();
  let first = true;
  return async () => {
    const events = fresh.take(await getTimeline(client, id, signal));
    if (!first) return events;
    first = false;
    const since = sinceTime(selection, client.time ?? clock.date());
    return selectEvents(events, { since, tail: selection.tail });
  };
}

/** Rides out faults that pass, each told when it begins, and gives up where nothing works for too long. */
class PassingFaults {
  readonly #context: Pick<Context, "clock" | "log">;
  #workedAt: number;
  #before = new Set<string>();
  #told = new Set<string>();

  constructor(context: Pick<Context, "clock" | "log">) {
    this.#context = context;
    this.#workedAt = context.clock.now();
  }

  /** A fault that was not there in one round is told again in the next. */
  round(): void {
    this.#before = this.#told;
    this.#told = new Set();
  }

  /** What the work answers, or undefined where a fault kept it from it. */
  async ride<T>(work: () => Promise<T>): Promise<T | undefined> {
    const { clock, log } = this.#context;
    try {
      const answer = await work();
      this.#workedAt = clock.now();
      return answer;
    } catch (error) {
      if (!isPassing(error) || clock.now() - this.#workedAt > OUTAGE_MS) throw error;
      const words = clean((error as Error).message);
      if (!this.#told.has(words) && !this.#before.has(words)) log.warn(`${words}; trying on`);
      this.#told.add(words);
      return undefined;
    }
  }
}

function endWords(id: string, session: Session | undefined): string | undefined {
  if (!session) return `session ${clean(id)} is gone`;
  if (!hasEnded(session)) return undefined;
  const { status, failureReason } = session;
  const reason = failureReason ? `: ${clean(failureReason)}` : "";
  return `session ${clean(id)} is ${clean(status)}${reason}`;
}
