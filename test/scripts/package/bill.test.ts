import type { BunLockFile } from "bun";
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import lock from "../../../bun.lock";
import { dependencies, devDependencies } from "../../../package.json";
import { renderLicences } from "../../../scripts/package/licences.ts";
import { renderBill } from "../../../scripts/package/sbom.ts";
import { lockedPackage, shippedPackages } from "../../../scripts/package/shipped.ts";
import { TARGETS } from "../../../scripts/targets.ts";
import { TemporaryHome } from "../../support/home.ts";

const SUM = `sha512-${Buffer.alloc(64, 1).toString("base64")}`;
/** @prompts needs its own older width; `tests` only tests. */
const LOCK: BunLockFile = {
  lockfileVersion: 1,
  workspaces: {
    "": { dependencies: { "@a/prompts": "1", width: "2" }, devDependencies: { tests: "1" } },
  },
  packages: {
    "@a/prompts": ["@a/prompts@1.2.3", "", { dependencies: { width: "^1", end: "1" } }, SUM],
    "@a/prompts/width": ["width@1.0.0", "", {}, SUM],
    width: ["width@2.0.0", "", { dependencies: { end: "1" } }, SUM],
    end: ["end@1.0.0", "", {}, SUM],
    tests: ["tests@1.0.0", "", { dependencies: { deep: "1" } }, SUM],
    deep: ["deep@1.0.0", "", {}, SUM],
    local: ["local@file:../local", {}],
  },
};

describe("what is shipped", () => {
  test("is what lap depends on, and what that depends on, each once", () => {
    expect(shippedPackages(LOCK).map(({ name, version }) => `${name}@${version}`)).toEqual([
      "@a/prompts@1.2.3",
      "width@1.0.0",
      "end@1.0.0",
      "width@2.0.0",
    ]);
  });

  test("must be in bun.lock, and come from the registry", () => {
    expect(() => lockedPackage(LOCK, "gone")).toThrow("bun.lock has no gone");
    expect(() => lockedPackage(LOCK, "local")).toThrow("local does not come from the registry");
  });

  test("of lap itself is no tool", () => {
    const names = shippedPackages(lock).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    for (const tool of Object.keys(devDependencies)) expect(names).not.toContain(tool);
  });
});

