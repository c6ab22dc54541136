/**
 * Writes what changed since the release before, from the commits: `bun scripts/release-notes.ts [tag]`,
 * for the commit that is checked out unless a tag is said, to stdout.
 */
import { repository } from "../package.json";
import { parseCommits, renderNotes } from "./package/notes.ts";

const [end = "HEAD"] = process.argv.slice(2);
/** The newest release before this one; none before the first. */
const previous = git(["describe", "--tags", "--abbrev=0", "--match=v*", `${end}^`]).trim();
const range = previous ? `${previous}..${end}` : end;
const log = git(["log", "--no-merges", "--format=%h%x00%B%x00", range]);
process.stdout.write(renderNotes(parseCommits(log), { repository, previous, tag: end }));

/** What git says, or nothing where it fails. */
function git(args: string[]): string {
  return Bun.spawnSync(["git", ...args], { stderr: "ignore" }).stdout.toString();
}
