/**
 * Writes what changed since the release before, from the commits: `bun scripts/release-notes.ts [tag]`,
 * to stdout. Unless a tag is said, those of the commit that is checked out, as the version in
 * package.json.
 */
import { version } from "../package.json";
import { readNotes } from "./package/history.ts";

const [tag] = process.argv.slice(2);
try {
  process.stdout.write(readNotes(tag ?? `v${version}`, tag ?? "HEAD"));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
