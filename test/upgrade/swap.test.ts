import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { placing, previousPath, stagingPath, swapping } from "../../src/upgrade/swap.ts";
import { TemporaryHome } from "../support/home.ts";
import { install } from "../support/upgrade-release.ts";

/** A folder with the lap `old`, and `new` beside. */
function workshop() {
  const home = new TemporaryHome();
  const binary = install(join(home.path, "lap"), "old");
  mkdirSync(stagingPath(binary));
  const fresh = install(join(stagingPath(binary), "lap"), "new");
  return { home, binary, fresh, read: () => readFileSync(binary, "utf8") };
}

describe("whatever step is the last, the binary is whole", () => {
  test.each([0, 1, 2, 3])("placing, %d steps", (steps) => {
    const { home, binary, fresh, read } = workshop();
    using _ = home;
    for (const step of placing(binary, fresh).slice(0, steps)) step();
    expect(read()).toBe(steps === 3 ? "new" : "old");
    if (steps < 2) expect(existsSync(previousPath(binary))).toBe(false);
    else expect(readFileSync(previousPath(binary), "utf8")).toBe("old");
    // And another upgrade goes through.
    const again = install(join(stagingPath(binary), "lap"), "newer");
    for (const step of placing(binary, again)) step();
    expect(read()).toBe("newer");
  });

  test.each([0, 1, 2, 3])("swapping, %d steps", (steps) => {
    const { home, binary, fresh, read } = workshop();
    using _ = home;
    for (const step of placing(binary, fresh)) step();
    for (const step of swapping(binary, stagingPath(binary)).slice(0, steps)) step();
    expect(read()).toBe(steps < 2 ? "new" : "old");
    if (steps === 3) expect(readFileSync(previousPath(binary), "utf8")).toBe("new");
  });
});

test("the replaced one keeps its bytes, and its right to be run", () => {
  const { home, binary, fresh } = workshop();
  using _ = home;
  for (const step of placing(binary, fresh)) step();
  install(binary, "written in place");
  expect(readFileSync(previousPath(binary), "utf8")).toBe("old");
});
