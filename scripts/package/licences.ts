import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Shipped } from "./shipped.ts";

/** The names in a key of bun.lock: a package's, after those of the packages that it lies in. */
const NAMES = /(?:@[^/]+\/)?[^/]+/g;
const LICENCE_FILE = /^licen[cs]e(\.\w+)?$/i;

/**
 * The licences of what is in the binary besides lap's own code, for LICENSES.md: Bun's, and those of
 * the packages as they are installed.
 *
 * @param runtime what to say of Bun and the libraries in it.
 * @throws Error for a package without a licence: it could not be shipped.
 */
export function renderLicences(
  packages: readonly Shipped[],
  { modules, runtime }: { modules: string; runtime: string },
): string {
  const parts = packages.map((shipped) => {
    const text = readLicence(join(modules, folderOf(shipped)));
    return `## ${shipped.name} ${shipped.version}\n\n\`\`\`\n${text}\n\`\`\`\n`;
  });
  return [
    "# Licences of what lap is made of",
    "",
    "lap's own licence is in LICENSE. Its binary also holds:",
    "",
    [runtime.trim(), "", ...parts].join("\n"),
  ].join("\n");
}

function folderOf({ key }: Shipped): string {
  return (key.match(NAMES) ?? []).join("/node_modules/");
}

function readLicence(folder: string): string {
  const file = readdirSync(folder).find((name) => LICENCE_FILE.test(name));
  if (!file) throw new Error(`${folder} has no licence`);
  return readFileSync(join(folder, file), "utf8").trim();
}
