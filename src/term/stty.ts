import { closeSync, constants, openSync } from "node:fs";
import { isInstalled, run, runAside, runOrLeave } from "./child.ts";
import { within } from "./within.ts";

/**
 * The modes of the terminal on stdin, or of the one that the descriptor `tty` is of, through stty(1).
 * Bun's own raw mode leaves output post-processing on, which turns a bare LF into CR LF and so breaks
 * full-screen programs.
 */

/** How long stty may hold lap up. */
const STTY_TIMEOUT_MS = 1_000;

/**
 * Has GNU's stty not let queued output drain first. BSD's cannot be told so, and never does; BusyBox's cannot
 * either, and does.
 */
const UNDRAINED = "-drain";

/**
 * `raw` leaves extended input processing to some systems' taste; with it macOS would take Ctrl-V,
 * Ctrl-O and Ctrl-Y for itself.
 */
const RAW = ["raw", "-echo", "-iexten"];

/** Ctrl-C and Ctrl-Z do not throw away what was sent before them. */
const KEEPING = ["noflsh"];

/** Keys are kept as they are typed, but Ctrl-C still interrupts, and Ctrl-Z stops. */
const HUSHED = ["-icanon", "-echo", "-icrnl", "-iexten", "quit", "undef", "min", "1", "time", "0"];

/** The terminal's modes in stty's own notation, or undefined where stty cannot tell. */
export function readModes(tty?: number): string | undefined {
  return run(["stty", "-g"], { tty });
}

/**
 * Turns all processing of input and output off, and so lets a terminal go on that Ctrl-S has stopped: what
 * waits for it is not waited for. Returns whether that worked.
 */
export function setRaw(): boolean {
  return setNow(RAW);
}

/**
 * As `setRaw`, for a terminal that may not read: that may hold stty up, but not lap. Given up when aborted. An
 * stty that waits then is left to make the terminal raw: Linux lets those that wait have their way in turn, so
 * that whichever sets other modes after that does so behind it. Killed, it would spin, and come at any time.
 */
export async function setRawInTime(signal: AbortSignal): Promise<boolean> {
  const atOnce = ["stty", UNDRAINED, ...RAW];
  if ((await runAside(atOnce, { signal, kill: true })) === 0) return true;
  if (signal.aborted) return false;
  return (await runAside(["stty", ...RAW], { signal })) === 0;
}

/** Turns the editing and echoing of lines off, and nothing else. */
export function setHushed(tty?: number): void {
  setNow(HUSHED, tty);
}

/** Keeps what the terminal sends from being thrown away by Ctrl-C or Ctrl-Z, and changes nothing else. */
export function setKeeping(tty?: number): void {
  setNow(KEEPING, tty);
}

/** As `setKeeping`, with the echo turned off. */
export function setSilent(tty?: number): void {
  setNow(["-echo", ...KEEPING], tty);
}

/**
 * Restores what `readModes` said. A terminal that does not read holds that up, as stty lets queued output
 * drain first, but not for long. Returns whether it is done.
 */
export function restoreModes(modes: string, tty?: number): Promise<boolean> {
  const done = runAside(["stty", modes], { tty }).then((exitCode) => {
    // stty is gone meanwhile
    if (exitCode === undefined && tty === undefined) setRawWithoutStty(false);
  });
  return within(STTY_TIMEOUT_MS, done);
}

/** As `restoreModes`, and done when it returns. Returns whether it worked. */
export function forceModes(modes: string, tty?: number): boolean {
  return setNow([modes], tty);
}

/**
 * Sets modes at once, though the terminal may not read; an stty that waits for it all the same sets them
 * later. Returns whether they are set.
 */
function setNow(modes: readonly string[], tty?: number): boolean {
  const limits = { tty, timeout: STTY_TIMEOUT_MS };
  return (
    run(["stty", UNDRAINED, ...modes], limits) !== undefined ||
    runOrLeave(["stty", ...modes], limits)
  );
}

/** Bun's own raw mode, or its end, for where stty does not do. Returns whether that worked. */
export function setRawWithoutStty(raw: boolean): boolean {
  let worked = true;
  const onError = () => (worked = false);
  process.stdin.once("error", onError);
  process.stdin.setRawMode(raw);
  process.stdin.off("error", onError);
  return worked;
}

/** What became of the wish for ordinary modes; `missing`: there is no stty. */
export type Repair = "done" | "failed" | "missing";

/**
 * Ordinary modes for a terminal that was left in a bad state, and may be stopped by Ctrl-S. By Bun's own end
 * of raw mode it would only get those back that lap found, which are the bad ones.
 *
 * @param inUtf8 whether the person's locale is: a Backspace takes a whole UTF-8 character then, as
 *   emulators have it, and as it stays where it is so. GNU's `sane` and `raw` turn that off.
 */
export function setSane(inUtf8: boolean): Repair {
  keepModesAtEnd();
  const utf8 = inUtf8 || /(?<!-)\biutf8\b/.test(run(["stty", "-a"]) ?? "");
  if (!setNow(["sane"])) return isInstalled("stty") ? "failed" : "missing";
  // By itself: not every system has it, and an stty that does not know a mode sets none at all.
  if (utf8) setNow(["iutf8"]);
  return "done";
}

/**
 * Leaves the terminal at lap's end in the modes that it has then. By itself Bun sets those which it
 * had at the start, through what is still open.
 */
export function keepModesAtEnd(): void {
  process.once("exit", () => {
    for (const fd of [0, 1, 2]) {
      try {
        closeSync(fd);
      } catch {
        // it was closed from the start
      }
    }
  });
}

/** Where the terminal that a descriptor is of can be opened again; undefined where nothing tells. */
export function terminalPath(fd: number): string | undefined {
  // Elsewhere that is the descriptor once more, and no other one.
  if (process.platform === "linux") return `/proc/self/fd/${fd}`;
  let tty: number;
  try {
    // tty(1) tells of its stdin alone, and Bun hands a child no stdout for that.
    tty = openSync(`/dev/fd/${fd}`, constants.O_WRONLY | constants.O_NOCTTY);
  } catch {
    return undefined; // it was another user's before `su`
  }
  try {
    return run(["tty"], { tty });
  } finally {
    closeSync(tty);
  }
}
