import { expect, test } from "bun:test";
import { renderTable } from "../../src/ui/table.ts";

const plain = (_style: unknown, text: string) => text;

test("columns line up, and no line ends in spaces", () => {
  const rows = [
    ["a", "codex", "1"],
    ["longer", "x", ""],
  ];
  expect(renderTable(["NAME", "HARNESS", "N"], rows, plain)).toBe(
    "NAME    HARNESS  N\na       codex    1\nlonger  x\n",
  );
});

test("wide characters count two columns, joined emoji one character", () => {
  const rows = [
    ["世界", "1"],
    ["👩‍💻", "2"],
    ["é", "3"],
  ];
  expect(renderTable(["NAME", "N"], rows, plain)).toBe(
    "NAME  N\n世界  1\n👩‍💻    2\ne\u0301     3\n".normalize("NFC"),
  );
});

test("without rows the head stands alone", () => {
  expect(renderTable(["NAME"], [], plain)).toBe("NAME\n");
});

test("only the head is painted", () => {
  const paint = (style: unknown, text: string) => `<${String(style)}>${text}</>`;
  expect(renderTable(["N"], [["x"]], paint)).toBe("<bold>N</>\nx\n");
});
