import { readFileSync } from "node:fs";
import { gzip, tar } from "../package/tar.ts";
import type { Bench } from "./bench.ts";
import type { Row } from "./figure.ts";

/** What a person downloads and keeps, beside the Bun that is most of it. */
export async function measureSize(bench: Bench): Promise<Row[]> {
  const [lap, bun] = [bench.lap, process.execPath].map((path) => readFileSync(path));
  if (!lap || !bun) throw new Error("nothing was measured");
  const row = (name: string, value: number, ofBun: number): Row => ({
    name,
    value: value / 2 ** 20,
    unit: "MiB",
    n: 1,
    beside: [{ name: "bun", value: ofBun / 2 ** 20 }],
  });
  const packed = [lap, bun].map((contents) => gzip(tar([{ path: "lap", contents }])).length);
  return [
    row("size of the binary", lap.length, bun.length),
    row("size of the download", packed[0] ?? 0, packed[1] ?? 0),
  ];
}
