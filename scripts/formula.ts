/**
 * Renders the Homebrew formula of a release: `bun scripts/formula.ts [SHA256SUMS] [folder]`, from
 * dist/SHA256SUMS and with the release's own folder unless another one is said, to stdout.
 */
import { readFileSync } from "node:fs";
import { repository, version } from "../package.json";
import { renderFormula } from "./package/formula.ts";
import { parseSums } from "./package/sums.ts";

const [sums = "dist/SHA256SUMS", folder] = process.argv.slice(2);
process.stdout.write(
  renderFormula({
    version,
    repository,
    folder: folder ?? `${repository}/releases/download/v${version}`,
    sums: parseSums(readFileSync(sums, "utf8")),
  }),
);
