/**
 * Writes what changed since the release before, from the commits: `bun scripts/release-notes.ts [tag]`,
 * for the commit that is checked out unless a tag is said, to stdout.
 */
import { repository } from "../package.json";
import { parseCommits, renderNotes } from "./package/notes.ts";

const [end = "HEAD"] = process.argv.slice(2);
/** The newest release before this one; none before the first, where git fails. */
const previous = git(["describe", "--tags", "--abbrev=0", "--match=v*", `${end}^`]).stdout.trim();
const range = previous ? `${previous}..${end}` : end;
const log = git(["log", "--no-merges", "--format=%h%x00%B%x00", range]);
if (log.exitCode !== 0) {
  console.error(`git cannot tell what changed in ${range}: ${log.stderr.trim()}`);
  process.exit(1);
}
process.stdout.write(renderNotes(parseCommits(log.stdout), { repository, previous, tag: end }));

function git(args: string[]): { exitCode: number; stdout: string; stderr: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["git", ...args], { stderr: "pipe" });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}
