import type { TimelineEvent } from "../api/logs.ts";
import type { Paint } from "../ui/log.ts";
import { clean } from "../ui/text.ts";

/** One line of a session's timeline: when, what, and what is said about it. */
export function timelineLine(event: TimelineEvent, paint: Paint): string {
  const { at, kind, title, detail, note, status } = event;
  const time = at === undefined ? NO_TIME : new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
  const what = clean(title ?? kind?.replaceAll("_", " ") ?? "event");
  const words = detail ? `: ${clean(detail)}` : "";
  // Of a message; what ended well needs no word.
  const state = status && status !== "complete" ? [clean(status)] : [];
  const notes = [...state, ...(note ? [clean(note)] : [])];
  const behind = notes.length > 0 ? paint("dim", `  (${notes.join(", ")})`) : "";
  return `${paint("dim", time)}  ${what}${words}${behind}`;
}

const NO_TIME = " ".repeat("2026-11-22T20:15:03Z".length);

/** An event as JSON tells it. */
export function timelineRecord(event: TimelineEvent): Record<string, unknown> {
  const { at, ...rest } = event;
  const record = { at: at === undefined ? undefined : new Date(at).toISOString(), ...rest };
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, value ?? null]));
}

/** The events since a time, and of those the last so many; those without a time are kept. */
export function selectEvents(
  events: readonly TimelineEvent[],
  { since = -Infinity, tail = Infinity }: { since?: number | undefined; tail?: number | undefined },
): TimelineEvent[] {
  const kept = events.filter(({ at }) => at === undefined || at >= since);
  return kept.slice(Math.max(0, kept.length - tail));
}

/** Tells events apart that were told before: by their id, else by their content. */
export class NewEvents {
  readonly #told = new Set<string>();

  /** Those that were not taken before. */
  take(events: readonly TimelineEvent[]): TimelineEvent[] {
    const times = new Map<string, number>();
    return events.filter((event) => {
      const content = event.id ?? JSON.stringify(event);
      // Without ids two equal ones of one answer are two.
      const count = (times.get(content) ?? 0) + 1;
      times.set(content, count);
      const key = event.id ?? `${count} ${content}`;
      const fresh = !this.#told.has(key);
      this.#told.add(key);
      return fresh;
    });
  }
}
