import { runCommand } from "citty";
import { checkArgs } from "./commands/arguments.ts";
import { takeGlobals } from "./commands/everywhere.ts";
import { renderCommandHelp, renderHelp } from "./commands/help.ts";
import { loadCommand, route } from "./commands/index.ts";
import { inProfile } from "./commands/nextstep.ts";
import type { Context } from "./context.ts";
import { EXIT, LapError } from "./errors.ts";
import { faultWords, framesOf } from "./ui/fault.ts";
import { clean } from "./ui/text.ts";
import { forgetSecrets } from "./net/secret.ts";
import { openTrace } from "./trace.ts";
import { NO_REMINDER, startReminder } from "./upgrade/reminder.ts";
import { VERSION } from "./version.ts";

/**
 * lap, from its arguments to its exit code. The only place where an error becomes words.
 *
 * @param argv what follows the program's name.
 */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  forgetSecrets();
  const { fault } = context;
  let told: unknown;
  let code: number;
  try {
    code = await dispatch(argv, context);
  } catch (error) {
    told = error;
    code = report(error, context);
  }
  if (!fault.aborted || fault.reason === told) return code;
  // The command did not go by it, or a signal was there before.
  const failure = report(fault.reason, context);
  return code || failure;
}

async function dispatch(words: readonly string[], world: Context): Promise<number> {
  // Before flags are looked for: what follows is a line that somebody is still typing.
  if (words[0] === "__complete") {
    const { complete } = await import("./completion/complete.ts");
    return complete(words.slice(1), world);
  }
  const { globals, rest: argv } = takeGlobals(words);
  const { profile, "ca-cert": caCert, "debug-file": path } = globals;
  if (path === undefined) return perform(argv, { ...world, profile, caCert });
  const trace = openTrace(path, world.clock);
  try {
    trace.note("lap", { version: VERSION, words: argv.length, command: route(argv).name });
    const code = await perform(argv, { ...world, profile, caCert, trace });
    trace.note("end", { code });
    return code;
  } catch (error) {
    const { name, message, stack } = error as Error;
    trace.note("error", { name, says: message, stack });
    throw error;
  } finally {
    trace.close();
  }
}

async function perform(argv: readonly string[], context: Context): Promise<number> {
  const [first] = argv;
  const write = (text: string) => context.stdout.write(`${text}\n`);
  if (first === "--version" || first === "-v") {
    write(VERSION);
    return EXIT.ok;
  }
  if (first === "--help" || first === "-h") {
    write(renderHelp(context.paint));
    return EXIT.ok;
  }
  const { name, rest } = route(argv);
  const command = await loadCommand(name);
  const ownFlags = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  if (ownFlags.some((arg) => arg === "--help" || arg === "-h")) {
    write(renderCommandHelp(name, command, context.paint));
    return EXIT.ok;
  }
  const given = checkArgs(name, command.args, rest);
  const takesLinks = "session" in command.args || "target" in command.args;
  const profile = takesLinks ? await linkProfile(given, context) : context.profile;
  const router = async () => (await import("./commands/network.ts")).routerOf(context);
  // After an upgrade this lap is no more the one that is there.
  const reminder = name === "upgrade" ? NO_REMINDER : startReminder(context, router);
  try {
    const data = { ...context, profile };
    const { result } = await runCommand(command, { rawArgs: [...rest], data });
    await reminder.tell();
    return typeof result === "number" ? result : EXIT.ok;
  } catch (error) {
    throw inProfile(error, profile);
  } finally {
    reminder.end();
  }
}

/** The profile in force for a command which takes links to sessions. */
async function linkProfile(
  given: readonly string[],
  context: Context,
): Promise<string | undefined> {
  const { profileForLink } = await import("./commands/link.ts");
  const profile = profileForLink(given, context);
  if (profile !== undefined) context.log.log(`the link is for profile '${profile}'`);
  return profile ?? context.profile;
}

function report(error: unknown, { log, env }: Context): number {
  const debug = env.LAP_DEBUG === "1";
  if (error instanceof LapError) {
    if (error.message) log.error(clean(error.message));
    for (const line of error.hint?.split("\n") ?? []) log.log(`  ${clean(line)}`);
  } else {
    log.error(faultWords(error));
    if (!debug) log.log("  LAP_DEBUG=1 shows where. Please report it.");
  }
  if (debug) for (const frame of framesOf(error)) log.log(frame);
  return error instanceof LapError ? error.exitCode : EXIT.failure;
}
