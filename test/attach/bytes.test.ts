import { expect, test } from "bun:test";
import { formatBytes } from "../../src/attach/bytes.ts";

test.each([
  [0, "0 B"],
  [812, "812 B"],
  [1_023, "1023 B"],
  [1_024, "1.0 KiB"],
  [4_300, "4.2 KiB"],
  [1_024 ** 2 - 1, "1.0 MiB"],
  [1_024 ** 2, "1.0 MiB"],
  [1.5 * 1_024 ** 3, "1.5 GiB"],
  [1_024 ** 4, "1.0 TiB"],
  [5_000 * 1_024 ** 4, "5000.0 TiB"],
])("%d bytes read %s", (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words);
});
