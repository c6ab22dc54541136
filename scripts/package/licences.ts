import { readdirSync, readFileSync } from "node:fs";
import { join, parse } from "node:path";
import type { Shipped } from "./shipped.ts";

/** The names in a key of bun.lock: a package's, after those of the packages that it lies in. */
const NAMES = /(?:@[^/]+\/)?[^/]+/g;
const LICENCE_FILE = /^licen[cs]e(\.\w+)?$/i;

/** Where the licences of what is in the binary are found. */
export interface Sources {
  /** The folder that the packages are installed in. */
  modules: string;
  /** What to say of Bun and the libraries in it. */
  runtime: string;
  /** The folder that holds the texts of the licences that `runtime` names, each called as SPDX does. */
  texts: string;
}

/**
 * The licences of what is in the binary besides lap's own code, for LICENSES.md: Bun's, those of the
 * packages as they are installed, and the texts of those that many libraries share.
 *
 * @throws Error for a package without a licence: it could not be shipped.
 */
export function renderLicences(
  packages: readonly Shipped[],
  { modules, runtime, texts }: Sources,
): string {
  const parts = [
    ...packages.map((shipped) =>
      section(`${shipped.name} ${shipped.version}`, readLicence(join(modules, folderOf(shipped)))),
    ),
    ...readdirSync(texts)
      .toSorted()
      .map((file) => section(parse(file).name, readFileSync(join(texts, file), "utf8").trimEnd())),
  ];
  return [
    "# Licences of what lap is made of",
    "",
    "lap's own licence is in LICENSE. Its binary also holds:",
    "",
    [runtime.trim(), "", ...parts].join("\n"),
  ].join("\n");
}

function section(heading: string, text: string): string {
  return `## ${heading}\n\n\`\`\`\n${text}\n\`\`\`\n`;
}

function folderOf({ key }: Shipped): string {
  return (key.match(NAMES) ?? []).join("/node_modules/");
}

function readLicence(folder: string): string {
  const file = readdirSync(folder).find((name) => LICENCE_FILE.test(name));
  if (!file) throw new Error(`${folder} has no licence`);
  return readFileSync(join(folder, file), "utf8").trim();
}
