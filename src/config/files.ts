import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";

/**
 * Writes a private file so that a reader, or a crash at any moment, sees the old content or the new:
 * written beside with mode 0600 from its first byte, synced, then renamed. The folder is 0700. A
 * symbolic link (a dotfiles repository) is followed, not replaced.
 *
 * @throws the file system's own error; nothing is left behind.
 */
export function writePrivate(path: string, content: string): void {
  const target = resolveLink(path);
  const folder = dirname(target);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const beside = join(folder, `.${basename(target)}.${randomBytes(6).toString("hex")}`);
  try {
    const file = openSync(beside, "wx", 0o600);
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** The content of a file and whether others than its owner may read it, or undefined where there is none. */
export function readPrivate(path: string): { content: string; exposed: boolean } | undefined {
  try {
    const content = readFileSync(path, "utf8");
    return { content, exposed: (statSync(path).mode & 0o077) !== 0 };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Takes every right on a file, and on its folder, away from all but the owner. */
export function makePrivate(path: string): void {
  chmodSync(path, 0o600);
  chmodSync(dirname(path), 0o700);
}

/** Removes a file. Answers whether there was one. */
export function removeFile(path: string): boolean {
  try {
    rmSync(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function resolveLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
