import { repository } from "../../package.json";
import { parseCommits, renderNotes } from "./notes.ts";

/**
 * The notes of a release, from the commits since the one before.
 *
 * @param tag what the release is called.
 * @param end its last commit.
 * @throws Error with what git said.
 */
export function readNotes(tag: string, end: string): string {
  // What is new in a release was so in those that led up to it.
  const passedOver = tag.includes("-") ? [] : ["--exclude=*-*"];
  const described = ["describe", "--tags", "--abbrev=0", "--match=v*", ...passedOver, `${end}^`];
  /** The newest release before this one; none before the first, where git fails. */
  const previous = git(described).stdout.trim();
  const range = previous ? `${previous}..${end}` : end;
  const log = git(["log", "--no-merges", "--format=%h%x00%B%x00", range]);
  if (log.exitCode !== 0) {
    throw new Error(`git cannot tell what changed in ${range}: ${log.stderr.trim()}`);
  }
  return renderNotes(parseCommits(log.stdout), { repository, previous, tag });
}

function git(args: string[]): { exitCode: number; stdout: string; stderr: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["git", ...args], { stderr: "pipe" });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}
