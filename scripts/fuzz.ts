/**
 * Has lap meet answers and frames of every kind until the time is up, and tells which seeds it did not
 * take well: `bun scripts/fuzz.ts [--seconds 300 | --seed N] [rest|frames]`. The same seed does the same again.
 */
import { heapStats } from "bun:jsc";
import { parseArgs } from "node:util";
import { fuzzFrames } from "../test/support/fuzz/frames.ts";
import { fuzzRest } from "../test/support/fuzz/rest.ts";

/** What a kind makes of some seeds. Answers wait for each other, as a process knows the secrets of one run. */
const KINDS: Record<string, (seeds: readonly number[]) => Promise<string[][]>> = {
  async rest(seeds) {
    const found: string[][] = [];
    for (const seed of seeds) found.push(await bounded(fuzzRest(seed)));
    return found;
  },
  frames: (seeds) => Promise.all(seeds.map((seed) => bounded(fuzzFrames(seed)))),
};
const SEEDS_AT_ONCE = 16;
/** Far longer than any run takes whose pauses pass at once. */
const HANG_MS = 60_000;
/** After so many, all that is loaded once is loaded, and the heap should stay as it is. */
const WARM_UP = 500;
const MOST_GROWTH_BYTES = 32 * 1024 * 1024;
const REPORT_INTERVAL_MS = 10_000;

const { values, positionals } = parseArgs({
  options: { seconds: { type: "string" }, seed: { type: "string" } },
  allowPositionals: true,
});
const [kind] = positionals;
if (kind !== undefined && !Object.hasOwn(KINDS, kind)) {
  console.error(`no kind '${kind}'. There are: ${Object.keys(KINDS).join(", ")}`);
  process.exit(2);
}
process.exit(await fuzz());

async function fuzz(): Promise<number> {
  const kinds = Object.entries(KINDS).filter(([name]) => kind === undefined || name === kind);
  // Begun elsewhere each time: the tests go over the first seeds again and again.
  let seed = values.seed === undefined ? Date.now() % 1e9 : Number(values.seed);
  const end = performance.now() + 1000 * Number(values.seed ? 0 : (values.seconds ?? 300));
  let [runs, faulty, heap, reported] = [0, 0, 0, performance.now()];
  do {
    const seeds = Array.from({ length: values.seed ? 1 : SEEDS_AT_ONCE }, () => seed++);
    for (const [name, run] of kinds) {
      for (const [index, faults] of (await run(seeds)).entries()) {
        runs++;
        if (faults.length === 0) continue;
        faulty++;
        console.log(`✗ ${name} --seed ${seeds[index]}: ${faults.join("; ")}`);
      }
    }
    if (runs >= WARM_UP && heap === 0) heap = heapBytes();
    if (performance.now() - reported > REPORT_INTERVAL_MS) {
      reported = performance.now();
      console.error(`${runs} runs, ${faulty} of them faulty`);
    }
  } while (performance.now() < end);
  const growth = heap === 0 ? 0 : heapBytes() - heap;
  if (growth > MOST_GROWTH_BYTES) console.log(`✗ the heap grew by ${growth} bytes`);
  console.log(`${runs} runs, ${faulty} of them faulty`);
  return faulty > 0 || growth > MOST_GROWTH_BYTES ? 1 : 0;
}

/** What a run finds; a hang, and a fault that gets past lap's own end, are findings too. */
async function bounded(run: Promise<string[]>): Promise<string[]> {
  const late = Promise.withResolvers<string[]>();
  const timer = setTimeout(() => late.resolve([`no end within ${HANG_MS} ms`]), HANG_MS);
  try {
    return await Promise.race([run, late.promise]);
  } catch (error) {
    return [`thrown: ${error instanceof Error ? error.message : String(error)}`];
  } finally {
    clearTimeout(timer);
  }
}

function heapBytes(): number {
  Bun.gc(true);
  return heapStats().heapSize;
}
