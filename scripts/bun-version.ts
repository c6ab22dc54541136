/**
 * Moves every mention of the Bun that lap is made with to another version, bun.lock's too:
 * `bun scripts/bun-version.ts [version]`; to that in package.json unless one is said.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { devDependencies } from "../package.json";

/** What names it, besides bun.lock. */
export const NAMING = [
  ".ci/run",
  ".github/CONTRIBUTING.md",
  ".github/workflows/ci.yml",
  ".github/workflows/release.yml",
  "README.md",
  "package.json",
  "scripts/package/bun.md",
];
/** As in `npx bun@1.4.4`, `Bun 1.4.4`, the tag `bun-v1.4.4`, and both packages in package.json. */
const MENTION = /(\bbun@|\bBun |\bbun-v|"(?:@types\/)?bun": ")\d+\.\d+\.\d+/g;

export function mentionBun(text: string, version: string): string {
  return text.replace(MENTION, `$1${version}`);
}

if (import.meta.main) {
  const [version = devDependencies.bun] = process.argv.slice(2);
  for (const file of NAMING) {
    writeFileSync(file, mentionBun(readFileSync(file, "utf8"), version));
  }
  const { exitCode } = Bun.spawnSync([process.execPath, "install"], {
    stdout: "inherit",
    stderr: "inherit",
  });
  process.exitCode = exitCode;
}
