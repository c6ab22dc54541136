import { closeSync, fsyncSync, lstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LapError } from "../errors.ts";

// One of the few uses of Bun outside of the edges: its reader of archives is the runtime's own.

/**
 * Takes lap's binary, and nothing else, out of a release file that is known to be whole.
 *
 * @param folder where it is put.
 * @returns its path.
 * @throws LapError where the archive holds none, or it cannot be written.
 */
export async function unpack(archive: string, folder: string): Promise<string> {
  const binary = join(folder, "lap");
  try {
    // With a glob for a name: a folder's content would be `lap/…`, which this is not.
    await new Bun.Archive(readFileSync(archive)).extract(folder, { glob: "lap" });
    if (lstatSync(binary).isFile()) {
      sync(binary);
      return binary;
    }
  } catch (cause) {
    throw new LapError(`cannot unpack lap: ${cause instanceof Error ? cause.message : cause}`, {
      hint: "Check the space on the disk. Nothing was changed.",
      cause,
    });
  }
  throw new LapError("the release file holds no lap", { hint: "Nothing was changed." });
}

/** What is renamed over the old binary must be on the disk by then, or a power cut leaves neither. */
function sync(path: string): void {
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
