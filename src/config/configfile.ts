import { join } from "node:path";
import { LapError } from "../errors.ts";
import { changePrivate } from "./change.ts";
import { copyPrivate, lastWritten, makePrivate, readPrivate } from "./files.ts";

/** What is saved of one platform: its texts by their names, and settings of its own. */
export interface Entry {
  readonly base?: string;
  readonly key?: string;
  /** `keychain` where the key is kept by the operating system instead. */
  readonly keyStore?: string;
  /** Tells its key in the keychain from that of another home; not in files of before. */
  readonly keyId?: string;
  readonly [name: string]: string | undefined;
}

/** The config file; `top` is also all of it that a lap without profiles knows. */
export interface ConfigFile {
  path: string;
  top: Entry;
  /** The profile to use where none is named. */
  profile?: string;
  profiles: ReadonlyMap<string, Entry>;
  /** Set when others could read the file, which is repaired by then. */
  repaired: boolean;
  /** Others can read the file still: the code of why that cannot be changed. */
  exposed?: string;
}

/** The file as it is written. */
export type ConfigValues = Record<string, unknown>;

/**
 * `~/.lap/config.json`: `{ "base", "key" }`, shared with the Node client, and beside them settings,
 * `"profiles": { NAME: { "base", "key" } }` and `"profile": NAME`. Unknown fields are kept.
 */
export function configPath(home: string): string {
  return join(home, ".lap", "config.json");
}

/** `path` with the home folder shown as `~`. */
export function tilde(path: string, home: string): string {
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/**
 * Reads the saved config. A file that others can read is made private, where that can be: a secret that
 * is mounted into a container, or a home that nobody writes to, is as it is.
 *
 * @throws LapError where the file is there but broken or unreadable; it is left as it is.
 */
export function readConfig(home: string): ConfigFile | undefined {
  const path = configPath(home);
  const file = attempt(`${tilde(path, home)} cannot be read`, () => readPrivate(path));
  if (!file) return undefined;
  const values = parseObject(file.content) ?? refuseBroken(home);
  const exposed = file.exposed ? refusalOf(() => makePrivate(path)) : undefined;
  const { profile, profiles } = values;
  const named = Object.entries(isObject(profiles) ? profiles : {});
  return {
    path,
    top: textsOf(values),
    ...(typeof profile === "string" && profile !== "" ? { profile } : {}),
    profiles: new Map(
      named.flatMap(([name, entry]) => (isObject(entry) ? [[name, textsOf(entry)]] : [])),
    ),
    repaired: file.exposed && !exposed,
    ...(exposed ? { exposed } : {}),
  };
}

/**
 * Changes the config file, with whatever it holds that lap does not know.
 *
 * @param change answers the new values; undefined for no file.
 * @param options.mend replaces a file that is broken, in place of stopping at it; that is kept beside it.
 * @returns where a broken file is kept, if there was one.
 * @throws LapError where it is broken or cannot be written; the old file is then still whole.
 */
export function changeConfig(
  home: string,
  change: (values: ConfigValues) => ConfigValues | undefined,
  { mend = false } = {},
): string | undefined {
  const path = configPath(home);
  let kept: string | undefined;
  attempt(`cannot write ${tilde(path, home)}`, () =>
    changePrivate(home, path, (content) => {
      const values = content === undefined ? {} : parseObject(content);
      const changed = change(values ?? (mend ? {} : refuseBroken(home)));
      if (!values && content?.trim()) kept = keepBroken(path);
      return changed && `${JSON.stringify(changed, null, 2)}\n`;
    }),
  );
  return kept;
}

/** A comma too many is no reason to lose what else is in it. */
function keepBroken(path: string): string {
  const time = lastWritten(path)
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, "");
  return copyPrivate(path, `${path}.broken-${time}`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a login is made of; a number is none of it. */
const LOGIN_NAMES: readonly string[] = ["base", "key", "keyStore", "keyId"];

/**
 * Whoever edits the file by hand writes `true` as JSON has it. A number is no setting's, which is for the
 * setting to say.
 */
function textsOf(values: Record<string, unknown>): Entry {
  const texts = Object.entries(values).filter(
    ([name, value]) =>
      /string|boolean/.test(typeof value) ||
      (typeof value === "number" && !LOGIN_NAMES.includes(name)),
  );
  return Object.fromEntries(texts.map(([name, value]) => [name, String(value)]));
}

function refuseBroken(home: string): never {
  throw new LapError(`${tilde(configPath(home), home)} is broken: it does not hold a JSON object`, {
    hint: "It was left as it is. Mend it, or run `lap login` to write a new one; this one is kept then.",
  });
}

function parseObject(content: string): Record<string, unknown> | undefined {
  try {
    // Editors on Windows begin a file with a mark of its byte order.
    const value: unknown = JSON.parse(content.replace(/^\ufeff/, ""));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The code of the fault which a change of the file system meets; undefined where it is done. */
function refusalOf(change: () => void): string | undefined {
  try {
    change();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown error";
  }
}

function attempt<T>(message: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof LapError) throw error;
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw new LapError(`${message}: ${code}`, {
      hint: "Check the permissions of the folder and the space on the disk.",
      cause: error,
    });
  }
}
