import { configPath, readConfig, tilde } from "../config/configfile.ts";
import { removeLogin } from "../config/login.ts";
import { DEFAULT_PROFILE, selectProfile } from "../config/profiles.ts";
import type { Context } from "../context.ts";
import { command } from "./command.ts";
import { keychainOf } from "./keychain.ts";
import { droppedWords, untilWritable } from "./saved.ts";

export default command({
  description: "Remove the saved platform and key; sessions live on",
  args: {},
  examples: ["lap logout", "lap logout --profile acme"],
  async run(_args, context) {
    const { home, log, env } = context;
    const shown = tilde(configPath(home), home);
    const profile = profileInForce(context);
    const isNamed = profile !== DEFAULT_PROFILE;
    await untilWritable(context);
    const removed = await removeLogin(home, keychainOf(context), profile);
    if (!removed)
      log.log(`not logged in: there is no ${isNamed ? `profile '${profile}' in ` : ""}${shown}`);
    else if (removed.wholeFile) log.success(`removed ${shown}`);
    else log.success(`removed ${isNamed ? `profile '${profile}'` : "the login"} from ${shown}`);
    if (removed?.broken) {
      const kept = tilde(removed.broken, home);
      log.warn(`it was broken, and is kept as ${kept}, with the keys that are in it`);
    }
    if (removed?.dropped) log.warn(droppedWords(removed.dropped));
    if (removed?.leftover) {
      log.warn(`the key may still be in the keychain of this machine: ${removed.leftover}`);
    }
    if (env.LAP_KEY) log.warn("LAP_KEY is still set in the environment");
  },
});

/** A broken file says nothing of profiles; it goes, or is left, altogether. */
function profileInForce({ env, home, profile }: Context): string {
  try {
    return selectProfile(env, profile, readConfig(home)).name;
  } catch {
    return selectProfile(env, profile, undefined).name;
  }
}
