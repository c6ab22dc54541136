import type { Size } from "../term/terminal.ts";

/**
 * A note drawn over the screen of the remote program.
 *
 * On the main screen it is shown on the alternate one, so that leaving restores what was there. A
 * program that is on the alternate screen already is drawn over, without scrolling: lines are placed
 * by absolute position, and the cursor, SGR, character set and origin mode are saved around it
 * (DECSC, DECRC). Its screen must be repainted afterwards.
 */
export function showOverlay(lines: readonly string[], size: Size, onAlternate: boolean): string {
  const shown = lines.slice(0, size.rows);
  const drawn = shown.map((line, index) => {
    const text = ` ${line} `.slice(0, size.columns);
    return `\x1b[${index + 1};1H\x1b[2K\x1b[7m${text}\x1b[27m`;
  });
  // ?47 and not ?1049, which would save the cursor over the one that the program may have saved.
  const enter = onAlternate ? "\x1b7\x1b[?2026l" : "\x1b[?47h\x1b7\x1b[2J";
  return `${enter}\x1b[?6l\x1b(B\x0f\x1b[0m\x1b[?25l${drawn.join("")}`;
}

/**
 * Takes the note off again; `cursorVisible` as the remote had it. What it covered on the alternate
 * screen is for the remote to paint; where that cannot be for now, so many lines are blanked.
 */
export function hideOverlay(onAlternate: boolean, cursorVisible: boolean, blanked: number): string {
  const cursor = cursorVisible ? "\x1b[?25h" : "";
  if (!onAlternate) return `\x1b[2J\x1b8\x1b[?47l${cursor}`;
  const blanks = Array.from({ length: blanked }, (_, index) => `\x1b[${index + 1};1H\x1b[2K`);
  return `${blanks.join("")}\x1b8${cursor}`;
}
