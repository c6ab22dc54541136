import { expect, test } from "bun:test";
import { example, prose, rows, subsection } from "../../scripts/man/roff.ts";

test.each([
  ["plain", "plain"],
  [".TH of its own", "\\&.TH of its own"],
  ["'br as well", "\\(aqbr as well"],
  ["--flag \\n", "\\-\\-flag \\en"],
  ["say `lap ps`, `~/x`", "say \\fBlap ps\\fR, \\fB\\(ti/x\\fR"],
  ["a ` alone", "a \\(ga alone"],
  ["é — 🎉", "\\[u00E9] \\[u2014] \\[u1F389]"],
])("%p is written %p", (text, written) => {
  expect(prose(text)).toBe(written);
});

test("what is marked up is quoted where it is", () => {
  expect(subsection('lap "x"')).toBe('.SS "lap \\(dqx\\(dq"');
  expect(rows([["--a", "b"]])).toEqual([".TP\n\\fB\\-\\-a\\fR\nb"]);
  expect(example([])).toEqual([]);
  expect(
    example([
      ["a", "# b"],
      [".longer", ""],
    ]),
  ).toEqual([".PP", ".EX", "a        # b", "\\&.longer", ".EE"]);
});
