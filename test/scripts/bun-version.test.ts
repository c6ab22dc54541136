import { YAML } from "bun";
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { devDependencies } from "../../package.json";
import { mentionBun, NAMING } from "../../scripts/bun-version.ts";

const ROOT = join(import.meta.dir, "..", "..");

describe("another version of Bun", () => {
  test.each([
    ["npx -y bun@1.4.4 run demo", "npx -y bun@1.5.0 run demo"],
    ["With Bun 1.4.4 on the PATH", "With Bun 1.5.0 on the PATH"],
    ["blob/bun-v1.4.4/LICENSE.md", "blob/bun-v1.5.0/LICENSE.md"],
    ['"bun": "1.4.4",', '"bun": "1.5.0",'],
    ['"@types/bun": "1.4.4",', '"@types/bun": "1.5.0",'],
    ['"bun-plugin": "1.4.4", "version": "0.1.0"', '"bun-plugin": "1.4.4", "version": "0.1.0"'],
  ])("%s becomes %s", (text, moved) => {
    expect(mentionBun(text, "1.5.0")).toBe(moved);
  });

  test.each(NAMING)("%s names no other than the one in use, and that is moved", (file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    expect(mentionBun(text, devDependencies.bun)).toBe(text);
    expect(text).toContain(devDependencies.bun);
    expect(mentionBun(text, "1.999.0")).not.toContain(devDependencies.bun);
  });

  test("is not held up with the updates of other packages, nor holds them up", () => {
    const config = readFileSync(join(ROOT, ".github", "dependabot.yml"), "utf8");
    const { updates } = YAML.parse(config) as { updates: { groups: Record<string, unknown> }[] };
    const bun = ["bun", "@types/bun"];
    expect(updates[0]?.groups).toEqual({
      bun: { patterns: bun },
      packages: { patterns: ["*"], "exclude-patterns": bun },
    });
  });
});
