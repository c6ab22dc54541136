import { LOG_LIMITS } from "./logs.ts";

/** A line that was read, and between which times it was written, by the clock of whoever reads. */
interface SeenLine {
  text: string;
  after: number;
  by: number;
}

/** A read of the log's end: the lines of the last so many seconds. */
export interface LogWindow {
  seconds: number;
  /** Milliseconds, by a clock that only grows. */
  askedAt: number;
  answeredAt: number;
}

/** How far windows reach back over what was read before: enough to find it again by its content. */
export const OVERLAP_MS = 9_000;
/** How exact the times are. */
const SLACK_MS = 250;
const KEPT_READS = 32;

/**
 * Follows a log that carries no times and can be read only through windows on its end, without losing
 * a line or telling one twice. Windows overlap; what is new stands behind the overlap, which content
 * tells, and, where lines repeat so that it fits at several places, time.
 */
export class LogTail {
  #seen: SeenLine[];
  #asked: number[];

  /**
   * Starts behind what was read of the log so far.
   *
   * @param recent how many of these lines were written in the last `OVERLAP_MS`.
   */
  constructor(
    lines: readonly string[],
    recent: number,
    { askedAt, answeredAt }: Omit<LogWindow, "seconds">,
  ) {
    const middle = askedAt - OVERLAP_MS;
    this.#seen = lines.map((text, index) =>
      index < lines.length - recent
        ? { text, after: -Infinity, by: middle }
        : { text, after: middle, by: answeredAt },
    );
    this.#asked = [middle, askedAt];
  }

  /** How many seconds a window asked for now has to reach back. */
  secondsAt(now: number): number {
    const last = this.#asked.at(-1) ?? now;
    const anchor = this.#asked.findLast((at) => now - at >= OVERLAP_MS) ?? last;
    // Whole seconds behind an earlier read, so that its lines are in the window whole, or not at all.
    const wanted = Math.max(Math.round((now - anchor) / 1000), Math.ceil((now - last) / 1000) + 1);
    return Math.min(wanted, LOG_LIMITS.seconds);
  }

  /**
   * Takes the lines of a window.
   *
   * @returns what is new; `gap` is true where lines before that may be missing, as more were written than
   *   a window holds.
   */
  take(window: readonly string[], read: LogWindow): { lines: string[]; gap: boolean } {
    const full = window.length >= LOG_LIMITS.lines;
    const known = overlap(this.#seen, window, read);
    const gap =
      known === 0 && this.#seen.length > 0 && (full || read.seconds >= LOG_LIMITS.seconds);
    const after = this.#asked.at(-1) ?? -Infinity;
    const lines = window.slice(known);
    const fresh = lines.map((text) => ({ text, after, by: read.answeredAt }));
    this.#seen = [...this.#seen, ...fresh].slice(-LOG_LIMITS.lines);
    this.#asked = [...this.#asked, read.askedAt].slice(-KEPT_READS);
    return { lines, gap };
  }
}

/** How many of a window's lines, from its first, are the last ones of those seen. */
function overlap(
  seen: readonly SeenLine[],
  window: readonly string[],
  { seconds, askedAt, answeredAt }: LogWindow,
): number {
  const [earliest, latest] = [askedAt - seconds * 1000, answeredAt - seconds * 1000];
  const count = (is: (line: SeenLine) => boolean) =>
    seen.length - 1 - seen.findLastIndex((line) => !is(line));
  const most = count(({ by }) => by > earliest - SLACK_MS);
  const likely = count(({ after, by }) => (after + by) / 2 > (earliest + latest) / 2);

  const possible = matches(seen, window).filter((length) => length <= most);
  const [longest = 0, shorter = 0] = possible;
  // Only lines that repeat, in the overlap or before it, may be old or new by their content.
  if (shorter * 2 < longest && !cameBefore(seen, longest)) return longest;
  const distance = (length: number) => Math.abs(length - likely);
  return [...possible, 0].reduce((best, length) =>
    distance(length) < distance(best) ? length : best,
  );
}

/** Whether the last lines of those seen stand earlier among them as well. */
function cameBefore(seen: readonly SeenLine[], length: number): boolean {
  const same = (shift: number) => {
    for (let back = 1; back <= length; back++) {
      if (seen.at(-back)?.text !== seen.at(-back - shift)?.text) return false;
    }
    return true;
  };
  for (let shift = 1; shift + length <= seen.length; shift++) if (same(shift)) return true;
  return false;
}

/** Every length at which the end of `seen` is the start of `window`, longest first (Knuth, Morris and Pratt). */
function matches(seen: readonly SeenLine[], window: readonly string[]): number[] {
  const borders: number[] = [0];
  const grow = (length: number, line: string): number => {
    let at = length;
    while (at > 0 && window[at] !== line) at = borders[at - 1] ?? 0;
    return window[at] === line ? at + 1 : at;
  };
  for (let at = 1; at < window.length; at++) {
    borders.push(grow(borders[at - 1] ?? 0, window[at] ?? ""));
  }
  let length = 0;
  for (const { text } of seen.slice(-window.length)) length = grow(length, text);
  const found: number[] = [];
  for (; length > 0; length = borders[length - 1] ?? 0) found.push(length);
  return found;
}
