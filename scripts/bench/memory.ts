import type { Bench } from "./bench.ts";
import { below, median, type Row } from "./figure.ts";
import { IdlePlatform } from "./idle-platform.ts";
import { BarePty } from "./pty.ts";

const LAPS = 3;
/** When a process counts as idle; part of the figure, not a synchronisation. */
const IDLE_AFTER_MS = 2_000;
const GOAL_MIB = 45;

/** The resident memory of a lap that is attached and has nothing to do. */
export async function measureMemory(bench: Bench): Promise<Row[]> {
  await using idle = new IdlePlatform();
  await using stack = new AsyncDisposableStack();
  const start = async (command: string[]) => {
    const upgrade = idle.upgrade();
    const env = bench.environment(bench.home(), idle.platform);
    const pty = stack.use(new BarePty(bench, command, env));
    await upgrade;
    return pty.process.pid;
  };
  const laps: number[] = [];
  for (let lap = 0; lap < LAPS; lap++) laps.push(await start([bench.lap, "bot", "--new"]));
  const bare = await start([bench.bareClient, "fresh"]);
  await Bun.sleep(IDLE_AFTER_MS);
  const value = median(laps.map(residentMib));
  return [
    {
      name: "memory, attached and idle",
      value,
      unit: "MiB",
      n: LAPS,
      beside: [{ name: "bare compiled prototype", value: residentMib(bare) }],
      goal: below(value, GOAL_MIB, "MiB"),
    },
  ];
}

function residentMib(pid: number): number {
  const { stdout } = Bun.spawnSync(["ps", "-o", "rss=", "-p", `${pid}`]);
  const kib = Number(stdout.toString());
  if (!(kib > 0)) throw new Error(`process ${pid} is gone`);
  return kib / 1024;
}
