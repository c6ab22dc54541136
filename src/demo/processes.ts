import { readdirSync, readFileSync } from "node:fs";

/** macOS keeps processes and terminal flags in its own way. */
export const isMac = process.platform === "darwin";

/** How long programs may take to leave after a hangup before they are killed. */
const HANGUP_GRACE_MS = 1000;
const POLL_INTERVAL_MS = 10;

interface Process {
  pid: number;
  parent: number;
}

/** Every process below one, nearest first; those that already ended and wait to be reaped, not. */
export function descendants(pid: number): number[] {
  const children = Map.groupBy(listProcesses(), ({ parent }) => parent);
  const family = [pid];
  // `family` grows while it is walked.
  for (const member of family) {
    for (const child of children.get(member) ?? []) family.push(child.pid);
  }
  return family.slice(1);
}

/** Hangs up on processes as a closing terminal does, and kills what is still there after a while. */
export async function hangUp(pids: number[]): Promise<void> {
  signal(pids, "SIGHUP");
  // A stopped job takes its hangup only once it runs again.
  signal(pids, "SIGCONT");
  const deadline = performance.now() + HANGUP_GRACE_MS;
  let left = stillRunning(pids);
  while (left.length > 0 && performance.now() < deadline) {
    await Bun.sleep(POLL_INTERVAL_MS);
    left = stillRunning(left);
  }
  signal(left, "SIGKILL");
}

function stillRunning(pids: number[]): number[] {
  if (pids.length === 0) return [];
  const running = new Set(listProcesses().map(({ pid }) => pid));
  return pids.filter((pid) => running.has(pid));
}

function signal(pids: number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // Gone already, which is what was wanted.
    }
  }
}

/** All that run, without zombies: where PID 1 reaps nothing, those stay for ever. */
function listProcesses(): Process[] {
  return isMac ? processesOfPs() : processesOfProc();
}

function processesOfProc(): Process[] {
  const found: Process[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    let stat: string;
    try {
      stat = readFileSync(`/proc/${name}/stat`, "utf8");
    } catch {
      continue;
    }
    // proc(5): "pid (comm) state ppid …"; comm may itself hold spaces and parentheses.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state !== "Z") found.push({ pid: Number(name), parent: Number(parent) });
  }
  return found;
}

function processesOfPs(): Process[] {
  const { stdout } = Bun.spawnSync(["/bin/ps", "-A", "-o", "pid=,ppid=,stat="], { env: {} });
  const found: Process[] = [];
  for (const line of stdout.toString().split("\n")) {
    const [pid, parent, state] = line.trim().split(/\s+/);
    if (state !== undefined && !state.startsWith("Z")) {
      found.push({ pid: Number(pid), parent: Number(parent) });
    }
  }
  return found;
}
