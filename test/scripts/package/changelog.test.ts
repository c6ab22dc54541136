import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { version } from "../../../package.json";
import { addNotes, headingOf } from "../../../scripts/package/changelog.ts";

const TITLE = "# Changes\n\nNewest first.\n";
const NOTES = "## New\n\n- two\n\n## Mended\n\n- three\n";
const SECTION = "## 0.2.0\n\n### New\n\n- two\n\n### Mended\n\n- three\n";

describe("the changelog", () => {
  test.each([
    ["the first notes", `${TITLE}\n`, `${TITLE}\n${SECTION}`],
    [
      "notes before older ones",
      `${TITLE}\n## 0.1.0\n\n- one\n`,
      `${TITLE}\n${SECTION}\n## 0.1.0\n\n- one\n`,
    ],
  ])("takes %s", (_name, before, after) => {
    expect(addNotes(before, "0.2.0", NOTES)).toBe(after);
  });

  test.each(["0.2.0", "0.2.0-rc.1"])("keeps what it has, for %s", (of) => {
    expect(() => addNotes(`${TITLE}\n${SECTION}`, of, NOTES)).toThrow("has '## 0.2.0' already");
  });

  test("of lap itself tells of the version in package.json", () => {
    const lines = readFileSync(".github/CHANGELOG.md", "utf8").split("\n");
    expect(lines).toContain(headingOf(version));
  });
});
