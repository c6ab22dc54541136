/**
 * Writes a file's bytes to its terminal, again and again, as lap writes what comes from a sandbox, and
 * keeps account of them, of modes above all, in every other stretch: `bun watched-writer.ts <json of a
 * WritingOrder>`. One process for both, as the machine's speed wanders from one process to the next.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { HIGH_WATER_BYTES, LOW_WATER_BYTES } from "../../src/attach/holdback.ts";
import { Screen } from "../../src/attach/screen.ts";
import { TtyOutput } from "../../src/term/output.ts";
import { terminalPath } from "../../src/term/stty.ts";
import { MARKER } from "./payload.ts";

export interface WritingOrder {
  /** What is written, from its start again at its end. */
  file: string;
  stretchBytes: number;
  stretches: number;
  /** Where to leave the milliseconds of every stretch, as JSON. */
  result: string;
}

/** Half of the stretches are, in the order of Thue and Morse: no drift and no beat favours them. */
export function isWatched(stretch: number): boolean {
  return stretch.toString(2).replaceAll("0", "").length % 2 === 1;
}

/** Written last, once the result is there. */
export const END = "<<<the payload ends>>>";

/** What a PTY gives per read on Linux, and so the usual frame; and how many a read of the socket holds. */
export const FRAME_BYTES = 4096;
const FRAMES_PER_TURN = 16;

if (import.meta.main) write(JSON.parse(process.argv[2] ?? "") as WritingOrder);

function write({ file, stretchBytes, stretches, result }: WritingOrder): void {
  const bytes = readFileSync(file);
  const times: number[] = [];
  let begun = 0;
  let left = 0;
  let at = 0;
  let watched = false;
  let held = false;

  const output = new TtyOutput(1, terminalPath(1), {
    written() {
      if (left === 0) return void (output.pending === 0 && next());
      if (!held || output.pending >= LOW_WATER_BYTES) return;
      held = false;
      setImmediate(turn);
    },
    error(error) {
      throw error;
    },
  });
  const terminal = {
    write: (bytes: Uint8Array | string) => output.write(bytes as Uint8Array),
    size: () => undefined,
  };
  const screen = new Screen(terminal, performance, () => {});
  output.write(Buffer.from(MARKER));
  begin();

  function begin(): void {
    watched = isWatched(times.length);
    left = stretchBytes;
    begun = performance.now();
    setImmediate(turn);
  }

  function turn(): void {
    for (let count = 0; count < FRAMES_PER_TURN && left > 0; count++) frame();
    if (left === 0) return void (output.pending === 0 && next());
    held = output.pending > HIGH_WATER_BYTES;
    if (!held) setImmediate(turn);
  }

  function frame(): void {
    const shown = bytes.subarray(at, at + Math.min(FRAME_BYTES, left));
    if (watched) screen.show(shown);
    else output.write(shown);
    at = (at + shown.length) % bytes.length;
    left -= shown.length;
  }

  /** The terminal has taken the whole stretch. */
  function next(): void {
    times.push(performance.now() - begun);
    if (times.length < stretches) return begin();
    // At once, for whoever waits until it is there.
    writeFileSync(`${result}.new`, JSON.stringify(times));
    renameSync(`${result}.new`, result);
    output.write(Buffer.from(END));
  }
}
