import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Written } from "../../src/attach/written.ts";
import type { Bench } from "./bench.ts";
import { drained } from "./drainer.ts";
import { below, median, type Row } from "./figure.ts";
import { frameOf } from "./payload.ts";
import { onProcessor } from "./processor.ts";
import { recordSession } from "./recording.ts";
import { END, FRAME_BYTES, isWatched, type WritingOrder } from "./watched-writer.ts";

const STREAMS = join(import.meta.dir, "..", "..", "test", "vt", "streams");
const WRITER = join(import.meta.dir, "watched-writer.ts");
const MIB = 1024 * 1024;
/** Long enough to be timed, short enough that the machine stays as it is for a few of them. */
const STRETCH_BYTES = MIB;
/** The first ones compile the writer's code, and are not counted. */
const WARM_UP = 16;
const FEED_ROUNDS = 5;
const FEED_BYTES = 32 * MIB;
const POLL_INTERVAL_MS = 20;
const GOAL_PERCENT = 3;

/** A terminal has a processor for itself where people work. */
const [WRITING, READING] = [onProcessor(0), onProcessor(1)];

/** What takes the bytes. */
interface Taker {
  name: string;
  stretches: number;
  /** Resolves once the writer has left its result. */
  run(bench: Bench, order: WritingOrder): Promise<void>;
}

const bareReader: Taker = {
  name: "a bare reader",
  stretches: WARM_UP + 960,
  async run(bench, order) {
    const bytes = order.stretches * order.stretchBytes + END.length;
    await drained(bench, { command: writerOf(order), env: {}, bytes }, READING);
  },
};

/** Has no client and so draws nothing, but reads every byte as a terminal must. */
const tmux: Taker = {
  name: "tmux",
  stretches: WARM_UP + 80,
  async run(bench, order) {
    const session = ["new-session", "-d", "-x", "80", "-y", "24", ...writerOf(order)];
    const { exitCode } = Bun.spawnSync([...READING, ...(bench.tmux ?? []), ...session]);
    if (exitCode !== 0) throw new Error(`tmux exited with ${exitCode}`);
    while (!existsSync(order.result)) await Bun.sleep(POLL_INTERVAL_MS);
    bench.endTmux();
  },
};

/**
 * How much longer it takes to write a stream to a terminal when lap watches its modes, by the clock:
 * lap writes first, and watches while the terminal takes the bytes.
 */
export async function measureWatcher(bench: Bench): Promise<Row[]> {
  const samples = [
    { name: "plain text", bytes: Buffer.from("the quick brown fox — 世界\r\n".repeat(1024)) },
    { name: "coloured lines", bytes: Buffer.from(frameOf(MIB).text) },
    { name: "recorded TUIs", bytes: recordings() },
  ];
  const session = await recordSession(bench);
  if (session) samples.push({ name: "a session in vim", bytes: session });
  else bench.say("  a session in vim: skipped: it is not installed");
  const takers = bench.tmux ? [bareReader, tmux] : [bareReader];
  if (takers.length === 1) bench.say("  tmux: skipped: it is not installed");
  const rows: Row[] = [];
  for (const { name, bytes } of samples) {
    const feeding = feed(bytes);
    for (const taker of takers) {
      const times = await write(bench, taker, bytes);
      const pairs = inPairs(times).slice(WARM_UP / 2);
      // By pairs: the machine has slow minutes and fast ones, and a pair lies within one of them.
      const value = 100 * (median(pairs.map(({ watched, unwatched }) => watched / unwatched)) - 1);
      const writing = median(pairs.map(({ unwatched }) => unwatched));
      rows.push({
        name: `watching modes, ${name} to ${taker.name}`,
        value,
        unit: "%",
        n: pairs.length,
        beside: [
          { name: "writing unwatched, ms/MiB", value: (writing * MIB) / STRETCH_BYTES },
          { name: "processor time of watching, ms/MiB", value: feeding },
        ],
        goal: below(value, GOAL_PERCENT, "%"),
      });
    }
  }
  return rows;
}

/** One of every two stretches that follow each other is watched. */
function inPairs(times: number[]): { watched: number; unwatched: number }[] {
  return Array.from({ length: times.length / 2 }, (_, pair) => {
    const [one, other] = times.slice(2 * pair, 2 * pair + 2) as [number, number];
    return isWatched(2 * pair)
      ? { watched: one, unwatched: other }
      : { watched: other, unwatched: one };
  });
}

/** The milliseconds of each stretch. */
async function write(bench: Bench, taker: Taker, bytes: Buffer): Promise<number[]> {
  const file = join(bench.folder, "sample");
  const result = join(bench.folder, "stretches");
  writeFileSync(file, bytes);
  rmSync(result, { force: true });
  const { stretches } = taker;
  await taker.run(bench, { file, stretchBytes: STRETCH_BYTES, stretches, result });
  return JSON.parse(readFileSync(result, "utf8")) as number[];
}

/** The command that writes, to a terminal in raw mode as lap's is. */
function writerOf(order: WritingOrder): string[] {
  const writer = [process.execPath, WRITER, JSON.stringify(order)];
  return [...WRITING, "sh", "-c", 'stty raw -echo; exec "$@"', "sh", ...writer];
}

/** The watcher alone, in milliseconds per MiB. */
function feed(unit: Buffer): number {
  const bytes = Buffer.alloc(FEED_BYTES, unit);
  const times = Array.from({ length: FEED_ROUNDS }, () => {
    const written = new Written(performance);
    const start = performance.now();
    for (let at = 0; at < bytes.length; at += FRAME_BYTES) {
      written.output(bytes.subarray(at, at + FRAME_BYTES));
    }
    return performance.now() - start;
  });
  return (median(times) * MIB) / FEED_BYTES;
}

/** How vim, htop, tmux and others begin, and little more: 180 starts in a MiB, the hardest for the watcher. */
function recordings(): Buffer {
  const files = readdirSync(STREAMS).filter((file) => file.endsWith(".bin"));
  return Buffer.concat(files.map((file) => readFileSync(join(STREAMS, file))));
}
