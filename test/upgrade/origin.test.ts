import { expect, test } from "bun:test";
import { originOf } from "../../src/upgrade/origin.ts";

test.each([
  ["/home/me/.local/bin/lap", { kind: "binary" }],
  ["/opt/Cellar", { kind: "binary" }],
  ["/home/me/Cellar/lap", { kind: "binary" }],
  [
    "/opt/homebrew/Cellar/lap/0.1.0/bin/lap",
    {
      kind: "homebrew",
      formula: "lap",
      brew: "/opt/homebrew/bin/brew",
      path: "/opt/homebrew/opt/lap/bin/lap",
    },
  ],
  [
    "/home/linuxbrew/.linuxbrew/Cellar/lap@1/1.0.0/bin/lap",
    {
      kind: "homebrew",
      formula: "lap@1",
      brew: "/home/linuxbrew/.linuxbrew/bin/brew",
      path: "/home/linuxbrew/.linuxbrew/opt/lap@1/bin/lap",
    },
  ],
])("a binary at %s", (path, origin) => {
  expect(originOf(["/usr/local/bin/lap"], path)).toEqual({ path, ...origin } as never);
});

test("Bun and a script", () => {
  const path = "/src/lap/src/cli.ts";
  expect(originOf(["/usr/bin/bun", path], path)).toEqual({ kind: "source", path });
});
