/** The window's title, which xterm and its kin put on a stack and take off again (XTWINOPS 22 and 23). */
export const SAVE_TITLE = "\x1b[22;0t";
export const RESTORE_TITLE = "\x1b[23;0t";
/** What a terminal that saves no titles is left with. */
const NEUTRAL = titled("lap");

/** Sets the title. */
export function titled(text: string): string {
  return `\x1b]2;${text}\x07`;
}

/** Takes off a title of lap's own. */
export const UNTITLED = NEUTRAL + RESTORE_TITLE;
