import { EXIT, LapError, UsageError } from "../errors.ts";
import { normalizeBase } from "../net/url.ts";
import { type ConfigFile, type ConfigValues, type Entry, isObject } from "./configfile.ts";

type Env = Record<string, string | undefined>;

/** The platform at the top of the config file, where the only one is kept. */
export const DEFAULT_PROFILE = "default";

/** A profile that was chosen, and by what. */
export interface Selection {
  name: string;
  source: "--profile" | "LAP_PROFILE" | "file" | "default";
}

/**
 * Which profile is in force: the one of `--profile`, else LAP_PROFILE's, else the file's, else the
 * default.
 *
 * @param named by `--profile`.
 * @throws UsageError for a name that none can have.
 */
export function selectProfile(
  env: Env,
  named: string | undefined,
  file: ConfigFile | undefined,
): Selection {
  if (named !== undefined) return { name: parseProfile("--profile", named), source: "--profile" };
  if (env.LAP_PROFILE) {
    return { name: parseProfile("LAP_PROFILE", env.LAP_PROFILE), source: "LAP_PROFILE" };
  }
  if (file?.profile) return { name: parseProfile("config.json", file.profile), source: "file" };
  return { name: DEFAULT_PROFILE, source: "default" };
}

/**
 * A profile's name: something to type, and safe wherever it is shown.
 *
 * @throws UsageError for anything else.
 */
export function parseProfile(where: string, text: string): string {
  if (/^[a-z0-9][\w.-]{0,63}$/i.test(text)) return text;
  throw new UsageError(
    `${where}: '${text}' cannot be the name of a profile`,
    "A name begins with a letter or digit; more of those, '.', '_' and '-' may follow. Example: acme",
  );
}

/** What the file holds of a profile; undefined where there is none of that name. */
export function profileEntry(file: ConfigFile | undefined, name: string): Entry | undefined {
  return name === DEFAULT_PROFILE ? file?.top : file?.profiles.get(name);
}

/** A profile which can be named. */
export interface Profile {
  name: string;
  base: string;
  /** Where its key is; null where it has none. */
  key: "file" | "keychain" | null;
}

/** The profiles that lead to a platform, the default one first. */
export function listProfiles(file: ConfigFile | undefined): Profile[] {
  const entries: [string, Entry][] = [
    [DEFAULT_PROFILE, file?.top ?? {}],
    ...(file?.profiles ?? []),
  ];
  return entries.flatMap(([name, entry]) => {
    const key = entry.keyStore === "keychain" ? "keychain" : entry.key ? "file" : null;
    return entry.base ? [{ name, base: entry.base, key }] : [];
  });
}

/** There is no profile of the name which was given. */
export class UnknownProfile extends LapError {}

/** That there is no such profile, or only its settings, and which there are. */
export function unknownProfile(
  { name, source }: Selection,
  file: ConfigFile | undefined,
): UnknownProfile {
  const where = source === "--profile" ? "" : ` (${sourceWords(source)})`;
  if (file?.profiles.has(name)) {
    return new UnknownProfile(`profile '${name}' has no login yet${where}`, {
      hint: `\`lap login --profile ${name}\` logs in.`,
      exitCode: EXIT.refused,
    });
  }
  const names = listProfiles(file).map((profile) => profile.name);
  const known =
    names.length > 0 ? `There ${names.length === 1 ? "is" : "are"}: ${names.join(", ")}. ` : "";
  return new UnknownProfile(`there is no profile '${name}'${where}`, {
    hint: `${known}\`lap login --profile ${name}\` makes it.`,
    exitCode: EXIT.refused,
  });
}

/** Where a choice comes from, as a person would say it. */
export function sourceWords(source: Selection["source"]): string {
  return source === "file" ? "config.json" : source;
}

/**
 * The profile whose key may go to an address: one saved for the same scheme, host and port. Where
 * several are, those whose platform lies along the address's path go first, the nearest of them.
 *
 * @returns their names; more than one where they cannot be told apart.
 */
export function profilesForOrigin(file: ConfigFile | undefined, address: URL): string[] {
  const along = listProfiles(file).flatMap(({ name, base }) => {
    const { origin, pathname } = platformUrl(base) ?? {};
    if (pathname === undefined || origin !== address.origin) return [];
    const prefix = pathname.replace(/\/*$/, "/");
    return [{ name, depth: `${address.pathname}/`.startsWith(prefix) ? prefix.length : 0 }];
  });
  const deepest = Math.max(...along.map(({ depth }) => depth));
  return along.filter(({ depth }) => depth === deepest).map(({ name }) => name);
}

/** The address of a saved base; one that cannot be used has no origin to fit. */
export function platformUrl(base: string): URL | undefined {
  try {
    return new URL(normalizeBase(base));
  } catch {
    return undefined;
  }
}

/** The file's values with those of a profile changed; the profile goes where nothing is left of it. */
export function withEntry(
  values: ConfigValues,
  name: string,
  change: (entry: ConfigValues) => ConfigValues,
): ConfigValues {
  if (name === DEFAULT_PROFILE) return change(values);
  const profiles = isObject(values.profiles) ? values.profiles : {};
  const { [name]: before, ...others } = profiles;
  const entry = change(isObject(before) ? before : {});
  const changed = Object.keys(entry).length > 0 ? { ...profiles, [name]: entry } : others;
  const { profiles: _all, ...rest } = values;
  return Object.keys(changed).length > 0 ? { ...rest, profiles: changed } : rest;
}
