import { askingOnce, type Client } from "../api/client.ts";
import { getPodLog, getTimeline, LOG_LIMITS, type PodLog, PodLogUnreadable } from "../api/logs.ts";
import { hasEnded, type Session } from "../api/sessions.ts";
import type { Context } from "../context.ts";
import { EXIT, UsageError } from "../errors.ts";
import { renderJson } from "../ui/json.ts";
import { deliver } from "../ui/output.ts";
import { clean } from "../ui/text.ts";
import { command } from "./command.ts";
import { followLogs } from "./follow.ts";
import { LogPrinter } from "./logprinter.ts";
import { requireClient } from "./platform.ts";
import { findSession, SESSION_ARG } from "./reference.ts";
import { type LogSelection, parseSince, parseTail, podWindow, sinceTime } from "./selection.ts";
import { selectEvents, timelineRecord } from "./timeline.ts";

export default command({
  description: "Show what happened to a session, and the log of its pod",
  args: {
    session: SESSION_ARG,
    follow: { type: "boolean", alias: "f", description: "Go on until the session ends" },
    since: {
      type: "string",
      valueHint: "time",
      description: "Only what happened within this time: 90s, 10m, 1h30m, 2d",
    },
    tail: { type: "string", valueHint: "n", description: "Only the last n events, and n lines" },
    events: { type: "boolean", description: "Only the events" },
    pod: { type: "boolean", description: "Only the pod's log" },
    json: { type: "boolean", description: "Print the events as JSON; with --follow one a line" },
  },
  examples: [
    "lap logs 6f9619ff",
    "lap logs -f --since 10m 6f9619ff",
    "lap logs --pod 6f9619ff | grep -i error",
  ],
  async run(args, context) {
    if (args.json && args.pod) {
      throw new UsageError("--json prints the events, and --pod leaves them out");
    }
    const selection: LogSelection = {
      events: !args.pod || Boolean(args.events),
      pod: !args.json && (!args.events || Boolean(args.pod)),
      json: Boolean(args.json),
      sinceMs: parseSince(args.since),
      tail: parseTail(args.tail),
    };
    const client = requireClient(context);
    const session = await findSession(args.session, client, context.signal);
    if (selection.pod && (selection.sinceMs ?? 0) > LOG_LIMITS.seconds * 1000) {
      context.log.warn("the platform gives the pod's log of the last hour, no more");
    }
    if (args.follow) await followLogs(context, askingOnce(client), session, selection);
    else await showLogs(context, client, session, selection);
    return EXIT.ok;
  },
});

async function showLogs(
  context: Context,
  client: Client,
  session: Session,
  selection: LogSelection,
): Promise<void> {
  const { signal, log, stdout } = context;
  const { tail } = selection;
  const nothing: PodLog = { lines: [], rest: "" };
  const reading = selection.pod ? readPodLog(context, client, session.id, selection) : nothing;
  // Its fault is told behind the events.
  const pod = Promise.resolve(reading);
  pod.catch(() => {});
  const timeline = selection.events ? await getTimeline(client, session.id, signal) : [];
  const since = sinceTime(selection, client.time ?? context.clock.date());
  const events = selectEvents(timeline, { since, tail });
  if (selection.json) {
    await deliver(stdout, renderJson(events.map(timelineRecord)), signal);
    return;
  }
  const printer = new LogPrinter(context, selection);
  await printer.events(events);
  const { lines, rest } = await pod;
  const written = [...lines, ...(rest ? [rest] : [])];
  await printer.lines(tail === 0 ? [] : written);
  if (selection.pod && written.length === 0) log.log(emptyWords(session));
  if (lines.length === LOG_LIMITS.lines && tail !== LOG_LIMITS.lines) {
    log.warn(`the platform gives the last ${LOG_LIMITS.lines} lines, no more`);
  }
}

/** A cluster that cannot be read for a moment is asked again so often. */
const READS = 3;
const READ_AGAIN_MS = 1_000;

async function readPodLog(
  { clock, signal }: Context,
  client: Client,
  id: string,
  selection: LogSelection,
): Promise<PodLog> {
  for (let read = 1; ; read++) {
    try {
      return await getPodLog(client, id, podWindow(selection), signal);
    } catch (error) {
      if (!(error instanceof PodLogUnreadable) || read === READS) throw error;
      await clock.sleep(READ_AGAIN_MS, signal);
    }
  }
}

function emptyWords(session: Session): string {
  const { id, status } = session;
  return hasEnded(session)
    ? `session ${clean(id)} is ${clean(status)}: its pod is gone, and the pod's log with it`
    : "the pod has written nothing, as far as the platform tells";
}
