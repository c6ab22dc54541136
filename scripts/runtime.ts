import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Target } from "./targets.ts";

const FOLDER = "dist/runtime";
/** What an install is made from. */
const PROJECT = ["package.json", "bun.lock", "bunfig.toml"];
const OPTIONS = [
  "--frozen-lockfile",
  "--ignore-scripts",
  // A hard link would share what is done to the file with every other project of this machine.
  "--backend=copyfile",
];

/**
 * The Bun that a target's binary is made of, as bun.lock has it, bit for bit: left to itself, the
 * compiler takes the Bun it runs in for this machine's own target, and for the others what it
 * downloads unchecked.
 *
 * @returns the path of that Bun.
 * @throws Error with what the package manager said, of a wrong checksum too.
 */
export function installRuntime({ name, os, cpu, libc, runtime }: Target): string {
  const folder = join(FOLDER, name);
  // The package manager looks at the versions alone of what is installed, not at its bytes.
  rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of PROJECT) copyFileSync(file, join(folder, file));
  const system = ["--os", os, "--cpu", cpu, ...(libc ? ["--libc", libc] : [])];
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, "install", ...OPTIONS, ...system], {
    cwd: folder,
    stdout: "ignore",
    stderr: "pipe",
  });
  if (exitCode !== 0) throw new Error(`cannot install ${runtime}: ${stderr.toString()}`);
  return join(folder, "node_modules", runtime, "bin", "bun");
}
