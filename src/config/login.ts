import { randomUUID } from "node:crypto";
import { Interrupted, LapError } from "../errors.ts";
import { changeConfig, type ConfigValues, type Entry, isObject, readConfig } from "./configfile.ts";
import {
  faultWords,
  isNoKeychain,
  type Keychain,
  type KeychainEntry,
  keychainEntry,
} from "./keychain.ts";
import { DEFAULT_PROFILE, platformUrl, profileEntry, withEntry } from "./profiles.ts";
import { isSetting, type SettingName, SETTINGS } from "./settings.ts";
import type { Secret } from "../net/secret.ts";

/** A login that is known to work. */
export interface Login {
  profile: string;
  base: string;
  key: Secret;
}

export interface Saved {
  keptIn: "file" | "keychain";
  /** Why the keychain does not hold the key, though it was to. */
  fault?: string;
  /** Why an older key is still in the keychain. */
  leftover?: string;
  /** Where the config file is kept that was broken. */
  broken?: string;
  /** The settings which were of the platform before, and went with it. */
  dropped?: SettingName[];
}

/**
 * Saves a login. The keychain has the key, and has shown it, before the file says so; where it fails
 * the key goes into the file. At every moment either the old login works or the new one.
 *
 * @throws LapError where the file cannot be written; it is then still whole, and the keychain as it was.
 */
export async function saveLogin(
  home: string,
  keychain: Keychain,
  login: Login,
  wish: { keychain: boolean },
): Promise<Saved> {
  const { profile, base } = login;
  const key = login.key.reveal();
  const before = savedEntry(home, profile);
  const old = before && keychainOf(before, profile);
  const { id, entry } = placeFor(login, before, old);
  const stored = wish.keychain ? await store(keychain, entry, key) : { kept: false as const };
  let written: ReturnType<typeof writeLogin>;
  try {
    written = writeLogin(
      home,
      profile,
      base,
      stored.kept ? { keyStore: "keychain", ...id } : { key },
    );
  } catch (error) {
    if (stored.kept) await stored.undo();
    throw error;
  }
  const replaced = stored.kept && old?.name === entry.name;
  const leftover = old && !replaced ? await forget(keychain, old) : undefined;
  return {
    keptIn: stored.kept ? "keychain" : "file",
    ...(stored.fault ? { fault: stored.fault } : {}),
    ...(leftover ? { leftover } : {}),
    ...written,
  };
}

/** Where the keychain keeps a login's key: where it kept the one before, or at a place of its own. */
function placeFor(
  { profile, base }: Login,
  before: Entry | undefined,
  old: KeychainEntry | undefined,
): { id: { keyId?: string }; entry: KeychainEntry } {
  const again = keychainEntry(profile, base, before?.keyId);
  if (again.name === old?.name) {
    return { id: before?.keyId ? { keyId: before.keyId } : {}, entry: again };
  }
  const keyId = randomUUID();
  return { id: { keyId }, entry: keychainEntry(profile, base, keyId) };
}

export interface Removed extends Pick<Saved, "leftover" | "broken" | "dropped"> {
  base?: string | undefined;
  wholeFile: boolean;
}

/**
 * Removes a profile's login: its key from the keychain, then what the file says of it and its platform.
 * The settings beside the default profile that are everybody's stay; with that, a broken file goes altogether, and is kept beside.
 *
 * @returns what was removed; undefined where there was nothing.
 * @throws LapError where a broken file may hold other profiles than the one, the keychain does not let go of the key, or the file cannot be written.
 */
export async function removeLogin(
  home: string,
  keychain: Keychain,
  profile: string,
): Promise<Removed | undefined> {
  let before: Entry | undefined;
  try {
    before = savedEntry(home, profile, { strict: true });
  } catch (error) {
    if (profile !== DEFAULT_PROFILE) throw error;
    // Where another lap has mended it by now, it is left as that wrote it.
    const empty = (values: ConfigValues) => (Object.keys(values).length > 0 ? values : undefined);
    const broken = changeConfig(home, empty, { mend: true });
    return { wholeFile: true, ...(broken ? { broken } : {}) };
  }
  if (!before || (profile === DEFAULT_PROFILE && !before.base && !before.key)) return undefined;
  const old = keychainOf(before, profile);
  const leftover = old && (await forget(keychain, old, { strict: true }));
  let wholeFile = false;
  changeConfig(home, (values) => {
    const rest = withEntry(values, profile, (entry) =>
      profile === DEFAULT_PROFILE ? withoutPlatform(entry) : {},
    );
    const { profile: current, ...others } = rest;
    const kept = current === profile ? others : rest;
    wholeFile = Object.keys(kept).length === 0;
    return wholeFile ? undefined : kept;
  });
  const dropped = profile === DEFAULT_PROFILE ? ownSettings(before) : [];
  return {
    base: before.base,
    wholeFile,
    ...(leftover ? { leftover } : {}),
    ...(dropped.length > 0 ? { dropped } : {}),
  };
}

