import { readFileSync } from "node:fs";
import { constants } from "node:os";
import type { EndSignal } from "../errors.ts";

/**
 * Whether this process was started with a signal ignored, as nohup and `trap '' HUP` have it: such a
 * signal is not for it. To be asked before it is listened for. Known on Linux alone: elsewhere
 * no file tells, and asking a program would take longer than lap takes to start.
 */
export function isIgnored(signal: EndSignal): boolean {
  if (process.platform !== "linux") return false;
  try {
    return ignores(readFileSync("/proc/self/status", "utf8"), signal);
  } catch {
    return false; // no /proc here
  }
}

/** @param status as in /proc/PID/status. */
export function ignores(status: string, signal: EndSignal): boolean {
  const mask = /^SigIgn:\s*([\da-f]+)$/m.exec(status)?.[1] ?? "0";
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}
