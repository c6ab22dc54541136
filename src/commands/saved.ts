import { type ConfigFile, readConfig, tilde } from "../config/configfile.ts";
import { resolveCredentials } from "../config/credentials.ts";
import { DEFAULT_PROFILE, selectProfile } from "../config/profiles.ts";
import { givenSetting, type SettingSources } from "../config/settings.ts";
import type { Context, Env } from "../context.ts";

/** The config file, with a word to the person where it had to be made private. */
export function readConfigAloud({ home, log }: Context): ConfigFile | undefined {
  const file = readConfig(home);
  if (file?.repaired) {
    log.warn(`${tilde(file.path, home)} could be read by others; it is private now`);
  }
  return file;
}

/**
 * Where settings are looked for. A broken file is named where the login is read from it; settings
 * alone are no reason to stop.
 *
 * @param flags of the command, by their names.
 */
export function settingSources(
  context: Context,
  flags: Record<string, unknown> = {},
): SettingSources {
  const { env, profile, caCert } = context;
  let file: ConfigFile | undefined;
  try {
    file = readConfigAloud(context);
  } catch {
    // As if there were none.
  }
  return {
    flags: { "ca-cert": caCert, ...flags },
    env,
    file,
    profile: settingsProfile(context, file) ?? selectProfile(env, profile, file).name,
  };
}

/** What a profile says is for its own platform: not for that of LAP_URL, if it is another. */
function settingsProfile(
  { env, profile }: Context,
  file: ConfigFile | undefined,
): string | undefined {
  if (!env.LAP_URL) return undefined;
  try {
    return resolveCredentials(env, () => file, profile)?.profile ?? DEFAULT_PROFILE;
  } catch {
    return DEFAULT_PROFILE;
  }
}

/** The environment, with what the profile in force says in place of a variable that is not set. */
export function platformEnv(context: Context): Env {
  const { text } = givenSetting("ttyFallback", settingSources(context));
  return { ...context.env, LAP_TTY_FALLBACK: text };
}
