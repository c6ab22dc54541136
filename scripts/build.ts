/**
 * Builds lap: `bun scripts/build.ts` for this machine into dist/lap, `bun scripts/build.ts --all` for
 * every system that it is shipped for, into dist/<target>/lap.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { version } from "../package.json";
import { compile } from "./compile.ts";
import { signAdHoc } from "./macho/sign.ts";
import { findSignatureFaults } from "./macho/verify.ts";
import { installRuntime } from "./runtime.ts";
import { binaryPath, type Target, TARGETS } from "./targets.ts";

const SOURCE = "src/cli.ts";
const OUTPUT = "dist/lap";

try {
  if (process.argv.includes("--all")) for (const target of TARGETS) buildFor(target);
  else buildHere();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

/**
 * Starts what it built, and fails if that fails: a binary that cannot start is written without any
 * error by some combinations of flags.
 */
function buildHere(): void {
  compile(SOURCE, OUTPUT);
  const started = Bun.spawnSync([OUTPUT, "--version"], { stderr: "inherit" });
  const said = started.stdout.toString().trim();
  if (started.exitCode !== 0 || said !== version) {
    throw new Error(`${OUTPUT} --version answered '${said}' with exit code ${started.exitCode}`);
  }
  console.error(`${OUTPUT}  ${version}`);
}

function buildFor(target: Target): void {
  const path = binaryPath(target);
  compile(SOURCE, path, { target, runtime: installRuntime(target) });
  const signed = target.os === "darwin";
  if (signed) sign(path);
  console.error(`${path}  ${version}${signed ? ", signed ad hoc" : ""}`);
}

/** macOS kills what is signed wrongly, and the compiler leaves darwin-x64 with the signature of Bun. */
function sign(path: string): void {
  const signed = signAdHoc(readFileSync(path), "lap");
  const faults = findSignatureFaults(signed);
  if (faults.length > 0) throw new Error(`cannot sign ${path}: ${faults.join("; ")}`);
  writeFileSync(`${path}.signed`, signed, { mode: 0o755 });
  renameSync(`${path}.signed`, path);
}
