import { configPath, tilde } from "../config/credentials.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import {
  type Chord,
  type KeySequence,
  KeySyntaxError,
  parseEscapeKey,
  parseKeySequence,
} from "../keys/chord.ts";
import { readConfigAloud } from "./platform.ts";

/** The keys which are lap's own while attached. */
export interface OwnKeys {
  detachKeys: KeySequence;
  escapeKey: Chord | undefined;
}

/** The flags of those commands that join a terminal. */
export const KEY_ARGS = {
  "detach-keys": {
    type: "string",
    valueHint: "keys",
    description: "Keys that detach: ctrl-d (the default), ctrl-p,ctrl-q, or none",
  },
  "escape-key": {
    type: "string",
    valueHint: "key",
    description: "The lap key: ctrl-] (the default), or none",
  },
} as const;

export const DEFAULT_KEYS: OwnKeys = {
  detachKeys: parseKeySequence("ctrl-d"),
  escapeKey: parseEscapeKey("ctrl-]"),
};

/**
 * The keys in force: a flag, else `detachKeys` and `escapeKey` of the config file, else the default.
 *
 * @throws UsageError for keys that cannot be typed, or would swallow ordinary text.
 */
export function ownKeys(
  args: { "detach-keys"?: string | undefined; "escape-key"?: string | undefined },
  context: Context,
): OwnKeys {
  const saved = savedKeys(context);
  const detachKeys = read("detach-keys", args, saved.detachKeys, parseKeySequence, context);
  const escapeKey = read("escape-key", args, saved.escapeKey, parseEscapeKey, context);
  const keys = {
    detachKeys: detachKeys ? detachKeys.parsed : DEFAULT_KEYS.detachKeys,
    escapeKey: escapeKey ? escapeKey.parsed : DEFAULT_KEYS.escapeKey,
  };
  if (keys.escapeKey && keys.detachKeys[0]?.byte === keys.escapeKey.byte) {
    throw new UsageError(
      `${keys.escapeKey.name} cannot be both the lap key and the start of the detach keys`,
      "Choose another for one of them.",
    );
  }
  return keys;
}

function read<T>(
  flag: keyof typeof KEY_ARGS,
  args: Partial<Record<keyof typeof KEY_ARGS, string | undefined>>,
  saved: string | undefined,
  parse: (text: string) => T,
  { home }: Context,
): { parsed: T } | undefined {
  const text = args[flag] ?? saved;
  if (text === undefined) return undefined;
  try {
    return { parsed: parse(text) };
  } catch (error) {
    if (!(error instanceof KeySyntaxError)) throw error;
    const where = args[flag] === undefined ? tilde(configPath(home), home) : `--${flag}`;
    throw new UsageError(`${where}: ${error.message}`, error.hint);
  }
}

/** A broken file is named where the login is read from it; keys alone are no reason to stop. */
function savedKeys(context: Context): { detachKeys?: string; escapeKey?: string } {
  try {
    return readConfigAloud(context) ?? {};
  } catch {
    return {};
  }
}
