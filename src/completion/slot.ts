import type { LapArgs, Options } from "../commands/command.ts";

/** What the word under the cursor is, by a command's definition. */
export type Slot =
  /** A flag; those given already are not asked for again. */
  | { kind: "flag"; given: ReadonlySet<string> }
  /**
   * What an argument stands for: behind `lead`, where that is the flag itself and `=`. `given` are the
   * words before it that stand for the same, where it repeats.
   */
  | {
      kind: "value";
      name: string;
      definition: LapArgs[string];
      options: Options;
      lead: string;
      given: ReadonlySet<string>;
    };

/**
 * Tells which argument is being typed.
 *
 * @param words what stands behind the command and before the current word.
 * @returns undefined where the command takes no more.
 */
export function slotOf(args: LapArgs, words: readonly string[], current: string): Slot | undefined {
  const given = new Set<string>();
  let pending: string | undefined;
  const positionals: string[] = [];
  let literal = false;
  for (const word of words) {
    const flag = literal || pending !== undefined ? undefined : flagOf(args, word);
    if (pending !== undefined) pending = undefined;
    else if (!literal && word === "--") literal = true;
    else if (flag) {
      given.add(flag.name);
      if (!flag.inline && takesValue(args[flag.name])) pending = flag.name;
    } else if (literal || !word.startsWith("-")) positionals.push(word);
  }
  const all = Object.entries(args).filter(([, { type }]) => type === "positional");
  const valueSlot = (name: string, lead = ""): Slot | undefined => {
    const definition = args[name];
    if (!definition) return undefined;
    const { options: known = [] } = definition;
    const options = typeof known === "function" ? known(positionals) : known;
    const before = definition.repeated ? positionals.slice(all.length - 1) : [];
    return { kind: "value", name, definition, options, lead, given: new Set(before) };
  };
  if (pending !== undefined) return valueSlot(pending);
  if (!literal && current.startsWith("-")) {
    const flag = flagOf(args, current);
    if (!flag?.inline) return { kind: "flag", given };
    const lead = current.slice(0, current.indexOf("=") + 1);
    return takesValue(args[flag.name]) ? valueSlot(flag.name, lead) : undefined;
  }
  const last = all.at(-1);
  const [name] = all[positionals.length] ?? (last?.[1].repeated ? last : []);
  return name === undefined ? undefined : valueSlot(name);
}

function takesValue(definition: LapArgs[string] | undefined): boolean {
  return definition !== undefined && definition.type !== "boolean";
}

/** The argument that a word is the flag of, and whether its value stands in the same word. */
function flagOf(args: LapArgs, word: string): { name: string; inline: boolean } | undefined {
  const [, typed = "", equals] = /^--?([^=]+)(=)?/.exec(word) ?? [];
  const found = Object.entries(args).find(
    ([name, definition]) =>
      definition.type !== "positional" &&
      (word.startsWith("--")
        ? typed === name || typed === `no-${name}`
        : "alias" in definition && definition.alias === typed),
  );
  return found && { name: found[0], inline: equals !== undefined };
}
