import { readFileSync } from "node:fs";
import { waitFor } from "./wait.ts";

/** Waits until a process has a child that runs `name`. On Linux only, as all of these. */
export async function runsChild(pid: number, name: string): Promise<void> {
  const isIt = (child: string) => {
    try {
      return readFileSync(`/proc/${child}/comm`, "utf8").trim() === name;
    } catch {
      return false; // it has ended
    }
  };
  await waitFor(
    () => childrenOf(pid).some(isIt),
    () => `${pid} to run ${name}`,
  );
}

export function onlyChild(pid: number): number {
  return Number(childrenOf(pid)[0]);
}

/** The one that was started last. */
export function lastChild(pid: number): number {
  return Number(childrenOf(pid).at(-1));
}

/** Waits until a process is stopped. */
export async function isStopped(pid: number): Promise<void> {
  const state = () => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0];
  await waitFor(() => state() === "T", `${pid} to be stopped`);
}

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
}
