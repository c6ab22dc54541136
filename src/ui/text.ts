import { stripVTControlCharacters } from "node:util";
import { hideSecrets } from "../net/secret.ts";

/**
 * Control characters (C0, DEL, C1), the separators that some take for a line's end, and the
 * bidirectional marks, overrides and isolates that can make a line read as something it is not
 * (Unicode TR 36, "Trojan source").
 */
export const UNSAFE =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text from a server made fit for one line of a terminal: no escape sequences, controls or overrides,
 * and no key or token, which a server may send back in its words.
 */
export function clean(text: string): string {
  const line = stripVTControlCharacters(text).replace(/\s+/g, " ").replace(UNSAFE, "").trim();
  return hideSecrets(line);
}

/**
 * A line of a log from a server, made harmless: its indentation stays, escape sequences, controls and
 * secrets go. Of what was drawn over itself (a progress bar) the last stays, as on a terminal.
 */
export function cleanLine(text: string): string {
  const drawn = text.split("\r").findLast((part) => part !== "") ?? "";
  const line = stripVTControlCharacters(drawn).replace(UNSAFE, (char) =>
    char === "\t" ? char : "",
  );
  return hideSecrets(line.trimEnd());
}

/** Seconds as a person reads them: `0.4 s`, `42 s`, `3 min 5 s`. */
export function formatDuration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * Text from a server, or a person, as one word of a command: what is shown to be copied runs nothing
 * else, and does nothing to the terminal.
 */
export function shellWord(text: string): string {
  const word = clean(text);
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** An age as a list has room for it, in one unit and rounded down: `95 s`, `12 min`, `26 h`, `3 d`. */
export function formatAge(ms: number): string {
  const [unit, size] = AGE_UNITS.find(([, length]) => ms >= 2 * length) ?? ["s", 1_000];
  return `${Math.floor(ms / size)} ${unit}`;
}

const AGE_UNITS = [
  ["d", 24 * 60 * 60_000],
  ["h", 60 * 60_000],
  ["min", 60_000],
] as const;
