import { readFileSync } from "node:fs";
import { renderMan } from "../man.ts";
import { renderLicences } from "./licences.ts";
import type { Shipped } from "./shipped.ts";
import type { Entry } from "./tar.ts";

/** The name that each shell looks for. */
const COMPLETIONS = {
  bash: "completions/lap.bash",
  zsh: "completions/_lap",
  fish: "completions/lap.fish",
};

/**
 * What every archive holds besides the binary: the licences, the completions that lap itself prints,
 * and the man page.
 *
 * @throws Error when lap prints no completions.
 */
export function documents(packages: readonly Shipped[]): Entry[] {
  const licences = renderLicences(packages, {
    modules: "node_modules",
    runtime: readFileSync("scripts/package/bun.md", "utf8"),
    texts: "scripts/package/licences",
  });
  return [
    { path: "LICENSE", contents: readFileSync("LICENSE") },
    { path: "LICENSES.md", contents: licences },
    ...Object.entries(COMPLETIONS).map(([shell, path]) => ({ path, contents: completion(shell) })),
    { path: "man/lap.1", contents: renderMan() },
  ];
}

function completion(shell: string): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(
    [process.execPath, "src/cli.ts", "completion", shell],
    { stderr: "pipe" },
  );
  if (exitCode !== 0) throw new Error(`no completions for ${shell}: ${stderr.toString()}`);
  return stdout.toString();
}
