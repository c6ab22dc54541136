import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json";
import { signAdHoc } from "../../scripts/macho/sign.ts";
import { gzip, tar } from "../../scripts/package/tar.ts";
import { archiveName, TARGETS } from "../../scripts/targets.ts";
import { Machine } from "../support/installer.ts";
import { makeExecutable, TEXT_SIZE } from "../support/macho.ts";
import { fakeLap } from "../support/upgrade-release.ts";

const SCRIPT = join(import.meta.dir, "..", "..", "scripts", "try.ts");
const LAP = fakeLap(version, 'case $1 in demo) echo "returned to the same shell" ;; esac');

/** Tries a packed release whose laps for macOS are so, on a machine; answers what it says of each. */
function tryRelease(machine: Machine, forMacos: Buffer) {
  const dist = join(machine.home, "dist");
  mkdirSync(dist);
  for (const target of TARGETS) {
    const contents = target.os === "darwin" ? forMacos : LAP;
    const archive = gzip(tar([{ path: "lap", executable: true, contents }]));
    writeFileSync(join(dist, archiveName(target)), archive);
  }
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, SCRIPT], {
    cwd: machine.home,
    env: { PATH: machine.tools, TMPDIR: machine.temporary },
    stderr: "pipe",
  });
  const said = [...stderr.toString().matchAll(/^(.) ([\w-]+): (.*)$/gm)];
  return {
    exitCode,
    lines: new Map(said.map(([, mark, name, text]) => [name, `${mark} ${text}`])),
  };
}

// A Mac starts the first two, which are no programs.
describe.skipIf(process.platform === "darwin")("a release is tried", () => {
  test("by starting what this machine can, and naming the rest", () => {
    using machine = new Machine();
    const { exitCode, lines } = tryRelease(machine, signAdHoc(makeExecutable(), "lap"));
    expect(lines.get(`linux-${process.arch}`)).toMatch(/^✓ .* and its demo works$/);
    for (const { name, os } of TARGETS) {
      if (os === "linux" && name === `linux-${process.arch}`) continue;
      expect(lines.get(name)).toMatch(/^- not here: .*; the release workflow starts it$/);
    }
    expect(exitCode).toBe(0);
  });

  test("and the hashes of what is for macOS are computed", () => {
    const signed = signAdHoc(makeExecutable(), "lap");
    using machine = new Machine();
    expect(tryRelease(machine, signed).lines.get("darwin-x64")).toContain(
      "every hash of its signature is right",
    );
    signed[TEXT_SIZE - 1] = (signed[TEXT_SIZE - 1] ?? 0) ^ 1;
    using other = new Machine();
    const { exitCode, lines } = tryRelease(other, signed);
    expect(lines.get("darwin-x64")).toStartWith("✗ macOS would kill it: 1 of 7 page hashes");
    expect(exitCode).toBe(1);
  });

  test("without a network, too: what needs Debian's packages is not here", () => {
    using machine = new Machine();
    for (const gcc of ["x86_64-linux-gnu-gcc", "aarch64-linux-gnu-gcc"]) machine.fake(gcc, ":");
    machine.fake("apt-get", "echo 'E: Unable to locate package musl' >&2; exit 100");
    const { exitCode, lines } = tryRelease(machine, signAdHoc(makeExecutable(), "lap"));
    for (const name of ["linux-x64-musl", "linux-arm64-musl"]) {
      expect(lines.get(name)).toBe(
        "- not here: what apt-get cannot download: E: Unable to locate package musl; the release workflow starts it",
      );
    }
    expect(exitCode).toBe(0);
  });
});
