import { fstatSync, readFileSync, statSync } from "node:fs";
import { run } from "./child.ts";

/** Where a process stands with its controlling terminal, which goes by the number of its device. */
export interface Job {
  foreground: boolean;
  terminal: number;
}

/**
 * Whether the terminal is this process's group's, not that of a shell which reads a line meanwhile in
 * modes of its own. Yes where the system does not say.
 */
export function isInForeground(): boolean {
  return ownJob()?.foreground ?? true;
}

/**
 * Whether the terminal on stdout is this process's to set and to read: its controlling one, with this
 * job in the foreground. Any other job is stopped for trying.
 */
export function ownsStdout(): boolean {
  const job = ownJob();
  return job !== undefined && job.foreground && job.terminal === fstatSync(1).rdev;
}

function ownJob(): Job | undefined {
  try {
    return process.platform === "linux"
      ? jobInStat(readFileSync("/proc/self/stat", "utf8"))
      : jobInPs(run(["ps", "-o", "stat=", "-o", "tty=", "-p", `${process.pid}`]) ?? "", deviceOf);
  } catch {
    return undefined; // nothing tells
  }
}

/** @param stat as in /proc/PID/stat; the name before the last `)` may hold anything. */
export function jobInStat(stat: string): Job {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [, , group, , terminal, foreground] = fields.map(Number);
  return { foreground: group === foreground, terminal: terminal ?? 0 };
}

/** @param line as `S+ ttys003`, where `+` stands for the foreground. */
export function jobInPs(line: string, device: (name: string) => number): Job {
  const [state = "", name = ""] = line.trim().split(/\s+/);
  return { foreground: state.includes("+"), terminal: device(name) };
}

function deviceOf(name: string): number {
  return statSync(`/dev/${name}`).rdev;
}
