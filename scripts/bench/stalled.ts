import { type Platform, startPlatform } from "../../src/demo/platform.ts";
import type { TtyClient } from "../../src/demo/tty.ts";
import type { Bench } from "./bench.ts";
import { median, percentile, type Row } from "./figure.ts";
import { frameOf } from "./payload.ts";
import { BarePty } from "./pty.ts";

const STALL_MS = 3_000;
const KEY_INTERVAL_MS = 20;
const KEYS = STALL_MS / KEY_INTERVAL_MS;
const FRAME_BYTES = 4096;
/** The harness has no limit; this one only bounds the bench's memory. */
const BUFFERED_BYTES = 1024 * 1024;
/** A flood that has not moved for so long is held back. */
const HELD_MS = 200;
const GOAL_MS = 50;

/** How long a key is on its way to the sandbox while the terminal does not read a flood. */
export async function measureStalled(bench: Bench): Promise<Row[]> {
  const quiet = await keysOnTheirWay(bench, false);
  const stalled = await keysOnTheirWay(bench, true);
  const slowest = percentile(stalled, 100);
  const row = (name: string, value: number, beside: number): Row => ({
    name: `a key in a stalled flood, ${name}`,
    value,
    unit: "ms",
    n: KEYS,
    beside: [{ name: "on a quiet link", value: beside }],
  });
  return [
    row("median", median(stalled), median(quiet)),
    {
      ...row("the slowest", slowest, percentile(quiet, 100)),
      goal: { says: `≤ ${GOAL_MS} ms`, met: slowest <= GOAL_MS },
    },
  ];
}

/** The milliseconds of every key, from the terminal to the sandbox. */
async function keysOnTheirWay(bench: Bench, stalls: boolean): Promise<number[]> {
  await using sandbox = new Flood();
  const env = bench.environment(bench.home(), sandbox.platform);
  await using pty = new BarePty(bench, [bench.lap, "bot", "--new"], env);
  const joined = Promise.withResolvers<void>();
  // What lap writes first, once the terminal is raw.
  pty.onData = () => joined.resolve();
  await joined.promise;
  if (stalls) {
    pty.stall();
    sandbox.start();
    while (!sandbox.held) await Bun.sleep(KEY_INTERVAL_MS);
  }
  const times: number[] = [];
  for (let key = 0; key < KEYS; key++) {
    const start = performance.now();
    const arrived = sandbox.nextKey();
    pty.type("k");
    times.push((await arrived) - start);
    await Bun.sleep(Math.max(0, start + KEY_INTERVAL_MS - performance.now()));
  }
  if (stalls && !sandbox.held) throw new Error("the terminal took some of the flood meanwhile");
  return times;
}

/** A sandbox that tells of each key, and sends without end once it is started. */
class Flood implements AsyncDisposable {
  readonly platform: Platform;
  readonly #frame = frameOf(FRAME_BYTES);
  #client: TtyClient | undefined;
  #started = false;
  #sentAt = 0;
  #onKey: (at: number) => void = () => {};

  constructor() {
    this.platform = startPlatform({
      agents: [{ name: "bot", harness_id: "codex", command: ["true"] }],
      bringUp: async function* () {},
      openTty: () => ({
        attach: (client) => {
          this.#client = client;
          return {
            keys: () => this.#onKey(performance.now()),
            resize() {},
            drained: () => this.#pump(),
            closed: () => (this.#started = false),
          };
        },
        stop: async () => {},
      }),
    });
  }

  start(): void {
    this.#started = true;
    this.#pump();
  }

  /** Whether the client has taken nothing for a while. */
  get held(): boolean {
    return performance.now() - this.#sentAt > HELD_MS;
  }

  nextKey(): Promise<number> {
    return new Promise((resolve) => (this.#onKey = resolve));
  }

  #pump(): void {
    const client = this.#client;
    while (this.#started && client && client.buffered() < BUFFERED_BYTES) {
      client.send(this.#frame.text);
      this.#sentAt = performance.now();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#started = false;
    await this.platform.stop();
  }
}
