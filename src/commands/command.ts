import { type ArgDef, type ArgsDef, type CommandDef, type ParsedArgs, defineCommand } from "citty";
import type { Context } from "../context.ts";

/** The words that an argument may be, or else what it is the name of. */
export type Options = readonly string[] | "profile" | "file";

/**
 * citty's arguments; the last positional may stand for as many words as there are, in `args._`.
 * `options`, or else the name of an argument or of its value, tells what Tab completes it with; it may
 * depend on the positionals before.
 */
export type LapArgs = Record<
  string,
  ArgDef & {
    repeated?: boolean;
    options?: Options | ((before: readonly string[]) => Options);
  }
>;

/** A command of lap: citty's, with examples for its help. */
export interface LapCommand extends CommandDef<ArgsDef> {
  meta: { description: string };
  args: LapArgs;
  readonly examples: readonly string[];
}

interface Definition<T extends LapArgs> {
  /** One sentence. */
  description: string;
  args: T;
  /** Command lines, each with what it does behind `#`. */
  examples: readonly string[];
  /** Returns the exit code; none is success. */
  run: (args: ParsedArgs<T>, context: Context) => Promise<number | void> | number | void;
}

/** A command of lap, as citty runs it with a `Context` for its data. */
export function command<const T extends LapArgs>(definition: Definition<T>): LapCommand {
  const { description, args, examples, run } = definition;
  const made = defineCommand<T>({
    args,
    run: ({ args: parsed, data }) => run(parsed, data as Context),
  });
  return { ...(made as unknown as CommandDef<ArgsDef>), meta: { description }, args, examples };
}
