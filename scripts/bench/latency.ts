import { FaultProxy } from "../../test/support/fault-proxy.ts";
import type { Bench } from "./bench.ts";
import { median, type Row } from "./figure.ts";
import { IdlePlatform } from "./idle-platform.ts";
import { BarePty } from "./pty.ts";

const ROUND_TRIPS_MS = [0, 50, 150] as const;
const ROUNDS = 5;
/** A round trip more than the bare client, and the noise of this machine. */
const GOAL_MS = 60;
/** Not a synchronisation: lets what the last run left behind (exits, closes) settle. */
const SETTLE_MS = 20;

const KINDS = { fresh: "new session", returning: "returning" } as const;
type Kind = keyof typeof KINDS;
type Client = "lap" | "bare";

/**
 * From the start of lap to its upgrade granted, over a network that takes its time, beside the least
 * number of round trips. New session: TCP, the agent, the create, the poll; TCP, the upgrade. Returning:
 * TCP, the agent and the session at once; TCP, the upgrade. What the bare client does is that and
 * nothing more; its own start is in its time as well.
 */
export async function measureLatency(bench: Bench): Promise<Row[]> {
  await using idle = new IdlePlatform();
  using proxy = new FaultProxy(idle.platform.port);
  const address = { url: proxy.url, key: idle.platform.key };
  const env = bench.environment(bench.home(), address);
  const commands: Record<Client, Record<Kind, string[]>> = {
    lap: { fresh: [bench.lap, "bot", "--new"], returning: [bench.lap, "bot"] },
    bare: { fresh: [bench.bareClient, "fresh"], returning: [bench.bareClient, "returning"] },
  };
  let last = "";

  const attach = async (command: string[], roundTripMs: number): Promise<number> => {
    const granted = Promise.withResolvers<number>();
    proxy.onStage = (stage) => stage === "attached" && granted.resolve(performance.now());
    idle.onUpgrade(({ session }) => (last = session));
    await using pty = new BarePty(bench, command, { ...env, LAP_SESSION: last });
    // The answer has the way to the client still before it.
    const ms = (await granted.promise) + roundTripMs / 2 - pty.startedAt;
    await Bun.sleep(SETTLE_MS + roundTripMs);
    return ms;
  };

  const rows: Row[] = [];
  const medians = new Map<string, number>();
  for (const roundTripMs of ROUND_TRIPS_MS) {
    proxy.set({ kind: "delay", ms: roundTripMs / 2 });
    const times = {
      lap: { fresh: [] as number[], returning: [] as number[] },
      bare: { fresh: [] as number[], returning: [] as number[] },
    };
    for (let round = -1; round < ROUNDS; round++) {
      // In this order: each `returning` returns to what the `fresh` before it left.
      for (const kind of ["fresh", "returning"] as const) {
        for (const client of ["lap", "bare"] as const) {
          const ms = await attach(commands[client][kind], roundTripMs);
          // The first round reads the binaries from the disk.
          if (round >= 0) times[client][kind].push(ms);
        }
      }
    }
    for (const kind of ["fresh", "returning"] as const) {
      const [value, bare] = [median(times.lap[kind]), median(times.bare[kind])];
      medians.set(`lap ${kind} ${roundTripMs}`, value).set(`bare ${kind} ${roundTripMs}`, bare);
      rows.push({
        name: `attach at ${roundTripMs} ms, ${KINDS[kind]}`,
        value,
        unit: "ms",
        n: ROUNDS,
        beside: [{ name: "bare client, same round trips", value: bare }],
        // Without round trips it is lap's own start, which has a figure and a goal of its own.
        ...(roundTripMs > 0
          ? { goal: { says: `< ${GOAL_MS} ms more than bare`, met: value - bare < GOAL_MS } }
          : {}),
      });
    }
  }

  const [near, , far] = ROUND_TRIPS_MS;
  const trips = (client: Client, kind: Kind) =>
    ((medians.get(`${client} ${kind} ${far}`) ?? Number.NaN) -
      (medians.get(`${client} ${kind} ${near}`) ?? Number.NaN)) /
    (far - near);
  for (const kind of ["fresh", "returning"] as const) {
    const [value, least] = [trips("lap", kind), trips("bare", kind)];
    rows.push({
      name: `round trips to attach, ${KINDS[kind]}`,
      value,
      unit: "",
      n: ROUNDS,
      beside: [{ name: "the least there can be", value: least }],
      goal: { says: "none more", met: Math.round(value) <= Math.round(least) },
    });
  }
  return rows;
}
