import type { Writable } from "node:stream";

/**
 * Writes data, and waits until its reader has taken it.
 *
 * @returns false where nobody reads any more, as behind `| head`.
 * @throws the signal's own reason, when it is aborted first.
 */
export async function deliver(
  stdout: Writable,
  text: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (stdout.destroyed || !stdout.writable) return false;
  if (text === "") return true;
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const onAbort = () => reject(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener("abort", onAbort, { once: true });
  stdout.write(text, (error) => resolve(!error));
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
