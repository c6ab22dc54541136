/**
 * Writes a file's bytes to its terminal, again and again, as lap writes what comes from a sandbox,
 * and watches modes in every other stretch: `bun watched-writer.ts <json of a WritingOrder>`. One
 * process for both, as the machine's speed wanders from one process to the next.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { TtyOutput } from "../../src/term/output.ts";
import { terminalPath } from "../../src/term/stty.ts";
import { ModeWatcher } from "../../src/vt/modes.ts";
import { MARKER } from "./payload.ts";

export interface WritingOrder {
  /** What is written, from its start again at its end. */
  file: string;
  stretchBytes: number;
  /** Of four stretches each. */
  rounds: number;
  /** Where to leave the milliseconds of every stretch, as JSON. */
  result: string;
}

/** Which stretches of a round are watched: what drifts meanwhile meets both alike. */
export const WATCHED = [false, true, true, false];
/** Written last, once the result is there. */
export const END = "<<<the payload ends>>>";

/** What a PTY gives per read on Linux, and so the usual frame; and how many a read of the socket holds. */
const FRAME_BYTES = 4096;
const FRAMES_PER_TURN = 16;
/** As lap holds the sandbox back (src/attach/session.ts). */
const HIGH_WATER_BYTES = 256 * 1024;
const LOW_WATER_BYTES = 128 * 1024;

if (import.meta.main) write(JSON.parse(process.argv[2] ?? "") as WritingOrder);

function write({ file, stretchBytes, rounds, result }: WritingOrder): void {
  const bytes = readFileSync(file);
  const watcher = new ModeWatcher();
  const stretches: number[] = [];
  let begun = 0;
  let written = 0;
  let held = false;

  const output = new TtyOutput(1, terminalPath(), {
    written() {
      if (!held || output.pending >= LOW_WATER_BYTES) return;
      held = false;
      setImmediate(turn);
    },
    error(error) {
      throw error;
    },
  });
  output.write(Buffer.from(MARKER));
  begun = performance.now();
  turn();

  function turn(): void {
    for (let count = 0; count < FRAMES_PER_TURN; count++) {
      frame();
      if (written % stretchBytes > 0) continue;
      const now = performance.now();
      stretches.push(now - begun);
      begun = now;
      if (stretches.length === rounds * WATCHED.length) return end();
    }
    held = output.pending > HIGH_WATER_BYTES;
    if (!held) setImmediate(turn);
  }

  function frame(): void {
    const at = written % bytes.length;
    const left = stretchBytes - (written % stretchBytes);
    const shown = bytes.subarray(at, at + Math.min(FRAME_BYTES, left));
    output.write(shown);
    if (WATCHED[stretches.length % WATCHED.length]) watcher.feed(shown);
    written += shown.length;
  }

  function end(): void {
    writeFileSync(result, JSON.stringify(stretches));
    output.write(Buffer.from(END));
  }
}
