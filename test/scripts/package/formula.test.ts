import { describe, expect, test } from "bun:test";
import { renderFormula } from "../../../scripts/package/formula.ts";
import { archiveName, TARGETS } from "../../../scripts/targets.ts";

const RUBY = Bun.which("ruby");
const FOLDER = "https://example.dev/lap/releases/download/v0.2.0";
const sums = new Map(TARGETS.map((target, n) => [archiveName(target), `${n}`.repeat(64)]));
const release = { version: "0.2.0", repository: "https://example.dev/lap", folder: FOLDER, sums };

describe("the formula", () => {
  const formula = renderFormula(release);

  test("has four sources, each with its own checksum, where Homebrew looks for it", () => {
    const found = formula.matchAll(/on_(\w+) do\n {6}url "(.*)"\n {6}sha256 "(.*)"/g);
    expect([...found].map(([, cpu, url, sum]) => [cpu, url, sum])).toEqual([
      ["arm", `${FOLDER}/lap-darwin-arm64.tar.gz`, sums.get("lap-darwin-arm64.tar.gz")],
      ["intel", `${FOLDER}/lap-darwin-x64.tar.gz`, sums.get("lap-darwin-x64.tar.gz")],
      ["arm", `${FOLDER}/lap-linux-arm64.tar.gz`, sums.get("lap-linux-arm64.tar.gz")],
      ["intel", `${FOLDER}/lap-linux-x64.tar.gz`, sums.get("lap-linux-x64.tar.gz")],
    ]);
    expect(formula.indexOf("on_macos")).toBeLessThan(formula.indexOf("lap-darwin-arm64"));
    expect(formula.indexOf("on_linux")).toBeGreaterThan(formula.indexOf("lap-darwin-x64"));
    expect(formula.indexOf("on_linux")).toBeLessThan(formula.indexOf("lap-linux-arm64"));
  });

  test("is for the macOS that Bun starts on, and any Linux", () => {
    expect(formula).toContain("  on_macos do\n    depends_on macos: :ventura\n");
    expect(formula.match(/depends_on/g)).toHaveLength(1);
  });

  test("installs the licences too, of which Homebrew itself takes LICENSE alone", () => {
    expect(formula).toContain('    prefix.install "LICENSES.md"\n');
  });

  test("is not rendered for a release that lacks an archive", () => {
    const fewer = new Map(sums);
    fewer.delete("lap-linux-arm64.tar.gz");
    expect(() => renderFormula({ ...release, sums: fewer })).toThrow("no lap-linux-arm64.tar.gz");
  });

  test.skipIf(!RUBY)("is Ruby", () => {
    const { stdout } = Bun.spawnSync([RUBY ?? "", "-wc"], { stdin: Buffer.from(formula) });
    expect(stdout.toString()).toBe("Syntax OK\n");
  });
});
