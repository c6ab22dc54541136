import type { Phase, Session } from "../../src/demo/sessions.ts";
import type { Bench } from "./bench.ts";
import { mean, percentile, type Row } from "./figure.ts";
import { IdlePlatform } from "./idle-platform.ts";
import { BarePty } from "./pty.ts";

const STARTS = 16;
const EARLIEST_MS = 1_000;
const LATEST_MS = 6_000;
const GOAL_MS = 250;

/** How long after its session's `ready` lap asks for the upgrade, over slow starts. */
export async function measureReady(bench: Bench): Promise<Row[]> {
  const readyAt = new Map<string, number>();
  const delays: number[] = [];
  const all = Promise.withResolvers<void>();
  await using idle = new IdlePlatform(async function* ({ id }: Session): AsyncGenerator<Phase> {
    yield { phase: "creating_sandbox" };
    await Bun.sleep(EARLIEST_MS + Math.random() * (LATEST_MS - EARLIEST_MS));
    // The status turns in the same turn of the event loop as this generator's end.
    readyAt.set(id, performance.now());
  });
  idle.onUpgrade(({ at, session }) => {
    delays.push(at - (readyAt.get(session) ?? Number.NaN));
    if (delays.length === STARTS) all.resolve();
  });
  await using stack = new AsyncDisposableStack();
  for (let index = 0; index < STARTS; index++) {
    const env = bench.environment(bench.home(), idle.platform);
    stack.use(new BarePty(bench, [bench.lap, "bot", "--new"], env));
  }
  await all.promise;
  const value = mean(delays);
  return [
    {
      name: "ready to upgrade, mean of slow starts",
      value,
      unit: "ms",
      n: STARTS,
      beside: [{ name: "the slowest", value: percentile(delays, 100) }],
      goal: { says: `≤ ${GOAL_MS} ms`, met: value <= GOAL_MS },
    },
  ];
}
