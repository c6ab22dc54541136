import type { Bench } from "./bench.ts";

/** What a figure is held against: measured in the same run, or reckoned where others can only be that. */
export interface Baseline {
  name: string;
  value: number;
}

/** One measured figure. */
export interface Row {
  name: string;
  /** A median, unless the name says otherwise. */
  value: number;
  unit: "ms" | "MiB/s" | "MiB" | "s/GiB" | "%" | "/min" | "";
  /** How many measurements stand behind the value. */
  n: number;
  beside: Baseline[];
  goal?: { says: string; met: boolean };
}

/** Measures one thing, or a few that share a set-up. */
export type Measure = (bench: Bench) => Promise<Row[]>;

/** A goal that the value stays below. */
export function below(value: number, limit: number, unit: Row["unit"]): Row["goal"] {
  return { says: `< ${limit} ${unit}`, met: value < limit };
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The nearest-rank percentile. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new Error("nothing was measured");
  return value;
}

export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new Error("nothing was measured");
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
