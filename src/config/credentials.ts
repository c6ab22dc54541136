import { join } from "node:path";
import { EXIT, LapError } from "../errors.ts";
import { normalizeBase } from "../net/url.ts";
import { makePrivate, readPrivate, removeFile, writePrivate } from "./files.ts";

type Env = Record<string, string | undefined>;

/** Where a setting came from. */
export type Source = "LAP_URL" | "LAP_KEY" | "file";

export interface Credentials {
  /** The platform's base URL, normalized. */
  base: string;
  /** The master key. Never printed, logged or put in a URL. */
  key: string;
  sources: { base: Source; key: Source };
}

export interface ConfigFile {
  path: string;
  base?: string;
  key?: string;
  /** Set when others could read the file, which is repaired by then. */
  repaired: boolean;
}

/** `~/.lap/config.json`: `{ "base", "key" }`, shared with the Node client; unknown fields are kept. */
export function configPath(home: string): string {
  return join(home, ".lap", "config.json");
}

/** `path` with the home folder shown as `~`. */
export function tilde(path: string, home: string): string {
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/**
 * Reads the saved config. A file that others can read is made private.
 *
 * @throws LapError where the file is there but broken or unreadable; it is left as it is.
 */
export function readConfig(home: string): ConfigFile | undefined {
  const path = configPath(home);
  const file = attempt(`${tilde(path, home)} cannot be read`, () => readPrivate(path));
  if (!file) return undefined;
  const values = parseObject(file.content);
  if (!values) {
    throw new LapError(`${tilde(path, home)} is broken: it does not hold a JSON object`, {
      hint: "It was left as it is. Run `lap login` to write a new one.",
    });
  }
  if (file.exposed) attempt(`${tilde(path, home)} cannot be made private`, () => makePrivate(path));
  return {
    path,
    ...(typeof values.base === "string" ? { base: values.base } : {}),
    ...(typeof values.key === "string" ? { key: values.key } : {}),
    repaired: file.exposed,
  };
}

/**
 * Saves the platform and its key. Other fields of the file are kept; a broken file is replaced.
 *
 * @throws LapError where it cannot be written; the old file is then still whole.
 */
export function saveConfig(home: string, values: { base: string; key: string }): string {
  const path = configPath(home);
  attempt(`cannot write ${tilde(path, home)}`, () => {
    const old = parseObject(readPrivate(path)?.content ?? "") ?? {};
    writePrivate(path, `${JSON.stringify({ ...old, ...values }, null, 2)}\n`);
  });
  return path;
}

/** Removes the config file. Answers whether there was one. */
export function removeConfig(home: string): boolean {
  const path = configPath(home);
  return attempt(`cannot remove ${tilde(path, home)}`, () => removeFile(path));
}

/**
 * The platform and key in force: LAP_URL and LAP_KEY over the file. A key belongs to the origin it
 * was saved for: LAP_URL that names another origin does not get the file's key.
 *
 * @returns undefined where nobody is logged in.
 * @throws LapError where the file is broken and needed, or only half of a login is there.
 */
export function resolveCredentials(
  env: Env,
  readFile: () => ConfigFile | undefined,
): Credentials | undefined {
  if (env.LAP_URL && env.LAP_KEY) {
    return {
      base: normalizeBase(env.LAP_URL),
      key: env.LAP_KEY,
      sources: { base: "LAP_URL", key: "LAP_KEY" },
    };
  }
  const file = readFile();
  const savedBase = file?.base ? normalizeBase(file.base) : undefined;
  if (env.LAP_URL) {
    const base = normalizeBase(env.LAP_URL);
    if (!file?.key || !savedBase || new URL(savedBase).origin !== new URL(base).origin) {
      throw new LapError(`LAP_URL is set, but there is no key for ${base}`, {
        hint: "Set LAP_KEY too, or unset LAP_URL. A saved key is only sent to the platform it was saved for.",
        exitCode: EXIT.refused,
      });
    }
    return { base, key: file.key, sources: { base: "LAP_URL", key: "file" } };
  }
  const key = env.LAP_KEY || file?.key;
  if (!savedBase || !key) {
    if (env.LAP_KEY) {
      throw new LapError("LAP_KEY is set, but no platform is known", {
        hint: "Set LAP_URL too, or run `lap login`.",
        exitCode: EXIT.refused,
      });
    }
    return undefined;
  }
  return { base: savedBase, key, sources: { base: "file", key: env.LAP_KEY ? "LAP_KEY" : "file" } };
}

/** A key as it may be shown: its first and last four characters, or none of a short one. */
export function maskKey(key: string): string {
  const masked = "•".repeat(8);
  return key.length < 16 ? masked : `${key.slice(0, 4)}${masked}${key.slice(-4)}`;
}

function parseObject(content: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function attempt<T>(message: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw new LapError(`${message}: ${code}`, {
      hint: "Check the permissions of the folder and the space on the disk.",
      cause: error,
    });
  }
}
