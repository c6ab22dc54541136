import type { LapArgs } from "../commands/command.ts";
import { loadCommand, route } from "../commands/index.ts";
import { GLOBAL_ARGS, type Globals, takeGlobals } from "../commands/everywhere.ts";
import { findCredentials } from "../commands/platform.ts";
import { readConfig } from "../config/configfile.ts";
import { listProfiles } from "../config/profiles.ts";
import type { Context } from "../context.ts";
import { EXIT } from "../errors.ts";
import { readBashLine, quoteForBash } from "../shells/bashline.ts";
import { FILE_WANTED, isShell, type Shell } from "../shells/scripts.ts";
import { createLog } from "../ui/log.ts";
import { type Candidate, candidates, needsNames, wantsFile } from "./candidates.ts";
import { slotOf } from "./slot.ts";
import type { Stock } from "./stock.ts";

const NO_NAMES: Stock = { askedAt: 0, agents: [], sessions: [] };

/**
 * `lap __complete <shell> …`, which the shells' scripts run at a Tab: prints a line for each word
 * that may stand under the cursor, in that shell's notation. Whatever goes wrong, it says nothing.
 *
 * @param argv for bash the line up to the cursor and COMP_WORDBREAKS; for zsh and fish each word
 *   behind `lap` up to the cursor, the last of them as it is typed.
 * @returns the exit code: `FILE_WANTED`, or that of success.
 */
export async function complete(argv: readonly string[], context: Context): Promise<number> {
  const quiet = { ...context, log: createLog({ write() {} }, (_style, text) => text) };
  try {
    const [shell = "", ...rest] = argv;
    if (!isShell(shell)) {
      await refreshNames(shell, quiet);
      return EXIT.ok;
    }
    const { words, current, render } = SHELLS[shell](rest);
    const found = await find(words, current, quiet);
    if (found === "file") return FILE_WANTED;
    const lines = render(found);
    if (lines.length > 0) context.stdout.write(`${lines.join("\n")}\n`);
  } catch {
    // Words in the middle of a line that is being typed would help nobody.
  }
  return EXIT.ok;
}

/** What was typed behind `lap` and before the cursor, and how the shell wants its answer. */
interface Question {
  words: string[];
  current: string;
  render: (found: Candidate[]) => string[];
}

const SHELLS: Record<Shell, (argv: string[]) => Question> = {
  bash([line = "", breaks = ""]) {
    const { kept, quote, ...typed } = readBashLine(line, breaks);
    return {
      ...typed,
      render: (found) =>
        found
          .filter(({ value }) => value.startsWith(typed.current))
          .map(({ value }) => quoteForBash(value.slice(kept), quote)),
    };
  },
  zsh: (argv) => ({
    words: argv.slice(0, -1),
    current: argv.at(-1) ?? "",
    // As _describe reads them: a colon parts a word from what is said of it, where anything is.
    render: (found) =>
      found.map(({ value, says, group }) => {
        const word = value.replace(/[\\:]/g, "\\$&");
        return `${group}:${word}${says && `:${says}`}`;
      }),
  }),
  fish: (argv) => ({
    words: argv.slice(0, -1),
    current: argv.at(-1) ?? "",
    render: (found) => found.map(({ value, says }) => `${value}\t${says}`),
  }),
};

async function find(
  typed: string[],
  current: string,
  world: Context,
): Promise<Candidate[] | "file"> {
  const { globals, rest: words } = withoutGlobals(typed);
  const context = { ...world, profile: globals.profile, caCert: globals["ca-cert"] };
  const { name, rest } = route(words);
  const command = await loadCommand(name);
  const left = Object.entries(GLOBAL_ARGS).filter(([flag]) => !Object.hasOwn(globals, flag));
  const args: LapArgs = { ...command.args, ...Object.fromEntries(left) };
  const slot = slotOf(args, rest, current);
  if (wantsFile(slot)) return "file";
  const credentials = needsNames(slot) ? findCredentials(context) : undefined;
  const stock = credentials
    ? await (await import("./refresh.ts")).namesOf(context, credentials)
    : NO_NAMES;
  const names = { stock, profiles: () => profileNames(context) };
  return candidates(slot, args, names, { first: words.length === 0 });
}

/** Flags of every command taken out of a line, whose last word may wait for its value. */
function withoutGlobals(words: readonly string[]): { globals: Globals; rest: string[] } {
  try {
    return takeGlobals(words);
  } catch {
    const { globals, rest } = takeGlobals(words.slice(0, -1));
    return { globals, rest: [...rest, ...words.slice(-1)] };
  }
}

function profileNames({ home }: Context): string[] {
  try {
    return listProfiles(readConfig(home)).map(({ name }) => name);
  } catch {
    return [];
  }
}

async function refreshNames(word: string, context: Context): Promise<void> {
  const { REFRESH, refresh } = await import("./refresh.ts");
  const credentials = word === REFRESH ? findCredentials(context) : undefined;
  if (credentials) await refresh(context, credentials);
}
