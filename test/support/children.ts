import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { waitFor } from "./wait.ts";

/** Waits until a process has a child that runs `name`, and no script of that name. On Linux only, as all of these. */
export async function runsChild(pid: number, name: string): Promise<void> {
  const isIt = (child: string) => {
    try {
      const [program = ""] = readFileSync(`/proc/${child}/cmdline`, "utf8").split("\0");
      return basename(program) === name;
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

/** Waits until a process writes to a terminal that does not read. */
export async function isHeldUp(pid: number): Promise<void> {
  await waitFor(
    () => waitsIn(pid, "wait_woken"),
    () => `${pid} to be held up by its terminal`,
  );
}

/** Whether one of a process's threads waits in a function of the kernel of which that is part of the name. */
export function waitsIn(pid: number, name: string): boolean {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).some((id) => {
    try {
      return readFileSync(`${tasks}/${id}/wchan`, "utf8").includes(name);
    } catch {
      return false; // that thread has ended
    }
  });
}

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
}
