import type { Paint } from "./log.ts";
import { width } from "../width.ts";

/** Rows under a head, in columns that line up by what a terminal shows (wide characters count two). */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  paint: Paint,
): string {
  const widths = head.map((title, column) =>
    rows.reduce((most, row) => Math.max(most, width(row[column] ?? "")), width(title)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell)))
      .join("  ")
      .trimEnd();
  return [paint("bold", line(head)), ...rows.map(line), ""].join("\n");
}
