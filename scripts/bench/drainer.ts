import { join } from "node:path";
import type { Bench } from "./bench.ts";
import type { Drained, DrainOrder } from "./drain.ts";

/**
 * Has a program's output read by a process of its own.
 *
 * @param by what that process is started with.
 */
export async function drained(
  bench: Bench,
  order: DrainOrder,
  by: string[] = [],
): Promise<Drained> {
  const reading = [process.execPath, join(import.meta.dir, "drain.ts"), JSON.stringify(order)];
  const reader = bench.own(
    Bun.spawn([...by, ...reading], { stdin: "ignore", stdout: "pipe", stderr: "inherit" }),
  );
  const said = await new Response(reader.stdout).text();
  if ((await reader.exited) !== 0) throw new Error(`the reader of ${order.command[0]} failed`);
  return JSON.parse(said) as Drained;
}

/** `cat` of a file into a PTY in raw mode, as lap's is. */
export function catInto(file: string): string[] {
  return ["sh", "-c", 'stty raw -echo; exec cat "$0"', file];
}
