import { join } from "node:path";
import { EXIT, LapError, UsageError } from "../errors.ts";
import { isBearer } from "../net/bearer.ts";
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
  /** As docker writes them, see `lap open --help`. */
  detachKeys?: string;
  escapeKey?: string;
  /** Files in PEM: issuers to trust, and what this client shows of itself. */
  caCert?: string;
  clientCert?: string;
  clientKey?: string;
  /** Set when others could read the file, which is repaired by then. */
  repaired: boolean;
}

/** `~/.lap/config.json`: `{ "base", "key" }`, shared with the Node client; unknown fields are kept. */
export function configPath(home: string): string {
  return join(home, ".lap", "config.json");
}

const TEXTS = ["base", "key", "detachKeys", "escapeKey", "caCert", "clientCert", "clientKey"];

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
  const texts = TEXTS.filter((name) => typeof values[name] === "string");
  return {
    path,
    ...Object.fromEntries(texts.map((name) => [name, values[name]])),
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
 * @throws LapError where the file is broken and needed, a value cannot be used, or only half of a
 *   login is there.
 */
export function resolveCredentials(
  env: Env,
  readFile: () => ConfigFile | undefined,
): Credentials | undefined {
  const givenBase = env.LAP_URL && parseBase("LAP_URL", env.LAP_URL);
  const givenKey = env.LAP_KEY && parseKey("LAP_KEY", env.LAP_KEY);
  if (givenBase && givenKey) {
    return { base: givenBase, key: givenKey, sources: { base: "LAP_URL", key: "LAP_KEY" } };
  }
  const file = readFile();
  const savedBase = file?.base && parseBase("config.json", file.base);
  const savedKey = file?.key && parseKey("the key in config.json", file.key);
  if (givenBase) {
    if (!savedKey || !savedBase || new URL(savedBase).origin !== new URL(givenBase).origin) {
      throw new LapError(`LAP_URL is set, but there is no key for ${givenBase}`, {
        hint: "Set LAP_KEY too, or unset LAP_URL. A saved key is only sent to the platform it was saved for.",
        exitCode: EXIT.refused,
      });
    }
    return { base: givenBase, key: savedKey, sources: { base: "LAP_URL", key: "file" } };
  }
  if (givenKey && !savedBase) {
    throw new LapError("LAP_KEY is set, but no platform is known", {
      hint: "Set LAP_URL too, or run `lap login`.",
      exitCode: EXIT.refused,
    });
  }
  const key = givenKey || savedKey;
  if (!savedBase || !key) return undefined;
  return { base: savedBase, key, sources: { base: "file", key: givenKey ? "LAP_KEY" : "file" } };
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
export function parseKey(where: string, text: string): string {
  const key = text.trim();
  if (key === "") throw new UsageError(`${where} is empty`);
  if (!isBearer(key)) {
    throw new UsageError(
      `${where} holds spaces, line breaks or characters outside ASCII`,
      "It is a single word. Was something else pasted with it?",
    );
  }
  return key;
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
