import { type Client, createClient } from "../api/client.ts";
import {
  type ConfigFile,
  type Credentials,
  configPath,
  readConfig,
  resolveCredentials,
  tilde,
} from "../config/credentials.ts";
import type { Context } from "../context.ts";
import { EXIT, LapError } from "../errors.ts";
import { startProgress } from "../ui/progress.ts";
import { routerOf } from "./network.ts";

/** The config file, with a word to the person where it had to be made private. */
export function readConfigAloud({ home, log }: Context): ConfigFile | undefined {
  const file = readConfig(home);
  if (file?.repaired) {
    log.warn(`${tilde(file.path, home)} could be read by others; it is private now`);
  }
  return file;
}

/** The platform and key in force, or undefined where nobody is logged in. */
export function findCredentials(context: Context): Credentials | undefined {
  return resolveCredentials(context.env, () => readConfigAloud(context));
}

/**
 * A client of the platform in force.
 *
 * @throws LapError (exit 4) where nobody is logged in.
 */
export function requireClient(context: Context): Client {
  const credentials = findCredentials(context);
  if (!credentials) {
    throw new LapError("not logged in", {
      hint: `Run \`lap login\`, or set LAP_URL and LAP_KEY. (No ${tilde(configPath(context.home), context.home)}.)`,
      exitCode: EXIT.refused,
    });
  }
  return createClient(credentials, routerOf(context));
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
