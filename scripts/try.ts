/**
 * Starts every packed lap that can be made to run on this machine, emulated where it must be:
 * `bun scripts/try.ts`. Each says its version and does the check of `lap demo`, in which it opens a
 * shell, types, detaches and returns. What cannot be run here is named, with what it would take; the
 * release workflow starts each on its own system. The signature of one for macOS is verified anywhere.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../package.json";
import { findSignatureFaults } from "./macho/verify.ts";
import { archiveName, type Target } from "./targets.ts";
import { type Trial, trials } from "./try/trials.ts";

for (const trial of trials()) {
  const folder = mkdtempSync(join(tmpdir(), "lap-try-"));
  try {
    const lap = unpack(trial.target, folder);
    const command = trial.prepare();
    if (typeof command === "string") console.error(`- ${trial.name}: ${notHere(trial, command)}`);
    else console.error(`✓ ${trial.name}: ${start([...command, lap])}`);
  } catch (error) {
    console.error(`✗ ${trial.name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Error for one that macOS would kill. */
function unpack(target: Target, folder: string): string {
  run(["tar", "-xzf", join("dist", archiveName(target)), "-C", folder]);
  const lap = join(folder, "lap");
  const faults = target.os === "darwin" ? findSignatureFaults(readFileSync(lap)) : [];
  if (faults.length > 0) throw new Error(`macOS would kill it: ${faults.join("; ")}`);
  return lap;
}

function notHere({ target }: Trial, missing: string): string {
  const verified = target.os === "darwin" ? "; every hash of its signature is right" : "";
  return `not here: ${missing}${verified}; the release workflow starts it`;
}

function start(lap: string[]): string {
  const started = performance.now();
  const said = run([...lap, "--version"]).trim();
  const startMs = performance.now() - started;
  if (said !== version) throw new Error(`it says that it is '${said}'`);
  const checked = run([...lap, "demo", "--check"]);
  if (!checked.includes("returned to the same shell")) throw new Error(`its demo says: ${checked}`);
  return `${said} after ${startMs.toFixed(0)} ms, and its demo works`;
}

function run(command: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { stderr: "pipe" });
  if (exitCode === 0) return stdout.toString();
  throw new Error(`${command.join(" ")}: exit code ${exitCode}: ${stderr.toString()}`);
}
