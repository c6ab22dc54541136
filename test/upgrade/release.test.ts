import { describe, expect, test } from "bun:test";
import { UsageError } from "../../src/errors.ts";
import { releaseFolder, repositoryName } from "../../src/upgrade/release.ts";

test.each([
  ["acme/lap", "acme/lap"],
  ["github:acme/lap", "acme/lap"],
  ["https://github.com/acme/lap", "acme/lap"],
  ["https://github.com/acme/lap.git", "acme/lap"],
  [{ type: "git", url: "git+https://github.com/acme/lap.git" }, "acme/lap"],
  [{ url: "git+ssh://git@github.com/acme/lap.cli.git" }, "acme/lap.cli"],
  ["git@github.com:acme/lap.git", "acme/lap"],
  ["https://gitlab.com/acme/lap", undefined],
  ["https://github.com.evil.dev/acme/lap", undefined],
  ["acme", undefined],
  [{}, undefined],
  [undefined, undefined],
  [7, undefined],
])("the repository of %p is %p", (repository, name) => {
  expect(repositoryName(repository)).toBe(name);
});

describe("a release's files are in", () => {
  test.each([
    [{}, "acme/lap", "https://github.com/acme/lap/releases/latest/download"],
    [{ LAP_BASE_URL: "" }, "acme/lap", "https://github.com/acme/lap/releases/latest/download"],
    [{ LAP_BASE_URL: "http://mirror/lap/" }, "acme/lap", "http://mirror/lap"],
    [{ LAP_BASE_URL: " https://me:pw@mirror/x " }, undefined, "https://me:pw@mirror/x"],
  ])("by %p and %p: %s", (env, repository, folder) => {
    expect(releaseFolder(env, repository)).toBe(folder);
  });

  test.each(["ftp://mirror/lap", "mirror/lap", "file:///etc"])("no such place as %s", (url) => {
    expect(() => releaseFolder({ LAP_BASE_URL: url }, "acme/lap")).toThrow(UsageError);
  });

  test("no place where none is known", () => {
    expect(() => releaseFolder({}, undefined)).toThrow("without a place where its releases are");
  });
});
