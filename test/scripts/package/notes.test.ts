import { describe, expect, test } from "bun:test";
import { parseCommits, renderNotes } from "../../../scripts/package/notes.ts";

const PLACE = { repository: "https://example.dev/lap", previous: "v0.1.0", tag: "v0.2.0" };

/** A log as git writes it. */
function log(...messages: string[]): string {
  return messages.map((message, n) => `${n}abc\0${message}\n\0\n`).join("");
}

describe("a commit is read", () => {
  test.each([
    ["feat: a thing", { type: "feat", says: "a thing" }],
    ["fix(attach): a thing", { type: "fix", scope: "attach", says: "a thing" }],
    ["feat!: a thing", { type: "feat", says: "a thing", breaks: "a thing" }],
    ["feat(api)!: a thing", { type: "feat", scope: "api", says: "a thing", breaks: "a thing" }],
    [
      "fix: a thing\n\nWhy.\n\nBREAKING CHANGE: the flag\nis gone\n\nReviewed-by: me",
      { type: "fix", says: "a thing", breaks: "the flag is gone" },
    ],
    [
      "fix!: a thing\n\nBREAKING-CHANGE: the flag is gone\nRefs: 1",
      { type: "fix", says: "a thing", breaks: "the flag is gone" },
    ],
    ["fix: a: b", { type: "fix", says: "a: b" }],
  ])("%j", (message, commit) => {
    expect(parseCommits(log(message))).toEqual([{ hash: "0abc", ...commit }]);
  });

  test("or passed over, where it says nothing of the kind", () => {
    expect(parseCommits(log("wip", "Merge branch 'x'", "feat:nothing", "feat: a thing"))).toEqual([
      { hash: "3abc", type: "feat", says: "a thing" },
    ]);
  });
});

describe("the notes", () => {
  test("tell what breaks, is new, mended and faster, and leave out the rest", () => {
    const commits = parseCommits(
      log("fix(ui): one", "feat: two", "test: three", "perf: four", "refactor!: five", "feat: six"),
    );
    expect(renderNotes(commits, PLACE)).toBe(`## Take care

- five (4abc)

## New

- two (1abc)
- six (5abc)

## Mended

- **ui:** one (0abc)

## Faster

- four (3abc)

[Every change](https://example.dev/lap/compare/v0.1.0...v0.2.0)
`);
  });

  test("of the first release have nothing to compare with", () => {
    expect(renderNotes([], { ...PLACE, previous: "" })).toBe(
      "Nothing that shows: work inside only.\n",
    );
  });
});
