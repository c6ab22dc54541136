import bash from "./lap.bash" with { type: "text" };
import fish from "./lap.fish" with { type: "text" };
import zsh from "./lap.zsh" with { type: "text" };

/**
 * What connects a shell's Tab to `lap __complete`, which answers for all of them: the scripts know no
 * command and no flag, so they stay right when lap changes. Neither what lap answers nor what was
 * typed is evaluated. They ask the lap of the PATH, never the one that the line names: a Tab must not
 * start `./lap` of some downloaded folder.
 */
export const SCRIPTS = { bash, zsh, fish };

/** What `lap __complete` ends with where the shell is to complete the name of a file, as it does best. */
export const FILE_WANTED = 3;

export type Shell = keyof typeof SCRIPTS;

export function isShell(word: string): word is Shell {
  return Object.hasOwn(SCRIPTS, word);
}
