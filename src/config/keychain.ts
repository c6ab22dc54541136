import type { Clock } from "../clock.ts";
import { EXIT, Interrupted, LapError } from "../errors.ts";

/** Where the operating system keeps a key. */
export interface KeychainEntry {
  service: string;
  name: string;
}

/** The operating system's store of secrets, as far as lap needs one: `Bun.secrets`. */
export interface Keychain {
  get(entry: KeychainEntry): Promise<string | null>;
  set(entry: KeychainEntry & { value: string }): Promise<void>;
  delete(entry: KeychainEntry): Promise<boolean>;
}

/** So long a keychain may take: it may be asking the person, and one that hangs never answers. */
export const KEYCHAIN_MS = 60_000;

/** A keychain that is not waited for longer than it may take, nor by who leaves: that throws the signal's reason. */
export function bounded(keychain: Keychain, signal: AbortSignal, clock: Clock): Keychain {
  const inTime = async <T>(work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    const left = Promise.withResolvers<never>();
    const onAbort = () => left.reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    const cancel = clock.after(KEYCHAIN_MS, () => left.reject(new NoAnswer()));
    try {
      return await Promise.race([work(), left.promise]);
    } finally {
      cancel();
      signal.removeEventListener("abort", onAbort);
    }
  };
  return {
    get: (entry) => inTime(() => keychain.get(entry)),
    set: (entry) => inTime(() => keychain.set(entry)),
    delete: (entry) => inTime(() => keychain.delete(entry)),
  };
}

const NO_KEYCHAIN = "ERR_SECRETS_PLATFORM_ERROR";

/** A keychain that is silent is as good as none. */
class NoAnswer extends Error {
  readonly code = NO_KEYCHAIN;

  constructor() {
    super(`not within ${KEYCHAIN_MS / 1000} s`);
  }
}

/**
 * A key belongs to its profile and origin: that of another platform is never found in its place.
 *
 * @param id that the config file knows it by: one person may have several homes, and one keychain.
 */
export function keychainEntry(profile: string, base: string, id?: string): KeychainEntry {
  const { origin } = new URL(base);
  return { service: "lap", name: [profile, origin, id].filter(Boolean).join(" ") };
}

/**
 * The key of a profile.
 *
 * @throws LapError (exit 4) where it is not there, or the keychain does not give it.
 */
export async function readKey(keychain: Keychain, entry: KeychainEntry): Promise<string> {
  let key: string | null;
  try {
    key = await keychain.get(entry);
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    throw new LapError(`the keychain of this machine does not give the key: ${faultWords(error)}`, {
      hint: "Unlock it and try again. `lap login` saves the key anew; LAP_URL and LAP_KEY go without.",
      exitCode: EXIT.refused,
      cause: error,
    });
  }
  if (key) return key;
  throw new LapError(`the keychain of this machine holds no key for ${entry.name}`, {
    hint: "It was removed there, or the config file comes from another machine. Run `lap login`.",
    exitCode: EXIT.refused,
  });
}

/** Whether it is no keychain at all that answers. */
export function isNoKeychain(error: unknown): boolean {
  return codeOf(error) === NO_KEYCHAIN;
}

/** What went wrong with a keychain, in words. */
export function faultWords(error: unknown): string {
  const code = codeOf(error);
  const { message } = error as Error;
  if (isNoKeychain(error)) return `there is none that answers (${message})`;
  return WORDS[code ?? ""] ?? message;
}

const WORDS: Record<string, string> = {
  ERR_SECRETS_ACCESS_DENIED: "access was denied",
  ERR_SECRETS_AUTH_FAILED: "the password was wrong",
  ERR_SECRETS_INTERACTION_NOT_ALLOWED: "it is locked, and cannot ask here",
  ERR_SECRETS_INTERACTION_REQUIRED: "it is locked, and cannot ask here",
  ERR_SECRETS_USER_CANCELED: "its question was cancelled",
};

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | null)?.code;
}
