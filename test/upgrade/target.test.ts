import { expect, test } from "bun:test";
import { isForMusl, releaseTarget } from "../../src/upgrade/target.ts";
import { TARGETS } from "../../scripts/targets.ts";
import { TemporaryHome } from "../support/home.ts";
import { install } from "../support/upgrade-release.ts";

test.each([
  ["darwin", "arm64", false, "darwin-arm64"],
  ["darwin", "x64", false, "darwin-x64"],
  ["linux", "x64", false, "linux-x64"],
  ["linux", "arm64", false, "linux-arm64"],
  ["linux", "x64", true, "linux-x64-musl"],
  ["linux", "arm64", true, "linux-arm64-musl"],
  ["linux", "ia32", false, undefined],
  ["freebsd", "x64", false, undefined],
])("%s on %s, musl %p: %p", (platform, arch, musl, target) => {
  expect(releaseTarget({ platform, arch, musl })).toBe(target);
});

test("every target that lap is released for is some machine's, and no other", () => {
  const machines = ["darwin", "linux", "freebsd"].flatMap((platform) =>
    ["arm64", "x64", "ia32"].flatMap((arch) =>
      [true, false].map((musl) => releaseTarget({ platform, arch, musl })),
    ),
  );
  const targets = new Set(machines.filter((target) => target !== undefined));
  expect([...targets].toSorted()).toEqual(TARGETS.map(({ name }) => name).toSorted());
});

test.each([
  ["/lib/ld-musl-x86_64.so.1", true],
  ["/lib/ld-musl-aarch64.so.1", true],
  ["/lib64/ld-linux-x86-64.so.2", false],
])("a binary with the loader %s", (loader, musl) => {
  using home = new TemporaryHome();
  const head = `\x7fELF${"\0".repeat(800)}${loader}\0`;
  expect(isForMusl(install(`${home.path}/lap`, `${head}${"x".repeat(10_000)}`))).toBe(musl);
  // What it merely carries does not count.
  const carried = `\x7fELF${"\0".repeat(8_000)}/lib/ld-musl-x86_64.so.1`;
  expect(isForMusl(install(`${home.path}/lap`, carried))).toBe(false);
});
