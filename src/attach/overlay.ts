import type { Size } from "../term/terminal.ts";
import { fit, wrap } from "../width.ts";

/** In a narrower window a note goes without a blank on either side. */
const PADDED_COLUMNS = 4;

/**
 * The lines of a note as a window has room for them, wrapped at words. The last one, which says how to
 * answer or go back, comes first: of the others as many are shown as there is room for.
 */
export function layOut(lines: readonly string[], { columns, rows }: Size): string[] {
  const padding = columns < PADDED_COLUMNS ? "" : " ";
  const room = columns - 2 * padding.length;
  const wrapped = lines.map((line) => wrap(line, room));
  const answer = (wrapped.pop() ?? []).slice(0, rows);
  const said = fitting(wrapped.flat(), { columns: room, rows: rows - answer.length });
  return [...said, ...answer].map((line) => `${padding}${line}${padding}`);
}

/** As many lines as so many rows hold: blank ones go first, and an ellipsis tells that more is gone. */
function fitting(lines: string[], { columns, rows }: Size): string[] {
  if (lines.length <= rows) return lines;
  const words = lines.filter((line) => line !== "");
  if (words.length <= rows) return words;
  const shown = words.slice(0, rows);
  const last = shown.pop();
  return last === undefined ? [] : [...shown, fit(`${last}…`, columns)];
}

/** The screen that a note covers; `kept` where a program on the main one has saved its cursor. */
export type Covered = "alternate" | "main" | "kept";

/** The main screen is left alone: a note stands on the alternate one. */
const ENTER: Record<Covered, string> = {
  alternate: "\x1b7",
  // So the cursor stays with its line, also where the window is made larger or smaller meanwhile; by
  // ESC 7 it is kept where a terminal has no alternate screen.
  main: "\x1b7\x1b[?1049h",
  // That would save the cursor over the one that the program has saved.
  kept: "\x1b[?47h\x1b7",
};
const LEAVE: Record<Covered, string> = {
  alternate: "\x1b8",
  main: "\x1b[2J\x1b8\x1b[?1049l",
  kept: "\x1b[2J\x1b8\x1b[?47l",
};

/**
 * Draws a note, of lines as `layOut` gives them, over the screen of the remote program.
 *
 * On the main screen it is shown on the alternate one, so that leaving restores what was there. A
 * program that is on the alternate screen already is drawn over, without scrolling: lines are placed
 * by absolute position, and the cursor, SGR, character set and origin mode are saved around it
 * (DECSC, DECRC). Its screen must be repainted afterwards.
 */
export function showOverlay(lines: readonly string[], covered: Covered): string {
  const drawn = lines.map((line, index) => `\x1b[${index + 1};1H\x1b[2K\x1b[7m${line}\x1b[27m`);
  // Once there is no colour any more, which it would be erased in.
  const erase = covered === "alternate" ? "" : "\x1b[2J";
  // A synchronized update that the remote is amid would keep the note from being seen. The rest of it
  // is shown as it comes.
  return `${ENTER[covered]}\x1b[?2026l\x1b[?6l\x1b(B\x0f\x1b[0m${erase}\x1b[?25l${drawn.join("")}`;
}

/**
 * Takes a note of so many lines off again; `cursorVisible` as the remote had it. What it covered on the
 * alternate screen is for the remote to paint; until it does, which on a stalled link takes its time,
 * the lines are blank.
 */
export function hideOverlay(covered: Covered, cursorVisible: boolean, lines: number): string {
  const blanked = covered === "alternate" ? lines : 0;
  const blanks = Array.from({ length: blanked }, (_, index) => `\x1b[${index + 1};1H\x1b[2K`);
  return blanks.join("") + LEAVE[covered] + (cursorVisible ? "\x1b[?25h" : "");
}
