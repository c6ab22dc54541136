import { type Client, segment } from "./client.ts";
import { PlatformUnreachable } from "./errors.ts";

/** One event of a session's timeline. */
export interface TimelineEvent {
  /** The platform's own, where it gives one. */
  id: string | undefined;
  /** Milliseconds since the epoch, by the platform's clock. */
  at: number | undefined;
  /** Such as `created`, `user`, `tool`, `response`, `recovered`, `ended`; others are possible. */
  kind: string | undefined;
  title: string | undefined;
  detail: string | undefined;
  /** A short annotation, such as a turn's time and tokens. */
  note: string | undefined;
  /** Of a message: `pending`, `complete`, `failed`. */
  status: string | undefined;
}

/** The platform could not ask its cluster for a pod's log; a moment later it may. */
export class PodLogUnreadable extends PlatformUnreachable {}

/** The most that a platform gives of a pod's log. */
export const LOG_LIMITS = { seconds: 3_600, lines: 5_000 } as const;

/** A part of a pod's log, oldest line first. */
export interface PodLog {
  /** Whole lines, without their ends. */
  lines: string[];
  /** What stands behind the last line's end: the start of a line, or nothing. */
  rest: string;
}

/**
 * A session's events, oldest first. Of a session that there is not they are none: the platform
 * answers with an empty list (PROTOCOL 5). Their fields are read liberally, by any of their usual names.
 *
 * @throws PlatformUnreachable where the answer is no list, and what `Client.request` throws.
 */
export async function getTimeline(
  client: Client,
  id: string,
  signal?: AbortSignal,
): Promise<TimelineEvent[]> {
  const what = "session log";
  const body = await client.request(`/sessions/${segment(id)}/log`, { signal, what });
  const { data, events } = (body ?? {}) as { data?: unknown; events?: unknown };
  const list = [body, data, events].find(Array.isArray);
  if (!list) {
    throw new PlatformUnreachable(`${client.base} answered with something that is not a timeline`);
  }
  return list.map(parseEvent).filter((event) => event !== undefined);
}

/**
 * The end of the log of a session's pod; empty where there is no pod (any more).
 *
 * @param window up to `LOG_LIMITS`: the lines of the last so many seconds, and the last so many of them.
 * @throws PodLogUnreadable where the platform could not ask its cluster: it says so in a line of
 *   the log (PROTOCOL 5).
 */
export async function getPodLog(
  client: Client,
  id: string,
  window: { seconds: number; lines: number },
  signal?: AbortSignal,
): Promise<PodLog> {
  const text = await client.text(`/sessions/${segment(id)}/sandbox_logs`, {
    query: { sinceSeconds: window.seconds, tailLines: window.lines },
    signal,
    what: "pod log",
  });
  const [, fault] = /^\[sandbox_logs\] transient read error:([^\n]*)\n?$/.exec(text) ?? [];
  if (fault !== undefined) {
    throw new PodLogUnreadable(`the platform cannot read the pod's log: ${fault.trim()}`);
  }
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  // Lines are compared with those of the next window: no platform gives more.
  return { lines: lines.slice(-LOG_LIMITS.lines), rest };
}

function parseEvent(value: unknown): TimelineEvent | undefined {
  if (typeof value === "string") return { ...NOTHING, title: value };
  if (typeof value !== "object" || value === null) return undefined;
  // Some wrap the event itself beside its number and time.
  const inner = [Reflect.get(value, "event"), Reflect.get(value, "payload")].find(isRecord);
  const event: Record<string, unknown> = { ...inner, ...value };
  const text = (...names: string[]) => {
    for (const name of names) {
      const content = event[name];
      if (typeof content === "string" && content !== "") return content;
      if (typeof content === "number") return `${content}`;
    }
    return undefined;
  };
  const kind = text("kind", "type", "event", "phase", "level");
  const title = text("title", "name", "phase", "message", "text");
  const detail = text(
    "detail",
    "phase_detail",
    "description",
    "reason",
    "message",
    "text",
    "output",
  );
  return {
    id: text("id", "event_id", "seq"),
    at: time(event.at ?? event.ts ?? event.time ?? event.timestamp ?? event.created_at),
    kind,
    title,
    detail: detail === title ? undefined : detail,
    note: text("meta"),
    status: text("status"),
  };
}

const NOTHING: TimelineEvent = {
  id: undefined,
  at: undefined,
  kind: undefined,
  title: undefined,
  detail: undefined,
  note: undefined,
  status: undefined,
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Seconds of the epoch are this side of it, milliseconds the other: 1973 against the year 5138. */
const SECONDS_BELOW = 1e11;
/** The furthest time that a Date holds (ECMA-262, time values). */
const FURTHEST_MS = 8.64e15;

function time(value: unknown): number | undefined {
  const ms =
    typeof value === "number"
      ? value * (value < SECONDS_BELOW ? 1_000 : 1)
      : Date.parse(typeof value === "string" ? value : "");
  return Math.abs(ms) <= FURTHEST_MS ? ms : undefined;
}
