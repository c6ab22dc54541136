import { arrive, type Presence } from "../config/presence.ts";
import type { Context } from "../context.ts";

/**
 * Notes that this lap joins a session, until it is disposed of, and says whether others of this
 * machine are joined as well: the platform itself does not tell (PROTOCOL 6.5).
 *
 * @returns whether something was said, and how to take the note back.
 * @param hasTerminal false: stdin and stdout are joined as they are, and nothing is said.
 */
export function joinOthers(
  { home, machine, log }: Context,
  presence: Presence,
  hasTerminal: boolean,
): Disposable & { told: boolean } {
  const { others, leave } = arrive(home, machine, presence);
  const words = hasTerminal ? othersWords(others, presence.readOnly) : undefined;
  if (words) log.log(words);
  return { told: words !== undefined, [Symbol.dispose]: leave };
}

/** What it means for a terminal that others are joined to its session; undefined where nothing. */
export function othersWords(
  others: readonly { pid: number; readOnly: boolean }[],
  readOnly: boolean,
): string | undefined {
  const typists = others.filter((other) => !other.readOnly);
  if (typists.length > 0) {
    const joined = `${laps(typists)} joined to this session too`;
    return readOnly
      ? `${joined}: it has the size of whoever types there, not of this terminal`
      : `${joined}: its size follows whoever types`;
  }
  if (readOnly || others.length === 0) return undefined;
  return `${laps(others)} looking on: the session keeps the size of this terminal`;
}

function laps(others: readonly { pid: number }[]): string {
  const pids = others.map(({ pid }) => pid).join(", ");
  return others.length === 1
    ? `another lap on this machine (pid ${pids}) is`
    : `${others.length} other laps on this machine (pids ${pids}) are`;
}
