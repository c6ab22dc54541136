import { expect, test } from "bun:test";
import { isNewer, parseVersion } from "../../src/upgrade/newer.ts";

test.each([
  ["0.2.0", "0.1.9", true],
  ["0.10.0", "0.9.0", true],
  ["1.0.0", "1.0.0-rc.1", true],
  ["1.0.0-rc.2", "1.0.0-rc.1", true],
  ["1.0.0", "1.0.0", false],
  ["0.1.0", "0.2.0", false],
  ["1.0.0-rc.1", "1.0.0", false],
])("%s after %s: %p", (version, other, expected) => {
  expect(isNewer(version, other)).toBe(expected);
});

test.each([
  ["0.2.0\n", "0.2.0"],
  ["v0.2.0", "0.2.0"],
  [" 1.2.3-rc.1 ", "1.2.3-rc.1"],
  ["1.2", undefined],
  ["1.2.3 ", "1.2.3"],
  ["1.2.3\n4.5.6", undefined],
  ["1.2.3\x1b[31m", undefined],
  ["../1.2.3", undefined],
  ["<html>", undefined],
  ["", undefined],
])("%p is the version %p", (text, version) => {
  expect(parseVersion(text)).toBe(version);
});
