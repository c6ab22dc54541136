import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ModeWatcher } from "../../src/vt/modes.ts";
import type { Bench } from "./bench.ts";
import { catInto, drained } from "./drainer.ts";
import { below, median, type Row } from "./figure.ts";
import { frameOf, MARKER } from "./payload.ts";

const STREAMS = join(import.meta.dir, "..", "..", "test", "vt", "streams");
const MIB = 1024 * 1024;
/** What is fed and written per round. */
const SAMPLE_BYTES = 32 * MIB;
/** What a PTY gives per read on Linux, and so the usual frame. */
const CHUNK_BYTES = 4096;
const ROUNDS = 5;
const GOAL_PERCENT = 3;

/** The time that watching modes takes, relative to the time of writing the same bytes to a PTY. */
export async function measureWatcher(bench: Bench): Promise<Row[]> {
  const samples = [
    { name: "plain text", bytes: repeated(Buffer.from("the quick brown fox — 世界\r\n")) },
    { name: "coloured lines", bytes: repeated(Buffer.from(frameOf(MIB).text)) },
    { name: "recorded TUIs", bytes: repeated(recordings()) },
  ];
  const rows: Row[] = [];
  for (const { name, bytes } of samples) {
    const file = join(bench.folder, "sample");
    writeFileSync(file, Buffer.concat([Buffer.from(MARKER), bytes]));
    const feeding: number[] = [];
    const writing: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      feeding.push(feed(bytes));
      const order = { command: catInto(file), env: {}, bytes: bytes.length };
      writing.push((await drained(bench, order)).seconds * 1000);
    }
    const value = (100 * median(feeding)) / median(writing);
    const perMib = MIB / bytes.length;
    rows.push({
      name: `watching modes, ${name}`,
      value,
      unit: "%",
      n: ROUNDS,
      beside: [
        { name: "feed, ms/MiB", value: median(feeding) * perMib },
        { name: "cat to a PTY, ms/MiB", value: median(writing) * perMib },
      ],
      goal: below(value, GOAL_PERCENT, "%"),
    });
  }
  return rows;
}

function feed(bytes: Buffer): number {
  const watcher = new ModeWatcher();
  const start = performance.now();
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    watcher.feed(bytes.subarray(at, at + CHUNK_BYTES));
  }
  return performance.now() - start;
}

function repeated(unit: Buffer): Buffer {
  return Buffer.alloc(SAMPLE_BYTES, unit);
}

function recordings(): Buffer {
  const files = readdirSync(STREAMS).filter((file) => file.endsWith(".bin"));
  return Buffer.concat(files.map((file) => readFileSync(join(STREAMS, file))));
}
