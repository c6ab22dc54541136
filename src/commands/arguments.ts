import type { ArgDef } from "citty";
import { parseArgs } from "node:util";
import { UsageError } from "../errors.ts";
import { nearest } from "../ui/nearest.ts";
import type { LapArgs } from "./command.ts";
import { GLOBAL_ARGS } from "./everywhere.ts";

/**
 * Refuses what citty lets pass in silence: unknown flags, flags without their value, missing and
 * extra arguments.
 *
 * @returns the arguments that are no flags.
 * @throws UsageError which names the word and the nearest right one.
 */
export function checkArgs(name: string, args: LapArgs, raw: readonly string[]): string[] {
  const help = `\`lap ${name} --help\` shows what there is.`;
  const flags = new Map<string, "string" | "boolean">();
  const positionals: { name: string; required: boolean; repeated: boolean }[] = [];
  for (const [arg, definition] of Object.entries(args)) {
    if (definition.type === "positional") {
      const { required = true, repeated = false } = definition;
      positionals.push({ name: arg, required, repeated });
      continue;
    }
    flags.set(arg, definition.type === "boolean" ? "boolean" : "string");
    if (definition.type === "boolean" && definition.negativeDescription)
      flags.set(`no-${arg}`, "boolean");
  }
  const { tokens } = parseArgs({
    args: [...raw],
    options: Object.fromEntries(
      [...flags].map(([flag, type]) => {
        const short = shortOf(args[flag]);
        return [flag, short ? { type, short } : { type }];
      }),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });

  const given: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") given.push(token.value);
    if (token.kind !== "option") continue;
    const type = flags.get(token.name);
    if (!type)
      throw new UsageError(`unknown flag ${token.rawName}`, flagHint(token.name, flags) ?? help);
    if (type === "boolean" && token.value !== undefined) {
      throw new UsageError(`${token.rawName} takes no value`, help);
    }
    const missing = !token.value || (!token.inlineValue && token.value.startsWith("-"));
    if (type === "string" && missing) throw new UsageError(`${token.rawName} needs a value`, help);
  }
  const last = positionals.at(-1);
  const many = last?.repeated ? last : undefined;
  const blank = given.includes("") && (positionals[given.indexOf("")] ?? many);
  if (blank) throw new UsageError(`<${blank.name}> is empty`, help);
  const absent = positionals[given.length];
  if (absent?.required) throw new UsageError(`lap ${name} needs <${absent.name}>`, help);
  const extra = given[positionals.length];
  if (extra !== undefined && !many) throw new UsageError(`unexpected argument '${extra}'`, help);
  return given;
}

/** The one letter that stands for a flag. */
export function shortOf(definition: ArgDef | undefined): string | undefined {
  const alias = definition && "alias" in definition ? definition.alias : undefined;
  return typeof alias === "string" ? alias : undefined;
}

function flagHint(typed: string, flags: ReadonlyMap<string, unknown>): string | undefined {
  const close = nearest(typed, [...flags.keys(), ...Object.keys(GLOBAL_ARGS)], 2);
  return close.length > 0
    ? `Did you mean ${close.map((flag) => `--${flag}`).join(" or ")}?`
    : undefined;
}
