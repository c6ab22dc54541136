import { readConfig } from "../config/configfile.ts";
import { type Credentials, resolveCredentials } from "../config/credentials.ts";
import { profilesForOrigin } from "../config/profiles.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import { parseSessionReference } from "../net/url.ts";

/**
 * The profile for a session that was given as a link, perhaps out of a chat: that which was saved for
 * the link's scheme, host and port, where the platform in force is another. A key is never sent to a
 * host for being named in a link.
 *
 * @param words what was typed for sessions.
 * @returns undefined where the platform in force is the one, or nobody is logged in at all.
 * @throws UsageError for a platform that nothing is saved for, or another than was asked for, and for
 *   links to several.
 */
export function profileForLink(words: readonly string[], context: Context): string | undefined {
  const [link, ...others] = words.map(linkOf).filter((url) => url !== undefined);
  if (!link) return undefined;
  const other = others.find(({ origin }) => origin !== link.origin);
  if (other) {
    throw new UsageError(
      `the sessions are on two platforms: ${link.origin} and ${other.origin}`,
      "Give those of one platform at a time.",
    );
  }
  const { env, home, profile: named } = context;
  const file = attempt(() => readConfig(home));
  const inForce = attempt(() => resolveCredentials(env, () => file, named));
  const fitting = profilesForOrigin(file, link);
  const isAsked = named !== undefined || Boolean(env.LAP_URL || env.LAP_KEY);
  if (inForce && new URL(inForce.base).origin === link.origin) {
    // Of several platforms at one host, the one that the link lies below.
    if (isAsked || (inForce.profile && fitting.includes(inForce.profile))) return undefined;
  } else if (isAsked || fitting.length === 0) {
    if (inForce) throw elsewhere(link, inForce, fitting, named);
    return undefined;
  }
  if (fitting.length > 1) {
    throw new UsageError(
      `several profiles are saved for ${link.origin}: ${fitting.join(", ")}`,
      `Name one of them: --profile ${fitting[0]}`,
    );
  }
  return fitting[0];
}

function elsewhere(
  { origin }: URL,
  { base }: Credentials,
  [saved]: readonly string[],
  named: string | undefined,
): UsageError {
  const way = named === undefined ? "unset LAP_URL and LAP_KEY" : "leave --profile out";
  const next = saved
    ? `Profile '${saved}' is saved for that platform: ${way} to use it.`
    : "Run `lap login --profile NAME` for that platform first, if you trust the link.";
  return new UsageError(
    `the session is on ${origin}, but you are logged in to ${base}`,
    `The key was not sent. ${next}`,
  );
}

/** Whether a word is the link of a session. */
export function isLink(word: string): boolean {
  return linkOf(word) !== undefined;
}

/** The address in a word, if it is the link of a session; its command says what is wrong with others. */
function linkOf(word: string): URL | undefined {
  const { origin } = attempt(() => parseSessionReference(word)) ?? {};
  return origin === undefined ? undefined : new URL(word.trim().replace(/^ws/i, "http"));
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
