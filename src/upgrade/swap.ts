import { constants, copyFileSync, linkSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Where the binary that was replaced last is kept: beside, so that a rename brings it back. */
export function previousPath(binary: string): string {
  return beside(binary, "previous");
}

/** Where an upgrade works, on the file system of the binary. Whoever holds the lock may empty it. */
export function stagingPath(binary: string): string {
  return beside(binary, "upgrade");
}

/** The file that one lap at a time holds, whoever runs it: it goes with the binary, not with a home. */
export function lockPath(binary: string): string {
  return beside(binary, "upgrade.lock");
}

/** Laps of other names in the same folder have files of their own. */
function beside(binary: string, what: string): string {
  return join(dirname(binary), `.${basename(binary)}.${what}`);
}

/**
 * What puts `fresh`, which lies in the staging folder, into the place of the binary, and keeps that as
 * the previous one. Between any two of the steps, and within each, the binary is there and whole.
 */
export function placing(binary: string, fresh: string): (() => void)[] {
  const kept = join(dirname(fresh), "kept");
  return [
    () => duplicate(binary, kept),
    () => renameSync(kept, previousPath(binary)),
    () => renameSync(fresh, binary),
  ];
}

/** What swaps the binary and the previous one, with the same promise. `staging` is there, and empty. */
export function swapping(binary: string, staging: string): (() => void)[] {
  const kept = join(staging, "kept");
  return [
    () => duplicate(binary, kept),
    () => renameSync(previousPath(binary), binary),
    () => renameSync(kept, previousPath(binary)),
  ];
}

function duplicate(from: string, to: string): void {
  rmSync(to, { force: true });
  try {
    linkSync(from, to);
  } catch {
    // A file system without hard links.
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}
