/**
 * Packs what `bun scripts/build.ts --all` built, for a release: `bun scripts/package.ts`. Into dist/ go
 * an archive for each target, a bill of materials, VERSION (which `lap upgrade` asks for), install.sh,
 * and SHA256SUMS of them all. The same commit gives the same bytes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import lock from "../bun.lock";
import { dependencies, version } from "../package.json";
import { findSignatureFaults } from "./macho/verify.ts";
import { documents } from "./package/documents.ts";
import { renderBill } from "./package/sbom.ts";
import { lockedPackage, shippedPackages } from "./package/shipped.ts";
import { renderSums } from "./package/sums.ts";
import { gzip, tar } from "./package/tar.ts";
import { archiveName, binaryPath, type Target, TARGETS } from "./targets.ts";

const DIST = "dist";
const packages = shippedPackages(lock);

try {
  const files = pack();
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(join(DIST, name), bytes);
    console.error(`${join(DIST, name)}  ${(bytes.length / 2 ** 20).toFixed(1)} MiB`);
  }
  writeFileSync(join(DIST, "SHA256SUMS"), renderSums(files));
  console.error(join(DIST, "SHA256SUMS"));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

function pack(): Record<string, Uint8Array> {
  const rest = documents(packages);
  const files: Record<string, Uint8Array> = {};
  for (const target of TARGETS) {
    const lap = { path: "lap", executable: true, contents: readBinary(target) };
    files[archiveName(target)] = gzip(tar([lap, ...rest]));
  }
  const bill = renderBill({
    version,
    packages,
    runtimes: TARGETS.map(({ runtime }) => lockedPackage(lock, runtime)),
    direct: Object.keys(dependencies),
  });
  return {
    ...files,
    "lap.cdx.json": Buffer.from(bill),
    VERSION: Buffer.from(`${version}\n`),
    "install.sh": readFileSync("scripts/install.sh"),
  };
}

/** @throws Error for one that was not built, or that macOS would kill. */
function readBinary(target: Target): Buffer {
  const path = binaryPath(target);
  const binary = readFileSync(path);
  const faults = target.os === "darwin" ? findSignatureFaults(binary) : [];
  if (faults.length > 0) throw new Error(`${path}: ${faults.join("; ")}`);
  return binary;
}
