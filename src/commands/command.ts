import { type ArgsDef, type CommandDef, type ParsedArgs, defineCommand } from "citty";
import type { Context } from "../context.ts";

/** A command of lap: citty's, with examples for its help. */
export interface LapCommand extends CommandDef<ArgsDef> {
  meta: { description: string };
  args: ArgsDef;
  readonly examples: readonly string[];
}

interface Definition<T extends ArgsDef> {
  /** One sentence. */
  description: string;
  args: T;
  /** Command lines, each with what it does behind `#`. */
  examples: readonly string[];
  /** Returns the exit code; none is success. */
  run: (args: ParsedArgs<T>, context: Context) => Promise<number | void> | number | void;
}

/** A command of lap, as citty runs it with a `Context` for its data. */
export function command<const T extends ArgsDef>(definition: Definition<T>): LapCommand {
  const { description, args, examples, run } = definition;
  const made = defineCommand<T>({
    args,
    run: ({ args: parsed, data }) => run(parsed, data as Context),
  });
  return { ...(made as unknown as CommandDef<ArgsDef>), meta: { description }, args, examples };
}
