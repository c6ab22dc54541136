import { leaveToWrite } from "./child.ts";
import { forceModes } from "./stty.ts";
import { withinOnce } from "./within.ts";

/** How long a terminal that does not read may hold up what a signal ends. */
const PATIENCE_MS = 2_000;

/** Ends whatever sequence or string the output was cut off in. */
const CANCEL = "\x18\x1b\\";

/**
 * Waits until the terminal has taken what was written, however long that takes, but once a signal ends lap
 * for a while only. Answers whether it has.
 */
export function taken(written: Promise<void>, interrupted: AbortSignal): Promise<boolean> {
  return withinOnce(interrupted, PATIENCE_MS, written);
}

/**
 * Leaves a terminal that does not read: what is queued is dropped by lap's end. In one go, so that
 * none of it goes out behind the undoing. Answers whether the terminal is in those modes.
 */
export function abandon(undo: string, modes: string | undefined, tty?: number): boolean {
  leaveToWrite(CANCEL + undo);
  return modes !== undefined && forceModes(modes, tty);
}
