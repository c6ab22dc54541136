import { closeSync, fstatSync, openSync, rmSync, statSync } from "node:fs";
import { LapError } from "../errors.ts";

/**
 * Makes sure that one lap at a time replaces the binary. The lock is the kernel's own, on an empty
 * file that SQLite opens and never writes: it goes with its process, however that ends. The file is
 * taken away by whoever is done, or what root has left would shut out the one whose folder it is in.
 *
 * @throws LapError where another lap holds it, or the file cannot be made.
 */
export async function lockUpgrade(path: string): Promise<Disposable> {
  // Imported here: at the top it would be loaded by every lap, at its start.
  const { Database } = await import("bun:sqlite");
  using stack = new DisposableStack();
  try {
    // Open until the end: the file's number is no other's so long, and closing it would end the lock.
    const file = stack.adopt(openSync(path, "a", 0o600), closeSync);
    const lock = stack.adopt(new Database(path), (opened) => opened.close());
    // No journal: it would be a second file beside this one, and stay where lap is killed.
    lock.run("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    // Before it was locked, the file may have been taken away, and another one made.
    if (statSync(path, { throwIfNoEntry: false })?.ino !== fstatSync(file).ino) throw busy();
  } catch (cause) {
    if (cause instanceof LapError) throw cause;
    const { code = "unknown error" } = cause as NodeJS.ErrnoException;
    if (code === "SQLITE_BUSY") throw busy();
    throw new LapError(`cannot lock ${path}: ${code}`, {
      hint: "Where that file is there and no `lap upgrade` runs, remove it.",
      cause,
    });
  }
  stack.defer(() => rmSync(path, { force: true }));
  return stack.move();
}

function busy(): LapError {
  return new LapError("another `lap upgrade` is running", {
    hint: "Let it finish, then try again.",
  });
}
