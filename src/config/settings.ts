import { UsageError } from "../errors.ts";
import {
  type Chord,
  type KeySequence,
  KeySyntaxError,
  parseEscapeKey,
  parseKeySequence,
} from "../keys/chord.ts";
import type { ConfigFile } from "./configfile.ts";
import { DEFAULT_PROFILE } from "./profiles.ts";

type Env = Record<string, string | undefined>;

/** Something that can be set: by a flag, the environment, a profile, or for every profile. */
export interface Setting<T> {
  /** Without its dashes; undefined where no flag sets it. */
  flag: string | undefined;
  env: string;
  /** As it is written; undefined where it is off unless it is set. */
  fallback: string | undefined;
  /** What it is, behind its name. */
  says: string;
  /** Whether it is the path of one. */
  isFile?: true;
  /** Of one platform: at the top of the config file it is the default profile's, not everybody's. */
  own?: true;
  /** @throws UsageError or KeySyntaxError for what it cannot be. */
  parse: (text: string) => T;
}

/** Every setting, by its name in the config file. */
export const SETTINGS = {
  detachKeys: setting<KeySequence>({
    flag: "detach-keys",
    env: "LAP_DETACH_KEYS",
    fallback: "ctrl-d",
    says: "Keys that detach, such as ctrl-p,ctrl-q, or none; ctrl-d by default",
    parse: parseKeySequence,
  }),
  escapeKey: setting<Chord | undefined>({
    flag: "escape-key",
    env: "LAP_ESCAPE_KEY",
    fallback: "ctrl-]",
    says: "The lap key, such as ctrl-^, or none; ctrl-] by default",
    parse: parseEscapeKey,
  }),
  ttyFallback: setting<string>({
    flag: undefined,
    env: "LAP_TTY_FALLBACK",
    fallback: undefined,
    says: "WebSocket URL for sandboxes whose address only their cluster knows",
    own: true,
    parse: parseSocketUrl,
  }),
  caCert: setting<string>({
    flag: "ca-cert",
    env: "LAP_CA_CERT",
    fallback: undefined,
    says: "File with the certificates of issuers to trust as well",
    parse: parsePath,
    isFile: true,
  }),
  clientCert: setting<string>({
    flag: undefined,
    env: "LAP_CLIENT_CERT",
    fallback: undefined,
    says: "File with the certificate that this machine shows",
    own: true,
    parse: parsePath,
    isFile: true,
  }),
  clientKey: setting<string>({
    flag: undefined,
    env: "LAP_CLIENT_KEY",
    fallback: undefined,
    says: "File with the key of that certificate, where it is another",
    own: true,
    parse: parsePath,
    isFile: true,
  }),
  tokenInQuery: setting<boolean>({
    flag: "token-in-query",
    env: "LAP_TOKEN_IN_QUERY",
    fallback: undefined,
    says: "true: the terminal's token goes into the URL, where access logs keep it",
    own: true,
    parse: parseSwitch,
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
type ValueOf<N extends SettingName> = ReturnType<(typeof SETTINGS)[N]["parse"]>;

export function isSetting(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

/** From the strongest to the weakest. */
export type SettingSource = "flag" | "env" | "profile" | "file" | "default";

/** A setting in force, as it is written, and where that is. */
export interface Given {
  text: string | undefined;
  source: SettingSource;
  /** `--detach-keys`, `LAP_DETACH_KEYS`, `config.json, profile 'acme'`, `config.json`. */
  where: string;
}

export interface SettingSources {
  /** By the flags' names. */
  flags: Record<string, unknown>;
  env: Env;
  file: ConfigFile | undefined;
  /** The profile in force; undefined where LAP_URL names a platform that none is saved for. */
  profile: string | undefined;
}

/**
 * Which text of a setting is in force: flag > environment > profile > file > default. What is of one
 * platform never comes from the file's top for another one.
 */
export function givenSetting(
  name: SettingName,
  { flags, env, file, profile }: SettingSources,
): Given {
  const { flag, env: variable, fallback, own: ofPlatform }: Setting<unknown> = SETTINGS[name];
  const typed = flag === undefined ? undefined : flags[flag];
  if (typeof typed === "string") return { text: typed, source: "flag", where: `--${flag}` };
  if (env[variable]) return { text: env[variable], source: "env", where: variable };
  const own = profile === DEFAULT_PROFILE ? undefined : file?.profiles.get(profile ?? "")?.[name];
  if (own !== undefined) {
    return { text: own, source: "profile", where: `config.json, profile '${profile}'` };
  }
  const saved = ofPlatform && profile !== DEFAULT_PROFILE ? undefined : file?.top[name];
  if (saved !== undefined) return { text: saved, source: "file", where: "config.json" };
  return { text: fallback, source: "default", where: "default" };
}

/**
 * The value of a setting's text.
 *
 * @param where names it in the error.
 * @throws UsageError for what it cannot be.
 */
export function parseSetting<N extends SettingName>(
  name: N,
  text: string,
  where: string,
): ValueOf<N> {
  try {
    return SETTINGS[name].parse(text) as ValueOf<N>;
  } catch (error) {
    if (!(error instanceof KeySyntaxError || error instanceof UsageError)) throw error;
    throw new UsageError(`${where}: ${error.message}`, error.hint);
  }
}

/** A setting's value in force; undefined where it is off. */
export function readSetting<N extends SettingName>(
  name: N,
  sources: SettingSources,
): ValueOf<N> | undefined {
  const { text, source, where } = givenSetting(name, sources);
  if (text === undefined) return undefined;
  const isSaved = source === "profile" || source === "file";
  return parseSetting(name, text, isSaved ? `${name} in ${where}` : where);
}

function setting<T>(definition: Setting<T>): Setting<T> {
  return definition;
}

function parseSwitch(text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw new UsageError(`'${text}' is neither true nor false`);
}

/** A path that is kept must not depend on the folder that it is read in. */
function parsePath(text: string): string {
  if (/^~?\//.test(text)) return text;
  throw new UsageError(`'${text}' is not a whole path`, "Example: /etc/ssl/acme.pem or ~/acme.pem");
}

function parseSocketUrl(text: string): string {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const url = hasScheme ? text : `ws://${text}`;
  // A word alone is rather meant to turn it off than a host.
  const isWord = !hasScheme && !/[.:/]/.test(text);
  const { protocol, username, password } = URL.canParse(url) ? new URL(url) : {};
  if (isWord || !protocol || !/^(?:https?|wss?):$/.test(protocol)) {
    throw new UsageError(`'${text}' is not a WebSocket URL`, SOCKET_EXAMPLE);
  }
  if (username || password) {
    throw new UsageError(
      "the URL holds a user name or password, which is not sent",
      SOCKET_EXAMPLE,
    );
  }
  return text;
}

const SOCKET_EXAMPLE = "Example: ws://host:port/tty";
