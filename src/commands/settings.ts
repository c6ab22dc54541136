import { changeConfig, configPath, tilde } from "../config/configfile.ts";
import {
  DEFAULT_PROFILE,
  parseProfile,
  profileEntry,
  unknownProfile,
  withEntry,
} from "../config/profiles.ts";
import {
  type Given,
  givenSetting,
  isSetting,
  parseSetting,
  type SettingName,
  SETTINGS,
  type SettingSources,
} from "../config/settings.ts";
import { checkFile } from "../config/trust.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import { renderJson } from "../ui/json.ts";
import { nearest } from "../ui/nearest.ts";
import { renderTable } from "../ui/table.ts";
import { clean } from "../ui/text.ts";
import { keysFrom } from "./keys.ts";
import { readConfigAloud, settingSources } from "./saved.ts";

/** @throws UsageError for what is no setting, with the nearest that is. */
export function settingNamed(name: string): SettingName {
  if (isSetting(name)) return name;
  const names = Object.keys(SETTINGS);
  const [close] = nearest(name, names, 1);
  throw new UsageError(
    `there is no setting '${name}'`,
    close ? `Did you mean ${close}?` : `There is: ${names.join(", ")}.`,
  );
}

/** Every setting in force, and what sets it. */
export function allSettings(sources: SettingSources): (Given & { name: SettingName })[] {
  return Object.keys(SETTINGS)
    .filter(isSetting)
    .map((name) => ({ name, ...givenSetting(name, sources) }));
}

/** `lap config get`: the value of one setting, or all of them with where they come from. */
export function showSettings(context: Context, only: SettingName | undefined, json: boolean): void {
  const { stdout, paint } = context;
  const settings = allSettings(settingSources(context, {}, { aloud: true }));
  const one = settings.find(({ name }) => name === only);
  if (json) {
    const records = settings.map(({ name, text, source, where }) => ({
      name,
      value: text ?? null,
      source,
      where,
    }));
    stdout.write(renderJson(only ? records.find(({ name }) => name === only) : records));
  } else if (one) {
    if (one.text !== undefined) stdout.write(`${clean(one.text)}\n`);
  } else {
    const rows = settings.map(({ name, text, where }) => [
      name,
      clean(text ?? "-"),
      where,
      SETTINGS[name].says,
    ]);
    stdout.write(renderTable(["SETTING", "VALUE", "FROM", "WHAT IT IS"], rows, paint));
  }
}

/**
 * Sets a setting in the config file, or takes it out: at the top, or for the profile that `--profile`
 * names, whose first login may need it.
 *
 * @param text undefined: takes it out.
 * @throws UsageError for what it cannot be.
 */
export async function saveSetting(
  context: Context,
  name: SettingName,
  text: string | undefined,
): Promise<void> {
  const { home, log, profile: named } = context;
  const file = readConfigAloud(context);
  if (text !== undefined) await check(context, name, text);
  const profile = named === undefined ? DEFAULT_PROFILE : parseProfile("--profile", named);
  const saved = profileEntry(file, profile);
  if (!saved && text === undefined && profile !== DEFAULT_PROFILE) {
    throw unknownProfile({ name: profile, source: "--profile" }, file);
  }
  changeConfig(home, (values) => {
    const changed = withEntry(values, profile, ({ [name]: _before, ...entry }) =>
      text === undefined ? entry : { ...entry, [name]: text },
    );
    return Object.keys(changed).length > 0 ? changed : undefined;
  });
  const whose = profile === DEFAULT_PROFILE ? "" : ` for profile '${profile}'`;
  const shown = tilde(configPath(home), home);
  if (text === undefined) log.success(`${name} is not set${whose} in ${shown} any more`);
  else log.success(`${name} is ${clean(text)}${whose}, in ${shown}`);
  if (text !== undefined && !saved?.base && profile !== DEFAULT_PROFILE) {
    log.log(`  It has no login yet: \`lap login --profile ${profile}\` makes one.`);
  }
  const given = givenSetting(name, settingSources(context));
  const own = profile === DEFAULT_PROFILE ? "file" : "profile";
  if (text === undefined) log.log(`  It is ${clean(given.text ?? "off")} now (${given.where}).`);
  else if (given.source === "default")
    log.log(`  It is for profile '${profile}' alone, which is not the one in force.`);
  else if (given.source !== own)
    log.warn(`${given.where} goes before it: ${clean(given.text ?? "")}`);
}

/** Keys are checked beside the others that are in force, and files for what they hold. */
async function check(context: Context, name: SettingName, text: string): Promise<void> {
  parseSetting(name, text, name);
  await checkFile(name, text, context.home);
  const { flag } = SETTINGS[name];
  if (flag) keysFrom({ ...settingSources(context), env: {}, flags: { [flag]: text } });
}
