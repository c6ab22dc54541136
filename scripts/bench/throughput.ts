import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import type { Drained } from "./drain.ts";
import { catInto, drained } from "./drainer.ts";
import { below, median, type Row } from "./figure.ts";
import { frameOf, MARKER, TOTAL_BYTES } from "./payload.ts";
import { ServerProcess } from "./server-process.ts";

const ROUNDS = 5;
const MIB = 1024 * 1024;
const LEAST_OF_CAT = 0.97;
const MOST_MEMORY_MIB = 80;

/** 128 MiB from the sandbox to a terminal that reads all it can, beside `cat` of a file. */
export async function measureThroughput(bench: Bench): Promise<Row[]> {
  await using server = new ServerProcess(bench);
  const env = bench.environment(bench.home(), await server.address());
  const file = payloadFile(bench);
  const commands = {
    cat: catInto(file),
    "4 KiB frames": [bench.lap, "flood-4", "--new"],
    "64 KiB frames": [bench.lap, "flood-64", "--new"],
  };
  type Name = keyof typeof commands;
  const names = Object.keys(commands) as Name[];
  const runs: Record<Name, Drained[]> = { cat: [], "4 KiB frames": [], "64 KiB frames": [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      runs[name].push(await drained(bench, { command: commands[name], env, bytes: TOTAL_BYTES }));
    }
  }

  const of = (name: Name, value: (run: Drained) => number) => median(runs[name].map(value));
  const rate = ({ seconds }: Drained) => TOTAL_BYTES / MIB / seconds;
  const cpu = ({ cpuSeconds }: Drained) => (cpuSeconds * 1024 * MIB) / TOTAL_BYTES;
  const rows: Row[] = [];
  for (const name of names.filter((each) => each !== "cat")) {
    // The machine's speed wanders: each run is held against the cat of its own round.
    const ratio = median(runs[name].map((run, round) => rate(run) / rate(runs.cat[round] ?? run)));
    const met = ratio >= LEAST_OF_CAT;
    rows.push(
      {
        name: `128 MiB through, ${name}`,
        value: of(name, rate),
        unit: "MiB/s",
        n: ROUNDS,
        beside: [{ name: "cat", value: of("cat", rate) }],
        goal: { says: `≥ 97% of cat, by pairs ${(ratio * 100).toFixed(0)}%`, met },
      },
      {
        name: `processor time, ${name}`,
        value: of(name, cpu),
        unit: "s/GiB",
        n: ROUNDS,
        beside: [{ name: "cat", value: of("cat", cpu) }],
      },
    );
    const peak = of(name, ({ peakMib }) => peakMib);
    if (peak > 0) {
      rows.push({
        name: `peak memory, ${name}`,
        value: peak,
        unit: "MiB",
        n: ROUNDS,
        beside: [],
        goal: below(peak, MOST_MEMORY_MIB, "MiB"),
      });
    }
  }
  return rows;
}

function payloadFile(bench: Bench): string {
  const path = join(bench.folder, "payload");
  const frame = frameOf(MIB);
  const bytes = Buffer.from(frame.text);
  const file = openSync(path, "w");
  writeSync(file, MARKER);
  for (let written = 0; written < TOTAL_BYTES; written += frame.bytes) writeSync(file, bytes);
  closeSync(file);
  return path;
}
