import {
  changeConfig,
  type ConfigFile,
  configPath,
  readConfig,
  tilde,
} from "../config/configfile.ts";
import { resolveCredentials } from "../config/credentials.ts";
import {
  DEFAULT_PROFILE,
  listProfiles,
  parseProfile,
  selectProfile,
  sourceWords,
  unknownProfile,
} from "../config/profiles.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import { renderJson } from "../ui/json.ts";
import { nearest } from "../ui/nearest.ts";
import { renderTable } from "../ui/table.ts";
import { clean } from "../ui/text.ts";
import { readConfigAloud } from "./saved.ts";

/** `lap config list`: the profiles, without their keys. */
export function showProfiles(context: Context, json: boolean): void {
  const { stdout, log, paint, home } = context;
  const file = readConfigAloud(context);
  const inForce = nameInForce(context, file);
  const profiles = [...listProfiles(file), ...withoutLogin(file)].map((entry) => ({
    ...entry,
    in_force: entry.name === inForce,
  }));
  if (json) {
    stdout.write(renderJson(profiles));
  } else if (profiles.length === 0) {
    log.log(`no platform is saved in ${tilde(configPath(home), home)}; \`lap login\` saves one`);
  } else {
    const rows = profiles.map(({ name, base, key, in_force }) => [
      in_force ? "*" : "",
      clean(name),
      base === null ? "not logged in" : clean(base),
      key ?? "none",
    ]);
    stdout.write(renderTable(["", "PROFILE", "PLATFORM", "KEY"], rows, paint));
    if (inForce === undefined) log.log("LAP_URL is set in the environment and goes before them");
  }
}

/** The profiles that have settings only, for a login to come. */
function withoutLogin(file: ConfigFile | undefined) {
  return [...(file?.profiles ?? [])]
    .filter(([, { base }]) => !base)
    .map(([name]) => ({ name, base: null, key: null }));
}

/** The profile whose key is used; undefined where it is none's. */
function nameInForce({ env, profile }: Context, file: ConfigFile | undefined): string | undefined {
  const { name } = selectProfile(env, profile, file);
  if (!env.LAP_URL) return name;
  try {
    return resolveCredentials(env, () => file, profile)?.profile;
  } catch {
    return undefined;
  }
}

/**
 * `lap config use`: the profile where none is named.
 *
 * @throws UsageError where there is no such profile, and UnknownProfile where it has no login yet.
 */
export function useProfile(context: Context, name: string): void {
  const { home, log, env } = context;
  parseProfile("lap config use", name);
  const file = readConfigAloud(context);
  const profiles = listProfiles(file);
  const found = profiles.find((profile) => profile.name === name);
  if (!found) {
    if (file?.profiles.has(name)) throw unknownProfile({ name, source: "--profile" }, file);
    const names = profiles.map((profile) => profile.name);
    const [close] = nearest(name, names, 1);
    const known = names.length > 0 ? `There is: ${names.join(", ")}.` : "`lap login` saves one.";
    throw new UsageError(`there is no profile '${name}'`, close ? `Did you mean ${close}?` : known);
  }
  changeConfig(home, ({ profile: _before, ...values }) =>
    name === DEFAULT_PROFILE ? values : { ...values, profile: name },
  );
  log.success(`profile '${name}' is used from now on: ${clean(found.base)}`);
  for (const variable of ["LAP_PROFILE", "LAP_URL", "LAP_KEY"]) {
    if (env[variable]) log.warn(`${variable} is set in the environment and goes before it`);
  }
}

/** What chose the profile in force: `--profile`, `LAP_PROFILE`, or `file`. */
export function profileSource({ env, home, profile }: Context): string {
  const { source } = selectProfile(env, profile, readConfig(home));
  return source === "file" ? source : sourceWords(source);
}
