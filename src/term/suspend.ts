import { END_SIGNALS } from "../errors.ts";

/** How long a stop may take to come; a stopped process does not see the time pass. */
export const SUSPEND_CHECK_MS = 200;

/** Stops the whole process group, as the terminal's own Ctrl-Z does, so that a pipeline stops as one. */
export function stopGroup(): void {
  process.kill(0, "SIGTSTP");
}

/**
 * Stops lap, whose terminal is as the shell wants it. Resolves when lap goes on. What ends lap until
 * then ends it at once: Bun sets the terminal at its end, which is the shell's and stops lap again.
 */
export async function suspend(): Promise<void> {
  const heard = END_SIGNALS.map((signal) => [signal, process.listeners(signal)] as const);
  for (const signal of END_SIGNALS) process.removeAllListeners(signal);
  const continued = Promise.withResolvers<void>();
  process.once("SIGCONT", continued.resolve);
  stopGroup();
  // Where nobody controls jobs the signal stops nothing, and SIGCONT never comes.
  const unstopped = setTimeout(continued.resolve, SUSPEND_CHECK_MS);
  await continued.promise;
  clearTimeout(unstopped);
  process.off("SIGCONT", continued.resolve);
  for (const [signal, listeners] of heard) {
    for (const listener of listeners) process.on(signal, listener);
  }
  // The terminal that `hush` was asked to keep is hushed again by then.
  await new Promise((resolve) => setImmediate(resolve));
}
