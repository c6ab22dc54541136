import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";

/**
 * Writes a private file so that a reader, or a crash at any moment, sees the old content or the new:
 * written beside with mode 0600 from its first byte, synced, then renamed. Its folder becomes 0700. A
 * symbolic link (a dotfiles repository) is followed, not replaced.
 *
 * @param synced false: not forced to the disk, which takes milliseconds, for what may be lost with the
 *   machine's power.
 * @throws the file system's own error; nothing is left behind.
 */
export function writePrivate(path: string, content: string | Buffer, { synced = true } = {}): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  makeFolderPrivate(path);
  const target = resolveLink(path);
  refuseSpecial(target);
  const folder = dirname(target);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const beside = join(folder, `.${basename(target)}.${randomBytes(6).toString("hex")}`);
  try {
    const file = openSync(beside, "wx", 0o600);
    try {
      writeFileSync(file, content);
      if (synced) fsyncSync(file);
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

/**
 * Copies a file byte for byte to a private one. Where the name is taken, a number goes behind it.
 *
 * @returns the path of the copy, which may be there already.
 * @throws the file system's own error.
 */
export function copyPrivate(path: string, name: string): string {
  const content = readFileSync(path);
  for (let number = 1; ; number++) {
    const copy = number === 1 ? name : `${name}-${number}`;
    if (!existsSync(copy)) {
      writePrivate(copy, content);
      return copy;
    }
    if (readFileSync(copy).equals(content)) return copy;
  }
}

/** When a file was written, by the file system's clock. */
export function lastWritten(path: string): Date {
  return statSync(path).mtime;
}

/** Takes every right on a file, and on its folder, away from all but the owner. */
export function makePrivate(path: string): void {
  chmodSync(path, 0o600);
  makeFolderPrivate(path);
}

/** What lies beside a file for so long is not being written any more. */
const UNFINISHED_MS = 60_000;

/**
 * Removes what writes that were killed have left beside a file, for it may hold a key.
 *
 * @param which.all for who knows that nobody is writing the file now; else what is less than a minute
 *   older than the file stays.
 */
export function removeUnfinished(path: string, { all }: { all: boolean }): void {
  const target = resolveLink(path);
  const start = `.${basename(target)}.`;
  try {
    const oldest = all ? Infinity : statSync(target).mtimeMs - UNFINISHED_MS;
    for (const name of readdirSync(dirname(target))) {
      if (!name.startsWith(start) || !/^[0-9a-f]{12}$/.test(name.slice(start.length))) continue;
      const left = join(dirname(target), name);
      if (statSync(left).mtimeMs < oldest) rmSync(left, { force: true });
    }
  } catch {
    // The next write tries again.
  }
}

/** Removes a file, if it is there, and what it leads to where it is a link. */
export function removeFile(path: string): void {
  removeUnfinished(path, { all: true });
  try {
    rmSync(resolveLink(path));
    rmSync(path, { force: true });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** A file linked to a device (`/dev/null`, to keep nothing) must not have the device replaced. */
function refuseSpecial(target: string): void {
  const there = statSync(target, { throwIfNoEntry: false });
  if (!there || there.isFile() || there.isDirectory()) return;
  throw Object.assign(new Error(`${target} is not a file`), { code: "ENOTSUP" });
}

function makeFolderPrivate(path: string): void {
  const folder = dirname(path);
  if ((statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

function resolveLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return linkTarget(path) ?? path;
  }
}

/** Where a link leads whose file is not there (yet). */
function linkTarget(path: string): string | undefined {
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch {
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
