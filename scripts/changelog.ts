/**
 * Adds what changed since the release before to .github/CHANGELOG.md, for the version in package.json:
 * `bun scripts/changelog.ts`. People then shorten what it wrote.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { version } from "../package.json";
import { addNotes } from "./package/changelog.ts";
import { readNotes } from "./package/history.ts";

const FILE = ".github/CHANGELOG.md";

try {
  const [release = version] = version.split("-", 1);
  const notes = readNotes(`v${release}`, "HEAD");
  writeFileSync(FILE, addNotes(readFileSync(FILE, "utf8"), release, notes));
  console.error(`${FILE}  ${release}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
