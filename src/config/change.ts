import { readPrivate, removeFile, removeUnfinished, writePrivate } from "./files.ts";
import { whileLocked } from "./lock.ts";

/**
 * Changes a private file of `~/.lap`, so that no change that another lap makes at the same time is
 * lost, and a reader, or a crash at any moment, sees the old content or the new.
 *
 * @param change from the content, undefined where there is no file, to the new one; undefined for no
 *   file.
 * @param options.synced as for `writePrivate`.
 * @param options.patienceMs how long another lap that writes is waited for, if not as long as ever.
 * @throws the file system's own error, and LapError where another lap does not let go; the old file is
 *   then still whole.
 */
export function changePrivate(
  home: string,
  path: string,
  change: (content: string | undefined) => string | undefined,
  { synced = true, patienceMs }: { synced?: boolean; patienceMs?: number } = {},
): void {
  const work = (alone: boolean) => {
    const before = readPrivate(path)?.content;
    const after = change(before);
    if (after === before) return;
    if (after === undefined) {
      removeFile(path);
      return;
    }
    writePrivate(path, after, { synced });
    removeUnfinished(path, { all: alone });
  };
  whileLocked(home, work, patienceMs);
}
