import type { Row } from "./figure.ts";

/** The figures as a table for people. */
export function renderTable(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows.map((row) => renderRow(row, width)).join("\n");
}

function renderRow({ name, value, unit, n, beside, goal }: Row, width: number): string {
  const figure = `${rounded(value).padStart(7)} ${unit.padEnd(6)} n=${String(n).padEnd(4)}`;
  const mark = goal ? `${goal.met ? "✓" : "✗"} ${goal.says}` : "";
  const others = beside.map((other) => {
    const ratio = `${rounded(value / other.value)}×`;
    // Only what has the same unit can be compared.
    return `${other.name} ${rounded(other.value)}${unit === "%" ? "" : ` (${ratio})`}`;
  });
  return [
    `${name.padEnd(width)} ${figure} ${mark}`.trimEnd(),
    ...others.map((other) => `${"".padEnd(width)}         beside ${other}`),
  ].join("\n");
}

/** Three figures say all that a noisy machine can tell. */
function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
