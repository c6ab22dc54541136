import type { Paint } from "../ui/log.ts";
import { VERSION } from "../version.ts";
import { shortOf } from "./arguments.ts";
import type { LapArgs, LapCommand } from "./command.ts";
import { GLOBAL_ARGS } from "./everywhere.ts";
import { COMMANDS } from "./index.ts";

/** `lap --help`. */
export function renderHelp(paint: Paint): string {
  const commands = Object.entries(COMMANDS).map(([name, { says }]) => [name, says] as const);
  return [
    `lap ${VERSION} — ssh for agent sandboxes: your own terminal inside a running agent sandbox.`,
    "",
    paint("bold", "Usage"),
    ...columns([
      ["lap", "pick an agent and open its sandbox"],
      ["lap <agent>", "open it by name or id, or return to the session you left"],
      ["lap <command>", "one of those below; `lap open <agent>` for an agent of such a name"],
    ]),
    "",
    paint("bold", "Commands"),
    ...columns(commands),
    "",
    paint("bold", "Everywhere"),
    ...columns(Object.entries(GLOBAL_ARGS).map(flagRow)),
    "",
    paint("bold", "In the sandbox"),
    ...columns([
      ["Ctrl-D", "detach; the agent works on"],
      ["Ctrl-] ?", "what else lap can do meanwhile"],
    ]),
    "",
    "`lap help <command>` or `lap <command> --help` explains one.",
  ].join("\n");
}

/** `lap <command> --help`: usage, arguments, flags and examples, from the command's definition. */
export function renderCommandHelp(name: string, command: LapCommand, paint: Paint): string {
  const args = Object.entries(command.args);
  const positionals = args.filter(([, { type }]) => type === "positional");
  const flags = args.filter(([, { type }]) => type !== "positional");
  const usage = positionals.map(([arg, { required, repeated }]) => {
    const words = repeated ? `${arg}...` : arg;
    return required === false ? `[${words}]` : `<${words}>`;
  });
  const { description } = command.meta;
  const section = (title: string, rows: (readonly [string, string])[]) =>
    rows.length > 0 ? ["", paint("bold", title), ...columns(rows)] : [];
  return [
    `${description}.`,
    "",
    `${paint("bold", "Usage")}  lap ${[name, ...usage, ...(flags.length > 0 ? ["[flags]"] : [])].join(" ")}`,
    ...section(
      "Arguments",
      positionals.map(([arg, { description: says = "" }]) => [arg, says] as const),
    ),
    ...section("Flags", [...flags, ...Object.entries(GLOBAL_ARGS)].map(flagRow)),
    ...section("Examples", command.examples.map(exampleRow)),
  ].join("\n");
}

function flagRow([name, definition]: [string, LapArgs[string]]): readonly [string, string] {
  const negative = definition.type === "boolean" && definition.negativeDescription;
  if (negative) return [`--no-${name}`, negative];
  const value = definition.type === "boolean" ? "" : ` <${definition.valueHint ?? "value"}>`;
  const short = shortOf(definition);
  return [`${short ? `-${short}, ` : ""}--${name}${value}`, definition.description ?? ""];
}

function exampleRow(example: string): readonly [string, string] {
  const [line = "", says = ""] = example.split(/\s+#\s+/);
  return [line, says && `# ${says}`];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}
