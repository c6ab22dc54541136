/**
 * Writes what changed since the release before, from the commits: `bun scripts/release-notes.ts [tag]`,
 * to stdout. Unless a tag is said, those of the commit that is checked out, as the version in
 * package.json.
 */
import { repository, version } from "../package.json";
import { parseCommits, renderNotes } from "./package/notes.ts";

const [said] = process.argv.slice(2);
const end = said ?? "HEAD";
const tag = said ?? `v${version}`;
/** What is new in a release was so in those that led up to it. */
const passedOver = tag.includes("-") ? [] : ["--exclude=*-*"];
const described = ["describe", "--tags", "--abbrev=0", "--match=v*", ...passedOver, `${end}^`];
/** The newest release before this one; none before the first, where git fails. */
const previous = git(described).stdout.trim();
const range = previous ? `${previous}..${end}` : end;
const log = git(["log", "--no-merges", "--format=%h%x00%B%x00", range]);
if (log.exitCode !== 0) {
  console.error(`git cannot tell what changed in ${range}: ${log.stderr.trim()}`);
  process.exit(1);
}
process.stdout.write(renderNotes(parseCommits(log.stdout), { repository, previous, tag }));

function git(args: string[]): { exitCode: number; stdout: string; stderr: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["git", ...args], { stderr: "pipe" });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}
