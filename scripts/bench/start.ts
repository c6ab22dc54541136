import type { Bench } from "./bench.ts";
import { below, median, type Row } from "./figure.ts";
import { IdlePlatform } from "./idle-platform.ts";
import { BarePty } from "./pty.ts";
import { WarmClient } from "./warm-client.ts";

const ROUNDS = 15;
const GOAL_MS = 50;
/** Not a synchronisation: lets what the last run left behind (exits, closes) settle. */
const SETTLE_MS = 20;

type Kind = "fresh" | "returning";

/** From the start of lap, in a terminal, to its upgrade arriving at an idle platform. */
export async function measureStart(bench: Bench): Promise<Row[]> {
  await using idle = new IdlePlatform();
  const home = bench.home();
  const env = bench.environment(home, idle.platform);
  await using warm = new WarmClient(bench, env);
  const lap: Record<Kind, number[]> = { fresh: [], returning: [] };
  const bare: Record<Kind, number[]> = { fresh: [], returning: [] };
  const sum: Record<Kind, number[]> = { fresh: [], returning: [] };
  let last = "";

  const run = async (command: string[]): Promise<number> => {
    const upgrade = idle.upgrade();
    await using pty = new BarePty(bench, command, { ...env, LAP_SESSION: last });
    const { at, session } = await upgrade;
    last = session;
    return at - pty.startedAt;
  };

  for (let round = -1; round < ROUNDS; round++) {
    const took: [number[], number][] = [];
    // In this order: each `returning` returns to what the `fresh` before it left.
    for (const kind of ["fresh", "returning"] as const) {
      const flags = kind === "fresh" ? ["--new"] : [];
      took.push([lap[kind], await run([bench.lap, "bot", ...flags])]);
      await Bun.sleep(SETTLE_MS);
      took.push([bare[kind], await run([bench.bareClient, kind])]);
      await Bun.sleep(SETTLE_MS);
      took.push([sum[kind], await warm.open(kind)]);
    }
    // The first round reads the binaries from the disk and compiles the warm client's paths.
    if (round >= 0) for (const [times, ms] of took) times.push(ms);
  }

  return (["fresh", "returning"] as const).map((kind) => {
    const value = median(lap[kind]);
    return {
      name: `start to upgrade, ${kind === "fresh" ? "new session" : "returning"}`,
      value,
      unit: "ms",
      n: ROUNDS,
      beside: [
        { name: "bare sum of its requests", value: median(sum[kind]) },
        { name: "bare compiled prototype", value: median(bare[kind]) },
      ],
      goal: below(value, GOAL_MS, "ms"),
    };
  });
}
