import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { repository, version } from "../../package.json";
import { TemporaryHome } from "../support/home.ts";

const SCRIPT = join(import.meta.dir, "..", "..", "scripts", "release-notes.ts");
/** What was committed, one after the other, and how that was tagged. */
const HISTORY = [
  ["feat: one", "v0.0.1"],
  ["feat: two", "v0.0.2-rc.1"],
  ["feat: three", "v0.0.2-rc.2"],
  ["feat: four", "v0.0.2"],
  ["feat: five"],
] as const;

let home: TemporaryHome;

beforeAll(() => {
  home = new TemporaryHome();
  run(["git", "init", "-q"]);
  for (const [message, tag] of HISTORY) {
    run(["git", "commit", "-q", "--allow-empty", "-m", message]);
    if (tag) run(["git", "tag", tag]);
  }
});
afterAll(() => home[Symbol.dispose]());

function run(command: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, {
    cwd: home.path,
    env: {
      PATH: process.env.PATH,
      HOME: home.path,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "lap",
      GIT_AUTHOR_EMAIL: "lap@example.dev",
      GIT_COMMITTER_NAME: "lap",
      GIT_COMMITTER_EMAIL: "lap@example.dev",
    },
    stderr: "pipe",
  });
  expect(stderr.toString()).toBe("");
  expect(exitCode).toBe(0);
  return stdout.toString();
}

describe("the notes of a release", () => {
  test.each([
    [["v0.0.1"], ["one"], ""],
    [["v0.0.2-rc.1"], ["two"], "v0.0.1...v0.0.2-rc.1"],
    [["v0.0.2-rc.2"], ["three"], "v0.0.2-rc.1...v0.0.2-rc.2"],
    [["v0.0.2"], ["four", "three", "two"], "v0.0.1...v0.0.2"],
    [[], ["five"], `v0.0.2...v${version}`],
  ])("%j: %j, compared by %j", (args, news, compared) => {
    const notes = run([process.execPath, SCRIPT, ...args]);
    expect([...notes.matchAll(/^- (\w+) \(/gm)].map(([, says]) => says)).toEqual(news);
    const [, link = ""] = notes.match(/\[Every change\]\((.*)\)/) ?? [];
    expect(link).toBe(compared && `${repository}/compare/${compared}`);
  });
});
