/**
 * Computes every hash in the signatures of macOS binaries again: `bun scripts/verify.ts <file>…`.
 * Exit code 1 when macOS would kill one of them.
 */
import { readFileSync } from "node:fs";
import { findSignatureFaults } from "./macho/verify.ts";

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error("verify what? Example: bun scripts/verify.ts dist/darwin-*/lap");
  process.exitCode = 2;
}
for (const file of files) {
  const faults = findSignatureFaults(readFileSync(file));
  for (const fault of faults) console.error(`${file}: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
  else console.error(`${file}: every hash of its signature is right`);
}
