import { leaveToWrite } from "./child.ts";
import { forceModes } from "./stty.ts";
import { withinOnce } from "./within.ts";

/** How long a terminal that does not read may hold up what a signal ends. */
const PATIENCE_MS = 2_000;

/**
 * How long what undoes all gets to come to wait for the terminal, before whatever the shell writes behind
 * lap's end. Nothing tells that it does, so this makes it likely, and no more.
 */
const HEAD_START_MS = 100;

/** Ends whatever sequence or string the output was cut off in. */
const ABORT = "\x18\x1b\\";

/**
 * Waits until the terminal has taken what was written, however long that takes, but once a signal ends lap
 * for a while only. Returns whether it has.
 */
export function taken(written: Promise<void>, interrupted: AbortSignal): Promise<boolean> {
  return withinOnce(interrupted, PATIENCE_MS, written);
}

/**
 * Leaves a terminal that does not read, once nothing more is queued for it. An stty that waits does so
 * behind what undoes all: with one in front of that, the shell's words could come first. Returns whether
 * the terminal is in those modes.
 */
export async function abandon(
  undo: string,
  modes: string | undefined,
  tty?: number,
): Promise<boolean> {
  leaveToWrite(ABORT + undo);
  await new Promise((resolve) => setTimeout(resolve, HEAD_START_MS));
  return modes !== undefined && forceModes(modes, tty);
}
