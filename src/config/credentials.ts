import { EXIT, LapError, UsageError } from "../errors.ts";
import { isBearer } from "../net/bearer.ts";
import { Secret } from "../net/secret.ts";
import { normalizeBase } from "../net/url.ts";
import type { ConfigFile, Entry } from "./configfile.ts";
import { type KeychainEntry, keychainEntry } from "./keychain.ts";
import {
  DEFAULT_PROFILE,
  profileEntry,
  profilesForOrigin,
  selectProfile,
  type Selection,
  unknownProfile,
} from "./profiles.ts";

type Env = Record<string, string | undefined>;

/** Where a part of the login came from. */
export type Source = "LAP_URL" | "LAP_KEY" | "file" | "keychain";

export interface Credentials {
  /** The platform's base URL, normalized. */
  base: string;
  /** The master key, or where the operating system keeps it. Never printed, logged or put in a URL. */
  key: Secret | KeychainEntry;
  /** The profile that the key, or at least the base, is from; undefined where both are LAP_URL's. */
  profile: string | undefined;
  sources: { base: Source; key: Source };
}

/**
 * The platform and key in force: LAP_URL and LAP_KEY over the profile in force. A key belongs to the
 * origin it was saved for: LAP_URL that names another origin does not get it, but may get that of a
 * profile which was saved for it.
 *
 * @param named the profile of `--profile`.
 * @returns undefined where nobody is logged in.
 * @throws LapError where the file is broken and needed, a value cannot be used, there is no such
 *   profile, or only half of a login is there.
 */
export function resolveCredentials(
  env: Env,
  readFile: () => ConfigFile | undefined,
  named?: string,
): Credentials | undefined {
  const givenBase = env.LAP_URL && parseBase("LAP_URL", env.LAP_URL);
  const givenKey = env.LAP_KEY && parseKey("LAP_KEY", env.LAP_KEY);
  if (givenBase && givenKey) {
    const sources = { base: "LAP_URL", key: "LAP_KEY" } as const;
    return { base: givenBase, key: givenKey, profile: undefined, sources };
  }
  const file = readFile();
  const selection = selectProfile(env, named, file);
  if (givenBase) return withSavedKey(givenBase, file, selection);
  const saved = savedLogin(file, selection);
  if (givenKey && !saved.base) {
    throw new LapError("LAP_KEY is set, but no platform is known", {
      hint: "Set LAP_URL too, or run `lap login`.",
      exitCode: EXIT.refused,
    });
  }
  const key = givenKey || saved.key;
  if (!saved.base || !key) return undefined;
  const sources = { base: "file", key: givenKey ? "LAP_KEY" : sourceOf(key) } as const;
  return { base: saved.base, key, profile: selection.name, sources };
}

/** LAP_URL with the key that was saved for its origin: the profile's in force, else another one's. */
function withSavedKey(
  base: string,
  file: ConfigFile | undefined,
  selection: Selection,
): Credentials {
  const fitting = profilesForOrigin(file, new URL(base));
  const other = selection.source === "--profile" ? undefined : fitting[0];
  const name = fitting.includes(selection.name) ? selection.name : other;
  const key = name === undefined ? undefined : loginOf(profileEntry(file, name), name).key;
  if (!key) {
    throw new LapError(`LAP_URL is set, but there is no key for ${base}`, {
      hint: "Set LAP_KEY too, or unset LAP_URL. A saved key is only sent to the platform it was saved for.",
      exitCode: EXIT.refused,
    });
  }
  return { base, key, profile: name, sources: { base: "LAP_URL", key: sourceOf(key) } };
}

interface Login {
  base: string | undefined;
  key: Secret | KeychainEntry | undefined;
}

function savedLogin(file: ConfigFile | undefined, selection: Selection): Login {
  const login = loginOf(profileEntry(file, selection.name), selection.name);
  if (!login.base && selection.name !== DEFAULT_PROFILE) throw unknownProfile(selection, file);
  return login;
}

function loginOf(entry: Entry | undefined, name: string): Login {
  const base = entry?.base ? parseBase("config.json", entry.base) : undefined;
  if (base && entry?.keyStore === "keychain") {
    return { base, key: keychainEntry(name, base, entry.keyId) };
  }
  const key = entry?.key ? parseKey("the key in config.json", entry.key) : undefined;
  return { base, key };
}

function sourceOf(key: Secret | KeychainEntry): "file" | "keychain" {
  return key instanceof Secret ? "file" : "keychain";
}

function parseBase(where: string, text: string): string {
  try {
    return normalizeBase(text);
  } catch (error) {
    const { message, hint } = error as UsageError;
    throw new UsageError(`${where}: ${message}`, hint);
  }
}

/**
 * A key as it is sent: without the line break which an editor or `cat` left at its end.
 *
 * @param where names it in the error, which does not repeat the key.
 * @throws UsageError where no header can carry it.
 */
export function parseKey(where: string, text: string): Secret {
  const key = text.trim();
  if (key === "") throw new UsageError(`${where} is empty`);
  if (!isBearer(key)) {
    throw new UsageError(
      `${where} holds spaces, line breaks or characters outside ASCII`,
      "It is a single word. Was something else pasted with it?",
    );
  }
  return new Secret(key);
}

/** A key as it may be shown: its first and last four characters, or none of a short one. */
export function maskKey(secret: Secret): string {
  const key = secret.reveal();
  const masked = "•".repeat(8);
  return key.length < 16 ? masked : `${key.slice(0, 4)}${masked}${key.slice(-4)}`;
}
