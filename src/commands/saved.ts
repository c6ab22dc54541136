import { type ConfigFile, readConfig, tilde } from "../config/configfile.ts";
import { heldTooLong, isLocked, lockPath } from "../config/lock.ts";
import {
  DEFAULT_PROFILE,
  profileEntry,
  profilesForOrigin,
  selectProfile,
} from "../config/profiles.ts";
import { givenSetting, type SettingName, type SettingSources } from "../config/settings.ts";
import type { Context, Env } from "../context.ts";
import { normalizeBase } from "../net/url.ts";

/** A run that was told of an exposed file, or one that is not read, need not hear it each time that file is read. */
const told = new WeakSet<Context["log"]>();

/** The config file, with a word to the person where it had to be made private, or cannot be. */
export function readConfigAloud({ home, log }: Context): ConfigFile | undefined {
  const file = readConfig(home);
  if (file?.repaired) {
    log.warn(`${tilde(file.path, home)} could be read by others; it is private now`);
  }
  if (file?.exposed && !told.has(log)) {
    log.warn(
      `${tilde(file.path, home)} can be read by others, and cannot be made private (${file.exposed})`,
    );
    told.add(log);
  }
  return file;
}

/** What is not written by then is stuck. */
const PATIENCE_MS = 5_000;
const LOOK_AGAIN_MS = 50;

/**
 * Waits until no other lap writes, before what would wait for that deaf to Ctrl-C.
 *
 * @throws the signal's reason, and LapError where another does not let go.
 */
export async function untilWritable({ home, clock, signal }: Context): Promise<void> {
  const start = clock.now();
  while (isLocked(home)) {
    if (clock.now() - start >= PATIENCE_MS) throw heldTooLong(lockPath(home));
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

/**
 * Where settings are looked for. A broken file stops whoever reads the login from it, and is named then;
 * settings alone are no reason to stop.
 *
 * @param flags of the command, by their names.
 * @param options.aloud says that they are without the file, where that is not named otherwise.
 */
export function settingSources(
  context: Context,
  flags: Record<string, unknown> = {},
  { aloud = Boolean(context.env.LAP_URL && context.env.LAP_KEY) } = {},
): SettingSources {
  const { env, profile, caCert } = context;
  let file: ConfigFile | undefined;
  try {
    file = readConfigAloud(context);
  } catch (error) {
    if (aloud) warnUnread(context, error);
  }
  return {
    flags: { "ca-cert": caCert, ...flags },
    env,
    file,
    profile: settingsProfile(selectProfile(env, profile, file).name, env, file),
  };
}

/** Says once that a run goes on without the file. */
function warnUnread({ log }: Context, error: unknown): void {
  if (told.has(log)) return;
  log.warn(`${(error as Error).message}; none of its settings is in force`);
  told.add(log);
}

/** What the file says of a platform is for that one: not for that of LAP_URL, if it is another. */
function settingsProfile(
  inForce: string,
  { LAP_URL: url }: Env,
  file: ConfigFile | undefined,
): string | undefined {
  if (!url) return inForce;
  const fitting = profilesForAddress(file, url);
  if (fitting.includes(inForce)) return inForce;
  // What was set before any login is of no other platform.
  const open = [inForce, DEFAULT_PROFILE].find((name) => !profileEntry(file, name)?.base);
  return fitting[0] ?? open;
}

function profilesForAddress(file: ConfigFile | undefined, url: string): string[] {
  try {
    return profilesForOrigin(file, new URL(normalizeBase(url)));
  } catch {
    return [];
  }
}

/** That settings went with the platform that they were of. */
export function droppedWords(names: SettingName[]): string {
  const isOne = names.length === 1;
  return `${names.join(", ")} ${isOne ? "was" : "were"} of the platform before, and ${isOne ? "is" : "are"} not set any more`;
}

/** The environment, with what the profile in force says in place of a variable that is not set. */
export function platformEnv(context: Context): Env {
  const { text } = givenSetting("ttyFallback", settingSources(context));
  return { ...context.env, LAP_TTY_FALLBACK: text };
}
