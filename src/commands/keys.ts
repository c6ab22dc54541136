import { SETTINGS, readSetting, type SettingSources } from "../config/settings.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import { type Chord, type KeySequence, parseEscapeKey, parseKeySequence } from "../keys/chord.ts";
import { settingSources } from "./saved.ts";

/** The keys which are lap's own while attached. */
export interface OwnKeys {
  detachKeys: KeySequence;
  escapeKey: Chord | undefined;
}

/** The flags of those commands that join a terminal. */
export const KEY_ARGS = {
  "detach-keys": { type: "string", valueHint: "keys", description: SETTINGS.detachKeys.says },
  "escape-key": { type: "string", valueHint: "key", description: SETTINGS.escapeKey.says },
} as const;

export const DEFAULT_KEYS: OwnKeys = {
  detachKeys: parseKeySequence("ctrl-d"),
  escapeKey: parseEscapeKey("ctrl-]"),
};

/**
 * The keys in force, see `givenSetting`.
 *
 * @throws UsageError for keys that cannot be typed, or would swallow ordinary text.
 */
export function ownKeys(
  args: { "detach-keys"?: string | undefined; "escape-key"?: string | undefined },
  context: Context,
): OwnKeys {
  return keysFrom(settingSources(context, args));
}

/** The same, from known sources. */
export function keysFrom(sources: SettingSources): OwnKeys {
  const keys = {
    detachKeys: readSetting("detachKeys", sources) ?? [],
    escapeKey: readSetting("escapeKey", sources),
  };
  if (keys.escapeKey && keys.detachKeys[0]?.byte === keys.escapeKey.byte) {
    throw new UsageError(
      `${keys.escapeKey.name} cannot be both the lap key and the start of the detach keys`,
      "Choose another for one of them.",
    );
  }
  return keys;
}