function writeLogin(
  home: string,
  profile: string,
  base: string,
  key: { key: string } | { keyStore: "keychain"; keyId?: string },
): Pick<Saved, "broken" | "dropped"> {
  let dropped: SettingName[] = [];
  const broken = changeConfig(
    home,
    (values) => {
      const saved = withEntry(values, profile, (entry) => {
        const isOther = isElsewhere(entry, base);
        dropped = isOther ? ownSettings(entry) : [];
        return { ...(isOther ? withoutPlatform(entry) : withoutLogin(entry)), base, ...key };
      });
      return usesProfile(values) ? saved : current(saved, profile);
    },
    { mend: true },
  );
  return { ...(broken ? { broken } : {}), ...(dropped.length > 0 ? { dropped } : {}) };
}

/** Whether an entry is of another origin. What was set before any login is of no other. */
function isElsewhere({ base: before }: ConfigValues, base: string): boolean {
  if (typeof before !== "string" || before === "") return false;
  return platformUrl(before)?.origin !== platformUrl(base)?.origin;
}

/** The settings of an entry which are of its platform alone: they name its hosts, and bare its tokens. */
function ownSettings(entry: ConfigValues): SettingName[] {
  return Object.keys(entry)
    .filter(isSetting)
    .filter((name) => "own" in SETTINGS[name]);
}

/** Whether a lap that is told nothing has a profile to use. */
function usesProfile(values: ConfigValues): boolean {
  const { profile = DEFAULT_PROFILE, profiles } = values;
  if (profile === DEFAULT_PROFILE || profile === "") return Boolean(values.base);
  const entry = isObject(profiles) ? new Map(Object.entries(profiles)).get(String(profile)) : {};
  return isObject(entry) && Boolean(entry.base);
}

/** The first login of all is the one to use. */
function current(values: ConfigValues, profile: string): ConfigValues {
  const { profile: _dangling, ...rest } = values;
  return profile === DEFAULT_PROFILE ? rest : { ...rest, profile };
}

function withoutLogin(entry: ConfigValues): ConfigValues {
  const { base: _base, key: _key, keyStore: _keyStore, keyId: _keyId, ...rest } = entry;
  return rest;
}

function withoutPlatform(entry: ConfigValues): ConfigValues {
  const own = new Set<string>(ownSettings(entry));
  const rest = Object.entries(withoutLogin(entry)).filter(([name]) => !own.has(name));
  return Object.fromEntries(rest);
}

function savedEntry(home: string, profile: string, { strict = false } = {}): Entry | undefined {
  try {
    return profileEntry(readConfig(home), profile);
  } catch (error) {
    if (strict) throw error;
    return undefined;
  }
}

function keychainOf({ base, keyStore, keyId }: Entry, profile: string): KeychainEntry | undefined {
  return keyStore === "keychain" && base && URL.canParse(base)
    ? keychainEntry(profile, base, keyId)
    : undefined;
}

type Stored =
  { kept: true; fault?: undefined; undo: () => Promise<void> } | { kept: false; fault?: string };

async function store(keychain: Keychain, entry: KeychainEntry, key: string): Promise<Stored> {
  let before: string | null;
  try {
    before = await keychain.get(entry);
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    return { kept: false, fault: faultWords(error) };
  }
  const undo = async () => {
    const undone =
      before === null ? keychain.delete(entry) : keychain.set({ ...entry, value: before });
    // What cannot be taken back is a key that works, under the name that it belongs to.
    await undone.catch(() => {});
  };
  try {
    await keychain.set({ ...entry, value: key });
    if ((await keychain.get(entry)) === key) return { kept: true, undo };
    await undo();
    return { kept: false, fault: "it did not keep the key" };
  } catch (error) {
    await undo();
    if (error instanceof Interrupted) throw error;
    return { kept: false, fault: faultWords(error) };
  }
}

/** Removes a key; in words why that failed, which stops whoever is `strict` about it. */
async function forget(
  keychain: Keychain,
  entry: KeychainEntry,
  { strict = false } = {},
): Promise<string | undefined> {
  try {
    await keychain.delete(entry);
    return undefined;
  } catch (error) {
    const words = faultWords(error);
    if (!strict || isNoKeychain(error)) return words;
    throw new LapError(`the keychain of this machine does not let go of the key: ${words}`, {
      hint: "You are still logged in. Unlock it and run `lap logout` again.",
      cause: error,
    });
  }
}
