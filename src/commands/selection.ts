import { LOG_LIMITS } from "../api/logs.ts";
import { UsageError } from "../errors.ts";

/** What of a session's logs is wanted. */
export interface LogSelection {
  events: boolean;
  pod: boolean;
  json: boolean;
  /** Milliseconds back from now. */
  sinceMs: number | undefined;
  /** The last so many events, and so many lines. */
  tail: number | undefined;
}

/** Since when events are wanted, by the clock that tells `now`. */
export function sinceTime({ sinceMs }: LogSelection, now: number): number | undefined {
  return sinceMs === undefined ? undefined : now - sinceMs;
}

/** What to ask of the pod's log, within what the platform gives. */
export function podWindow({ sinceMs, tail }: Pick<LogSelection, "sinceMs" | "tail">): {
  seconds: number;
  lines: number;
} {
  const { seconds, lines } = LOG_LIMITS;
  const wanted = Math.ceil((sinceMs ?? Infinity) / 1000);
  return {
    seconds: Math.min(Math.max(wanted, 1), seconds),
    lines: Math.min(Math.max(tail ?? lines, 1), lines),
  };
}

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * `90s`, `10m`, `1h30m`, `2d`, or plain seconds; in milliseconds.
 *
 * @throws UsageError for anything else.
 */
export function parseSince(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = String.raw`\d+(?:\.\d+)?`;
  let ms = 0;
  if (new RegExp(`^${number}$`).test(text)) ms = Number(text) * 1000;
  else if (new RegExp(`^(?:${number}[smhd])+$`).test(text)) {
    for (const [, count, unit = ""] of text.matchAll(new RegExp(`(${number})([smhd])`, "g"))) {
      ms += Number(count) * (UNIT_MS[unit] ?? 0);
    }
  }
  if (ms > 0) return ms;
  throw new UsageError(`--since '${text}' is not a time`, "Examples: --since 90s, 10m, 1h30m, 2d");
}

/**
 * A number of lines; `all` is none.
 *
 * @throws UsageError for anything else.
 */
export function parseTail(text: string | undefined): number | undefined {
  if (text === undefined || text === "all") return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`--tail '${text}' is not a number of lines`, "Example: --tail 100");
}
