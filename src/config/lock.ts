import { Database } from "bun:sqlite";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { LapError } from "../errors.ts";

/**
 * A write takes milliseconds, and those of twenty laps at once some hundred: who holds the lock for so
 * long is stopped, or its disk is. Nothing else is done meanwhile, Ctrl-C included.
 */
const PATIENCE_MS = 2_000;

/** `~/.lap/lock`: an empty file, held by whichever lap is changing one of the others. */
export function lockPath(home: string): string {
  return join(home, ".lap", "lock");
}

/**
 * Does work which reads a file, changes it and writes it back, while no other lap does.
 *
 * The lock is the kernel's own, which goes with the process however that ends: nothing is ever left
 * behind to be judged stale. SQLite is what the runtime has for taking one, on Linux and macOS alike;
 * nothing is stored in its file. Where there can be none (a read-only home, a network file system) the
 * work is done without.
 *
 * @param work is told whether the others are really kept out.
 * @throws LapError where another lap holds it for too long, and what the work throws.
 */
export function whileLocked<T>(
  home: string,
  work: (alone: boolean) => T,
  patienceMs = PATIENCE_MS,
): T {
  const lock = acquire(lockPath(home), patienceMs);
  try {
    return work(lock !== undefined);
  } finally {
    lock?.close();
  }
}

/** Whether another lap is writing at this moment. */
export function isLocked(home: string): boolean {
  try {
    return whileLocked(home, () => false, 0);
  } catch {
    return true;
  }
}

function acquire(path: string, patienceMs: number): Database | undefined {
  let lock: Database | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, "a", 0o600));
    lock = new Database(path, { readwrite: true });
    // No journal: it would be a second file beside this one. IMMEDIATE shuts out others that write.
    lock.run(`PRAGMA busy_timeout = ${patienceMs}; PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE`);
    return lock;
  } catch (error) {
    lock?.close();
    if ((error as { code?: string }).code !== "SQLITE_BUSY") return undefined;
    throw heldTooLong(path, error);
  }
}

/** That another lap does not let go of the lock at a path. */
export function heldTooLong(path: string, cause?: unknown): LapError {
  return new LapError(`another lap has been writing beside ${path} for too long`, {
    hint: "Is one stopped, or the disk stuck? Try again once it has ended.",
    cause,
  });
}
