import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { LapError } from "../errors.ts";

/**
 * Makes sure that one lap at a time replaces the binary. The lock is the kernel's own, on an empty
 * file that SQLite opens and never writes: it goes with its process, however that ends, where a file
 * that merely exists would stay behind.
 *
 * @throws LapError where another lap holds it, or the file cannot be made.
 */
export async function lockUpgrade(home: string): Promise<Disposable> {
  // Imported here: at the top it would be loaded by every lap, at its start.
  const { Database } = await import("bun:sqlite");
  const path = join(home, ".lap", "upgrade.lock");
  let file: InstanceType<typeof Database> | undefined;
  try {
    mkdirSync(join(home, ".lap"), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, "a", 0o600));
    file = new Database(path);
    file.run("BEGIN EXCLUSIVE");
  } catch (cause) {
    file?.close();
    const { code = "unknown error" } = cause as NodeJS.ErrnoException;
    throw code === "SQLITE_BUSY"
      ? new LapError("another `lap upgrade` is running", { hint: "Let it finish, then try again." })
      : new LapError(`cannot lock ${path}: ${code}`, { cause });
  }
  const held = file;
  return { [Symbol.dispose]: () => held.close() };
}
