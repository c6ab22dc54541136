import type { Paint } from "../ui/log.ts";
import { VERSION } from "../version.ts";
import { shortOf } from "./arguments.ts";
import type { LapArgs, LapCommand } from "./command.ts";
import { GLOBAL_ARGS } from "./everywhere.ts";
import { COMMANDS } from "./index.ts";

/** What stands on the left of a help text, and what is said of it. */
export type Row = readonly [left: string, right: string];

/** The ways to call lap. */
export const USAGE: readonly Row[] = [
  ["lap", "pick an agent and open its sandbox"],
  ["lap <agent>", "open it by name or id, or return to the session you left"],
  ["lap <command>", "one of those below; `lap open <agent>` for an agent named like one"],
];

/** The flags of lap itself; `anywhere`: of each of its commands too. */
export const LAP_FLAGS = [
  { name: "help", letter: "h", says: "Explain lap, or the command before it", anywhere: true },
  { name: "version", letter: "v", says: "Show the version", anywhere: false },
] as const;

export function lapFlagRows(): Row[] {
  return LAP_FLAGS.map(({ name, letter, says }) => [`-${letter}, --${name}`, says]);
}

/** The flags that every command takes beside its own. */
export function globalFlagRows(): Row[] {
  return Object.entries(GLOBAL_ARGS).flatMap(flagRows);
}

/** Those of lap's own, as they are unless others are chosen. */
export const KEYS: readonly Row[] = [
  ["Ctrl-D", "detach; the agent works on"],
  ["Ctrl-] ?", "what else lap can do meanwhile"],
];

/** `lap --help`. */
export function renderHelp(paint: Paint): string {
  const commands = Object.entries(COMMANDS).map(([name, { says }]) => [name, says] as const);
  return [
    `lap ${VERSION} — ssh for agent sandboxes: your own terminal inside a running agent sandbox.`,
    "",
    paint("bold", "Usage"),
    ...columns(USAGE),
    "",
    paint("bold", "Commands"),
    ...columns(commands),
    "",
    paint("bold", "Flags"),
    ...columns(lapFlagRows()),
    "",
    paint("bold", "Everywhere"),
    ...columns(globalFlagRows()),
    "",
    paint("bold", "In the sandbox, by default"),
    ...columns(KEYS),
    "",
    "`lap help <command>` or `lap <command> --help` explains one.",
  ].join("\n");
}

/** What a command's definition says of it: the source of its help and of its part of the man page. */
export interface Explained {
  usage: string;
  arguments: Row[];
  flags: Row[];
  examples: Row[];
}

export function explain(name: string, command: LapCommand): Explained {
  const args = Object.entries(command.args);
  const positionals = args.filter(([, { type }]) => type === "positional");
  const flags = args.filter(([, { type }]) => type !== "positional");
  const usage = positionals.map(([arg, { required, repeated }]) => {
    const words = repeated ? `${arg}...` : arg;
    return required === false ? `[${words}]` : `<${words}>`;
  });
  return {
    usage: ["lap", name, ...usage, ...(flags.length > 0 ? ["[flags]"] : [])].join(" "),
    arguments: positionals.map(([arg, { description: says = "" }]) => [arg, says]),
    flags: flags.flatMap(flagRows),
    examples: command.examples.map(exampleRow),
  };
}

/** `lap <command> --help`. */
export function renderCommandHelp(name: string, command: LapCommand, paint: Paint): string {
  const explained = explain(name, command);
  const section = (title: string, rows: readonly Row[]) =>
    rows.length > 0 ? ["", paint("bold", title), ...columns(rows)] : [];
  return [
    `${command.meta.description}.`,
    "",
    `${paint("bold", "Usage")}  ${explained.usage}`,
    ...section("Arguments", explained.arguments),
    ...section("Flags", [...explained.flags, ...globalFlagRows()]),
    ...section("Examples", explained.examples),
  ].join("\n");
}

function flagRows([name, definition]: [string, LapArgs[string]]): Row[] {
  const value = definition.type === "boolean" ? "" : ` <${definition.valueHint ?? "value"}>`;
  const short = shortOf(definition);
  return flagForms(name, definition).map(([word, says]) => {
    const letter = short && word === `--${name}` ? `-${short}, ` : "";
    return [`${letter}${word}${value}`, says];
  });
}

/** A flag as it is typed, its negation, or both: whichever the definition says something of. */
export function flagForms(name: string, definition: LapArgs[string]): Row[] {
  const { description: says = "" } = definition;
  const negative = definition.type === "boolean" && definition.negativeDescription;
  const off: Row[] = negative ? [[`--no-${name}`, negative]] : [];
  return says || !negative ? [[`--${name}`, says], ...off] : off;
}

function exampleRow(example: string): Row {
  const [line = "", says = ""] = example.split(/\s+#\s+/);
  return [line, says && `# ${says}`];
}

function columns(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}
