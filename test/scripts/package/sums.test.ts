import { describe, expect, test } from "bun:test";
import { parseSums, renderSums } from "../../../scripts/package/sums.ts";

const FILES = { "b.tar.gz": Buffer.from("b"), "a.tar.gz": Buffer.from("a") };

describe("SHA256SUMS", () => {
  const sums = renderSums(FILES);

  test("is what sha256sum writes, sorted", () => {
    expect(sums).toBe(
      "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a.tar.gz\n" +
        "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  b.tar.gz\n",
    );
  });

  test("is read again", () => {
    expect([...parseSums(sums).keys()]).toEqual(["a.tar.gz", "b.tar.gz"]);
    expect(parseSums(sums).get("a.tar.gz")).toStartWith("ca978112");
  });

  test.each(["<html>", "ca978112  a.tar.gz", `${"0".repeat(64)} a`])("%s is refused", (line) => {
    expect(() => parseSums(`${line}\n`)).toThrow("not a line of SHA256SUMS");
  });
});
