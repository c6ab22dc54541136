import { join } from "node:path";
import type { Bench } from "./bench.ts";
import type { Drained, DrainOrder } from "./drain.ts";

/** Has a program's output read by a process of its own. */
export async function drained(bench: Bench, order: DrainOrder): Promise<Drained> {
  const reader = bench.own(
    Bun.spawn([process.execPath, join(import.meta.dir, "drain.ts"), JSON.stringify(order)], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    }),
  );
  const said = await new Response(reader.stdout).text();
  if ((await reader.exited) !== 0) throw new Error(`the reader of ${order.command[0]} failed`);
  return JSON.parse(said) as Drained;
}

/** `cat` of a file into a PTY in raw mode, as lap's is. */
export function catInto(file: string): string[] {
  return ["sh", "-c", 'stty raw -echo; exec cat "$0"', file];
}
