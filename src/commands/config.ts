import { configPath, tilde } from "../config/configfile.ts";
import { maskKey } from "../config/credentials.ts";
import { DEFAULT_PROFILE } from "../config/profiles.ts";
import { isSetting, SETTINGS } from "../config/settings.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import { Secret } from "../net/secret.ts";
import { renderJson } from "../ui/json.ts";
import { nearest } from "../ui/nearest.ts";
import { clean } from "../ui/text.ts";
import { command, type Options } from "./command.ts";
import { findCredentials, loginHint } from "./platform.ts";
import { profileSource, showProfiles, useProfile } from "./profiles.ts";
import { settingSources, untilWritable } from "./saved.ts";
import { allSettings, saveSetting, settingNamed, showSettings } from "./settings.ts";

/** How many words each takes behind it, at least and at most, and whether it has a `--json`. */
const ACTIONS: Record<string, { words: readonly string[]; least: number; json?: true }> = {
  list: { words: [], least: 0, json: true },
  use: { words: ["profile"], least: 1 },
  get: { words: ["name"], least: 0, json: true },
  set: { words: ["name", "value"], least: 2 },
  unset: { words: ["name"], least: 1 },
};

export default command({
  description: "Show the configuration in force, choose a profile, change settings",
  args: {
    action: {
      type: "positional",
      required: false,
      options: Object.keys(ACTIONS),
      description: "list, use, get, set or unset; without one, show the platform, the key masked",
    },
    name: {
      type: "positional",
      required: false,
      options: namesFor,
      description: `A profile, or one of ${Object.keys(SETTINGS).join(", ")}`,
    },
    value: {
      type: "positional",
      required: false,
      options: valuesFor,
      description: "What to set that to",
    },
    json: { type: "boolean", description: "Print JSON" },
  },
  examples: [
    "lap config  # what is in force",
    "lap config list  # the profiles",
    "lap config use acme  # the profile where none is named",
    "lap config get  # every setting, and where it comes from",
    "lap config set detachKeys ctrl-p,ctrl-q",
    "lap config set ttyFallback ws://node:30080/tty --profile acme",
    "lap config unset detachKeys",
    "lap config --json | jq -r .base",
  ],
  async run({ action, name, value, json = false }, context) {
    const words = [name, value].filter((word) => word !== undefined);
    if (action !== undefined) checkWords(action, words, json);
    const [first = "", second = ""] = words;
    switch (action) {
      case undefined:
        return show(context, json);
      case "list":
        return showProfiles(context, json);
      case "use":
        await untilWritable(context);
        return useProfile(context, first);
      case "get":
        return showSettings(context, name === undefined ? undefined : settingNamed(name), json);
      case "set":
        await untilWritable(context);
        return saveSetting(context, settingNamed(first), second);
      case "unset":
        await untilWritable(context);
        return saveSetting(context, settingNamed(first), undefined);
    }
  },
});

/** What may stand behind an action. */
function namesFor([action = ""]: readonly string[]): Options {
  const [word] = (Object.hasOwn(ACTIONS, action) && ACTIONS[action]?.words) || [];
  if (word === "profile") return "profile";
  return word === "name" ? Object.keys(SETTINGS) : [];
}

function valuesFor([action, name = ""]: readonly string[]): Options {
  return action === "set" && isSetting(name) && SETTINGS[name].isFile ? "file" : [];
}

/** @throws UsageError for what cannot be done, and for a word too many or too few. */
function checkWords(action: string, given: readonly string[], json: boolean): void {
  const known = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  const help = "`lap config --help` shows what there is.";
  if (!known) {
    const [close] = nearest(action, Object.keys(ACTIONS), 1);
    const hint = close ? `Did you mean \`lap config ${close}\`?` : help;
    throw new UsageError(`there is no \`lap config ${action}\``, hint);
  }
  const absent = known.words[given.length];
  if (given.length < known.least) {
    throw new UsageError(`lap config ${action} needs <${absent}>`, help);
  }
  const extra = given[known.words.length];
  if (extra !== undefined) throw new UsageError(`unexpected argument '${extra}'`, help);
  if (json && !known.json) throw new UsageError(`lap config ${action} prints no JSON`, help);
}

function show(context: Context, json: boolean): void {
  const { home, stdout, log, paint } = context;
  const found = findCredentials(context);
  const settings = allSettings(settingSources(context));
  if (json) {
    const record = {
      path: configPath(home),
      profile: found?.profile ?? null,
      base: found?.base ?? null,
      key: found?.key instanceof Secret ? maskKey(found.key) : null,
      sources: found?.sources ?? null,
      settings: Object.fromEntries(
        settings.map(({ name, text, source }) => [name, { value: text ?? null, source }]),
      ),
    };
    stdout.write(renderJson(record));
    return;
  }
  if (!found) {
    log.log(`not logged in. ${loginHint(context)}`);
    return;
  }
  const { base, key, profile, sources } = found;
  const from = (source: string) => (source === "file" ? "" : paint("dim", `  (from ${source})`));
  const isNamed = profile !== undefined && profile !== DEFAULT_PROFILE;
  const rows = [
    ["file", tilde(configPath(home), home)],
    ...(isNamed ? [["profile", profile + from(profileSource(context))]] : []),
    ["base", base + from(sources.base)],
    [
      "key",
      key instanceof Secret ? maskKey(key) + from(sources.key) : "in the keychain of this machine",
    ],
    ...settings
      .filter(({ source }) => source !== "default")
      .map(({ name, text = "", source, where }) => [
        name,
        clean(text) + from(source === "file" ? "file" : where),
      ]),
  ];
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  const lines = rows.map(([name = "", value = ""]) => `${name.padEnd(width)}  ${value}\n`);
  stdout.write(lines.join(""));
}
