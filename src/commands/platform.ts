import { type Client, createClient } from "../api/client.ts";
import { configPath, readConfig, tilde } from "../config/configfile.ts";
import { type Credentials, parseKey, resolveCredentials } from "../config/credentials.ts";
import { type KeychainEntry, readKey } from "../config/keychain.ts";
import { DEFAULT_PROFILE, listProfiles } from "../config/profiles.ts";
import type { Context } from "../context.ts";
import { EXIT, LapError } from "../errors.ts";
import { Secret } from "../net/secret.ts";
import { startProgress } from "../ui/progress.ts";
import { keychainOf } from "./keychain.ts";
import { worldOf } from "./network.ts";
import { readConfigAloud } from "./saved.ts";

/** The platform and key in force, or undefined where nobody is logged in. */
export function findCredentials(context: Context): Credentials | undefined {
  const { env, profile } = context;
  const found = resolveCredentials(env, () => readConfigAloud(context), profile);
  if (found && profile !== undefined && found.profile === undefined) {
    context.log.warn(`LAP_URL and LAP_KEY are set and go before profile '${profile}'`);
  }
  return found;
}

/**
 * A client of the platform in force.
 *
 * @throws LapError (exit 4) where nobody is logged in.
 */
export function requireClient(context: Context): Client {
  const credentials = findCredentials(context);
  if (credentials) return clientFor(context, credentials);
  throw new LapError("not logged in", { hint: loginHint(context), exitCode: EXIT.refused });
}

/** A client of a platform, whose key is taken out of the keychain once it is needed. */
export function clientFor(context: Context, { base, key, sources }: Credentials): Client {
  if (key instanceof Secret) {
    const keyVariable = sources.key === "LAP_KEY" ? sources.key : undefined;
    return createClient({ base, key, keyVariable }, worldOf(context));
  }
  let read: Promise<Secret> | undefined;
  const getKey = () => (read ??= keyFrom(context, key));
  return createClient({ base, key: getKey }, worldOf(context));
}

async function keyFrom(context: Context, entry: KeychainEntry): Promise<Secret> {
  const key = await readKey(keychainOf(context), entry);
  return parseKey("the key in the keychain", key);
}

/**
 * What the sessions left on a platform are remembered by: its base, and the profile where that has a
 * name.
 */
export function memoryOf({ env, home, profile }: Context, { base }: Pick<Client, "base">): string {
  try {
    const name = resolveCredentials(env, () => readConfig(home), profile)?.profile;
    return name === undefined || name === DEFAULT_PROFILE ? base : `${base}#${name}`;
  } catch {
    return base;
  }
}

/** The next step of who is not logged in. */
export function loginHint({ home }: Context): string {
  const names = listProfiles(readConfig(home)).map(({ name }) => name);
  return names.length > 0
    ? `\`lap config use NAME\` chooses a profile (there is: ${names.join(", ")}); \`lap login\` saves another.`
    : `Run \`lap login\`, or set LAP_URL and LAP_KEY. (No ${tilde(configPath(home), home)}.)`;
}

/** Work that waits for the platform; where that takes long, a line says so. */
export async function asking<T>(
  { stderr, clock }: Context,
  { base }: Client,
  work: () => Promise<T>,
): Promise<T> {
  const progress = startProgress(stderr, clock, waitingFor(base));
  try {
    return await work();
  } finally {
    progress.done();
  }
}

/** Whose answer is waited for, by its URL. */
export function waitingFor(url: string): string {
  return `waiting for ${new URL(url).host}`;
}
