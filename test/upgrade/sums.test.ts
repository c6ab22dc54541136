import { expect, test } from "bun:test";
import { checksumOf } from "../../src/upgrade/sums.ts";

const A = "a1".repeat(32);
const B = "b2".repeat(32);

test.each([
  ["the usual notation", `${B}  other\n${A}  file\n`, A],
  ["a binary's", `${A} *file\n`, A],
  ["capitals", `${A.toUpperCase()}  file`, A],
  ["lines of Windows", `${A}  file\r\n${B}  other\r\n`, A],
  ["twice the same", `${A}  file\n${A}  file\n`, A],
  ["two that differ", `${A}  file\n${B}  file\n`, undefined],
  ["another file", `${A}  file.sig\n${B}  a/file\n`, undefined],
  ["a sum that is cut", `${A.slice(1)}  file\n`, undefined],
  ["a page", "<html>", undefined],
  ["nothing", "", undefined],
])("the checksum of a file by %s", (_, sums, expected) => {
  expect(checksumOf(sums, "file")).toBe(expected);
});
