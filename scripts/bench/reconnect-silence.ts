import { FaultProxy } from "../../test/support/fault-proxy.ts";
import { ScriptedSandbox } from "../../test/support/sandbox.ts";
import type { Bench } from "./bench.ts";
import { below, percentile, type Row } from "./figure.ts";
import { BarePty } from "./pty.ts";

const LAPS = 4;
/** The links go dead so long apart: at different times of the beat in which lap asks. */
const APART_MS = 4_000;
/** By then it is attached in its own eyes as well. */
const STEADY_MS = 1_000;
const SLEEP_MS = 60_000;
const NOTICED_GOAL_MS = 25_000;
const AWAKE_GOAL_MS = 5_000;

/** In real time: links that go dead without a word, and a minute's sleep through the end of one. */
export async function measureSilence(bench: Bench): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const start = async () => {
    const lap = new FarLap(bench);
    stack.use(lap);
    await lap.joined();
    await Bun.sleep(STEADY_MS);
    return lap;
  };
  const quiet = await Promise.all(Array.from({ length: LAPS }, start));
  const asleep = await Promise.all(Array.from({ length: LAPS }, start));
  const [noticed, awake] = await Promise.all([
    Promise.all(quiet.map((lap, index) => lap.fallsSilent(index * APART_MS))),
    Promise.all(asleep.map((lap) => lap.sleeps(SLEEP_MS))),
  ]);
  const row = (name: string, times: number[], goalMs: number): Row => {
    const value = percentile(times, 100);
    const goal = below(value, goalMs, "ms");
    const beside = [{ name: "the quickest", value: Math.min(...times) }];
    return { name, value, unit: "ms", n: times.length, beside, ...(goal && { goal }) };
  };
  return [
    row("a link dead without a word, until joined again, slowest", noticed, NOTICED_GOAL_MS),
    row("the same, after 60 s asleep, from waking, slowest", awake, AWAKE_GOAL_MS),
  ];
}

/** A lap, its sandbox, and the network between them. */
class FarLap implements AsyncDisposable {
  readonly #sandbox = new ScriptedSandbox();
  readonly #proxy = new FaultProxy(this.#sandbox.port);
  readonly #pty: BarePty;

  constructor(bench: Bench) {
    this.#sandbox.onJoin = () => this.#sandbox.send("painted");
    const { LAP_KEY } = this.#sandbox.login;
    const env = bench.environment(bench.home(), { url: this.#proxy.url, key: LAP_KEY });
    this.#pty = new BarePty(bench, [bench.lap, this.#sandbox.agent], env);
  }

  /** The time of the next upgrade that is granted. */
  joined(): Promise<number> {
    const joined = Promise.withResolvers<number>();
    this.#proxy.onStage = (stage) => stage === "attached" && joined.resolve(performance.now());
    void this.#pty.process.exited.then(() => joined.reject(new Error("lap gave up")));
    return joined.promise;
  }

  /** The milliseconds from a link's silent death to the next one. */
  async fallsSilent(afterMs: number): Promise<number> {
    await Bun.sleep(afterMs);
    const at = this.#kill();
    return (await this.joined()) - at;
  }

  /** The milliseconds from waking to the next link. */
  async sleeps(ms: number): Promise<number> {
    const { pid } = this.#pty.process;
    process.kill(pid, "SIGSTOP");
    this.#kill();
    await Bun.sleep(ms);
    process.kill(pid, "SIGCONT");
    const awake = performance.now();
    return (await this.joined()) - awake;
  }

  /** The link is dead from now on; new ones live. */
  #kill(): number {
    this.#proxy.set({ kind: "drop" });
    this.#proxy.clear();
    return performance.now();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pty[Symbol.asyncDispose]();
    this.#proxy[Symbol.dispose]();
    await this.#sandbox[Symbol.asyncDispose]();
  }
}
