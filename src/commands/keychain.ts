import { bounded, type Keychain } from "../config/keychain.ts";
import type { Context } from "../context.ts";
import { startProgress } from "../ui/progress.ts";

/** The keychain of this machine, which may ask the person; where it takes long, a line says so. */
export function keychainOf({ keychain, signal, stderr, clock }: Context): Keychain {
  const inTime = bounded(keychain, signal, clock);
  const waiting = async <T>(work: () => Promise<T>): Promise<T> => {
    const progress = startProgress(stderr, clock, "waiting for the keychain of this machine");
    try {
      return await work();
    } finally {
      progress.done();
    }
  };
  return {
    get: (entry) => waiting(() => inTime.get(entry)),
    set: (entry) => waiting(() => inTime.set(entry)),
    delete: (entry) => waiting(() => inTime.delete(entry)),
  };
}
