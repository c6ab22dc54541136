import type { Keychain, KeychainEntry } from "../../src/config/keychain.ts";

/** A fault of a keychain's, with a code as Bun's have it. */
export function keychainFault(code: string, message = "the keychain's own words"): Error {
  return Object.assign(new Error(message), { code: `ERR_SECRETS_${code}` });
}

/** A keychain in memory, which fails at the steps that a test wants. */
export class MemoryKeychain implements Keychain {
  readonly secrets = new Map<string, string>();
  /** `get`, `set`, `delete`, in the order of the calls. */
  readonly calls: string[] = [];
  /** What the n-th call throws; `after`: once it has had its effect. */
  readonly faults = new Map<number, { error: Error; after?: boolean }>();
  /** What is kept in place of what was to be. */
  mangle: (value: string) => string = (value) => value;

  constructor(secrets: Record<string, string> = {}) {
    for (const [name, value] of Object.entries(secrets)) this.secrets.set(name, value);
  }

  get({ name }: KeychainEntry): Promise<string | null> {
    return this.#step("get", () => this.secrets.get(name) ?? null);
  }

  set({ name, value }: KeychainEntry & { value: string }): Promise<void> {
    return this.#step("set", () => void this.secrets.set(name, this.mangle(value)));
  }

  delete({ name }: KeychainEntry): Promise<boolean> {
    return this.#step("delete", () => this.secrets.delete(name));
  }

  async #step<T>(call: string, work: () => T): Promise<T> {
    const fault = this.faults.get(this.calls.push(call) - 1);
    if (fault && !fault.after) throw fault.error;
    const answer = work();
    if (fault) throw fault.error;
    return answer;
  }
}
