import { expect, test } from "bun:test";
import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TARGETS } from "../../scripts/targets.ts";
import { TemporaryHome } from "../support/home.ts";

const ROOT = join(import.meta.dir, "..", "..");
const SCRIPT = `
  const { installRuntime } = await import(${JSON.stringify(join(ROOT, "scripts", "runtime.ts"))});
  console.log(installRuntime(JSON.parse(process.argv.at(-1))));
`;
/** One whose Bun is here already: that of this machine. */
const target = TARGETS.find(
  ({ os, cpu, libc }) => os === process.platform && cpu === process.arch && libc !== "musl",
);

test.skipIf(!target)("what was done to a target's Bun is not packed", () => {
  using home = new TemporaryHome();
  for (const file of ["package.json", "bun.lock", "bunfig.toml"]) {
    copyFileSync(join(ROOT, file), join(home.path, file));
  }
  const install = () => {
    const command = [process.execPath, "-e", SCRIPT, JSON.stringify(target)];
    const { stdout } = Bun.spawnSync(command, { cwd: home.path });
    return join(home.path, stdout.toString().trim());
  };
  const runtime = install();
  const right = readFileSync(runtime);
  // A link would share its bytes with the package manager's cache.
  expect(statSync(runtime).nlink).toBe(1);
  rmSync(runtime);
  writeFileSync(runtime, "another");
  expect(install()).toBe(runtime);
  expect(readFileSync(runtime).equals(right)).toBe(true);
});
