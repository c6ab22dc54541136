import { describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzip, tar } from "../../../scripts/package/tar.ts";
import { TemporaryHome } from "../../support/home.ts";

const ENTRIES = [
  { path: "lap", executable: true, contents: new Uint8Array(1000).fill(7) },
  { path: "LICENSE", contents: "MIT\n" },
  { path: "man/lap.1", contents: "x".repeat(512) },
  { path: "empty", contents: "" },
];

describe("an archive", () => {
  test("is unpacked by the system's tar", () => {
    using home = new TemporaryHome();
    writeFileSync(join(home.path, "a.tar.gz"), gzip(tar(ENTRIES)));
    const run = Bun.spawnSync(["tar", "-xzf", "a.tar.gz"], { cwd: home.path, stderr: "pipe" });
    expect(run.stderr.toString()).toBe("");
    expect(run.exitCode).toBe(0);
    expect(readdirSync(home.path).toSorted()).toEqual([
      "LICENSE",
      "a.tar.gz",
      "empty",
      "lap",
      "man",
    ]);
    for (const { path, contents } of ENTRIES) {
      expect(readFileSync(join(home.path, path)).equals(Buffer.from(contents))).toBe(true);
    }
    expect(statSync(join(home.path, "lap")).mode & 0o777).toBe(0o755);
    expect(statSync(join(home.path, "LICENSE")).mode & 0o777).toBe(0o644);
  });

  test("has a fixed owner and time", () => {
    const list = Bun.spawnSync(["tar", "-tvf", "-", "--numeric-owner"], {
      stdin: tar(ENTRIES),
      env: { PATH: process.env.PATH, TZ: "UTC" },
    });
    const lines = list.stdout.toString().trimEnd().split("\n");
    expect(lines).toHaveLength(ENTRIES.length);
    for (const line of lines) expect(line).toMatch(/ 0(\/| +)0 .*(2000-01-01 00:00|Jan +1 +2000) /);
  });

  test("has nothing in it that differs from run to run", () => {
    const bytes = gzip(tar(ENTRIES));
    expect(bytes.equals(gzip(tar(ENTRIES)))).toBe(true);
    // No flags (so no name), no time, an unknown system.
    expect(bytes.subarray(3, 8).every((byte) => byte === 0)).toBe(true);
    expect(bytes[9]).toBe(255);
    expect(gunzipSync(bytes).equals(tar(ENTRIES))).toBe(true);
  });

  test("takes no path that would be cut", () => {
    expect(() => tar([{ path: "x".repeat(101), contents: "" }])).toThrow("too long");
  });
});