describe("the bill of materials", () => {
  const packages = shippedPackages(LOCK);
  const bill = JSON.parse(
    renderBill({ version: "0.1.0", packages, runtimes: [], direct: ["@a/prompts", "width"] }),
  );

  test("names each package with its address and checksum", () => {
    expect(bill.components[0]).toEqual({
      type: "library",
      "bom-ref": "pkg:npm/%40a/prompts@1.2.3",
      group: "@a",
      name: "prompts",
      version: "1.2.3",
      purl: "pkg:npm/%40a/prompts@1.2.3",
      hashes: [{ alg: "SHA-512", content: "01".repeat(64) }],
    });
  });

  test("says who needs whom, in the version that each gets", () => {
    expect(bill.dependencies).toEqual([
      {
        ref: "pkg:generic/lap@0.1.0",
        dependsOn: ["pkg:npm/%40a/prompts@1.2.3", "pkg:npm/width@2.0.0"],
      },
      {
        ref: "pkg:npm/%40a/prompts@1.2.3",
        dependsOn: ["pkg:npm/end@1.0.0", "pkg:npm/width@1.0.0"],
      },
      { ref: "pkg:npm/width@1.0.0", dependsOn: [] },
      { ref: "pkg:npm/end@1.0.0", dependsOn: [] },
      { ref: "pkg:npm/width@2.0.0", dependsOn: ["pkg:npm/end@1.0.0"] },
    ]);
  });

  test("of lap itself names Bun for every system, and nothing that it does not describe", () => {
    const own = JSON.parse(
      renderBill({
        version: "0.1.0",
        packages: shippedPackages(lock),
        runtimes: TARGETS.map(({ runtime }) => lockedPackage(lock, runtime)),
        direct: Object.keys(dependencies),
      }),
    );
    const platforms = own.components.filter(({ type }: { type: string }) => type === "platform");
    expect(platforms).toHaveLength(TARGETS.length);
    const described = own.components.map((part: { "bom-ref": string }) => part["bom-ref"]);
    const referred = own.dependencies.flatMap((entry: { dependsOn: string[] }) => entry.dependsOn);
    expect(described).toEqual(expect.arrayContaining(referred));
  });

  test("has what GitHub's attestations ask of a bill: its format, version and a serial number", () => {
    expect(bill).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.6" });
    expect(bill.serialNumber).toMatch(
      /^urn:uuid:[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    );
  });

  test("has a serial number of its own, and always the same", () => {
    const serial = (version: string) =>
      JSON.parse(renderBill({ version, packages, runtimes: [], direct: [] })).serialNumber;
    expect(serial("0.1.0")).toBe(serial("0.1.0"));
    expect(serial("0.1.0")).not.toBe(serial("0.2.0"));
  });

  test("has no checksum of another kind", () => {
    const weak = packages.map((shipped) => ({ ...shipped, integrity: "sha1-x" }));
    expect(() => renderBill({ version: "1", packages: weak, runtimes: [], direct: [] })).toThrow(
      "not SHA-512",
    );
  });
});

describe("the licences", () => {
  test("are those of every package, each from where it is installed", () => {
    using home = new TemporaryHome();
    for (const [folder, file] of [
      ["@a/prompts", "LICENSE"],
      ["@a/prompts/node_modules/width", "license"],
      ["width", "LICENSE.md"],
      ["end", "Licence.txt"],
    ] as const) {
      mkdirSync(join(home.path, folder), { recursive: true });
      writeFileSync(join(home.path, folder, file), `of ${folder}\n`);
    }
    const texts = join(home.path, "texts");
    mkdirSync(texts);
    for (const name of ["Zlib", "MIT"]) writeFileSync(join(texts, `${name}.txt`), `  ${name}\n`);
    const text = renderLicences(shippedPackages(LOCK), {
      modules: home.path,
      runtime: "## Bun",
      texts,
    });
    expect(text).toContain("## Bun");
    expect(text).toContain("## width 1.0.0\n\n```\nof @a/prompts/node_modules/width\n```");
    expect(text).toContain("## width 2.0.0\n\n```\nof width\n```");
    expect(text).toEndWith("## MIT\n\n```\n  MIT\n```\n\n## Zlib\n\n```\n  Zlib\n```\n");
  });

  test("are missed where a package has none", () => {
    using home = new TemporaryHome();
    mkdirSync(join(home.path, "end"));
    const [end] = shippedPackages({ ...LOCK, workspaces: { "": { dependencies: { end: "1" } } } });
    if (!end) throw new Error("nothing is shipped");
    const sources = { modules: home.path, runtime: "", texts: home.path };
    expect(() => renderLicences([end], sources)).toThrow("no licence");
  });

  describe("of lap itself", () => {
    const runtime = readFileSync("scripts/package/bun.md", "utf8");
    const texts = "scripts/package/licences";

    test("are complete, Bun's of the version in use", () => {
      expect(runtime).toContain(`## Bun ${devDependencies.bun}`);
      expect(runtime).toContain(`bun-v${devDependencies.bun}/LICENSE.md`);
      const packages = shippedPackages(lock);
      const text = renderLicences(packages, { modules: "node_modules", runtime, texts });
      for (const name of Object.keys(dependencies)) expect(text).toContain(`## ${name} `);
      for (const version of ["2, June 1991", "2.1, February 1999"]) {
        expect(text).toContain(`Version ${version}`);
      }
    });

    test("have the text of each that a part of Bun is under", () => {
      const rows = [...runtime.matchAll(/^\| (.*?) +\| .* \| ([\w., -]+?) +\|$/gm)].slice(2);
      const named = rows.flatMap(([, , licences = ""]) => licences.split(/, | WITH /));
      const there = readdirSync(texts).map((file) => file.replace(/\.txt$/, ""));
      expect([...new Set(named)].toSorted()).toEqual(there.toSorted());
      expect(rows.find(([, part]) => part === "ICU")?.[2]).toContain("Unicode-3.0");
      const parts = rows.map(([, part]) => part).join(", ");
      for (const part of ["JavaScriptCore", "tinycc", "esbuild", "acorn", "libc++abi"]) {
        expect(parts).toContain(part);
      }
    });
  });
});
