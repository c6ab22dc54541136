import {
  ABORT,
  COMMANDS,
  CSI,
  INPUT,
  PLACED,
  RESTORE_CURSOR,
  type Row,
  SAVE_CURSOR,
  SCREEN,
  visitAlternate,
} from "./changes.ts";

/**
 * Repairs a terminal of which nothing is known: undoes every row, clears nothing and leaves the
 * cursor where it is. Titles stay, for the shell's prompt sets its own.
 */
export const FULL_RESET: string = fullReset();

/**
 * What tmux needs besides: it has no DECSTR, but a cursor that comes back from the alternate screen
 * without its origin mode. Where there is no such screen this homes the cursor.
 */
export const TMUX_RESET: string = visitAlternate(`${CSI}?6l`);

function fullReset(): string {
  const all = (rows: readonly Row[]) => rows.map((row) => row.undo).join("");
  const keyboard = `${CSI}<99u${CSI}=0u`;
  // A terminal that has grapheme clusters on from the start would lose them.
  const screen = all(SCREEN.filter((row) => row.id !== "?2027"));
  // ESC 7 comes before ?1049l, which on the main screen goes to the saved cursor. DECSTR turns
  // origin mode off without moving the cursor; after it ESC 8 does not turn it on again.
  return (
    `${ABORT}${all(INPUT)}${SAVE_CURSOR}${visitAlternate(keyboard)}${keyboard}${CSI}!p` +
    `${SAVE_CURSOR}${all(PLACED)}${RESTORE_CURSOR}${screen}${all(COMMANDS)}`
  );
}
