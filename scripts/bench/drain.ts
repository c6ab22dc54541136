/**
 * Runs a program in a PTY, reads all it can, and prints what it measured as JSON once the payload
 * is through: `bun drain.ts <json of a DrainOrder>`. A process of its own: the bench's event loop,
 * or its memory, must not be what is measured.
 */
import { readFileSync } from "node:fs";
import { MARKER } from "./payload.ts";

export interface DrainOrder {
  command: string[];
  env: Record<string, string>;
  /** How much to read after the marker. */
  bytes: number;
}

export interface Drained {
  /** From the marker to the last byte. */
  seconds: number;
  /** Processor time of the program since its start. */
  cpuSeconds: number;
  /** The most memory the program ever held; 0 where the system does not say. */
  peakMib: number;
}

if (import.meta.main) {
  const order = JSON.parse(process.argv[2] ?? "") as DrainOrder;
  console.log(JSON.stringify(await drain(order)));
  // The terminal's reader would keep the process.
  process.exit(0);
}

async function drain({ command, env, bytes }: DrainOrder): Promise<Drained> {
  const through = Promise.withResolvers<number>();
  let before = "";
  let begun = 0;
  let left = bytes;
  const child = Bun.spawn(command, {
    env,
    terminal: {
      cols: 80,
      rows: 24,
      data(_terminal, data) {
        if (begun > 0) {
          left -= data.length;
        } else {
          before += Buffer.from(data).toString("latin1");
          const at = before.indexOf(MARKER);
          if (at < 0) return;
          begun = performance.now();
          left -= before.length - at - MARKER.length;
        }
        if (left <= 0) through.resolve(performance.now());
      },
    },
  });
  // Its last output may be read after it ended.
  const early = child.exited.then(() => Bun.sleep(1_000));
  const end = await Promise.race([through.promise, early]);
  if (end === undefined) throw new Error(`${command[0]} ended ${left} bytes early: ${before}`);
  const peakMib = peakMemoryMib(child.pid);
  child.kill("SIGKILL");
  await child.exited;
  const cpu = child.resourceUsage()?.cpuTime.total ?? 0;
  return { seconds: (end - begun) / 1000, cpuSeconds: Number(cpu) / 1e6, peakMib };
}

function peakMemoryMib(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0; // not Linux, or it has ended
  }
}
