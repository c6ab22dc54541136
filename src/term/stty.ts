import { closeSync, fstatSync } from "node:fs";
import { run, runAside } from "./child.ts";

/**
 * The modes of the terminal on stdin, or of the one that the descriptor `tty` is of, through stty(1).
 * Bun's own raw mode leaves output post-processing on, which turns a bare LF into CR LF and so breaks
 * full-screen programs.
 */

/**
 * `raw` leaves extended input processing to some systems' taste; with it macOS would take Ctrl-V,
 * Ctrl-O and Ctrl-Y for itself.
 */
const RAW = ["raw", "-echo", "-iexten"];

/** Keys are kept as they are typed, but Ctrl-C still interrupts, and Ctrl-Z stops. */
const HUSHED = ["-icanon", "-echo", "-icrnl", "-iexten", "quit", "undef", "min", "1", "time", "0"];

/** The terminal's modes in stty's own notation, or undefined where stty cannot tell. */
export function readModes(tty?: number): string | undefined {
  return run(["stty", "-g"], { tty });
}

/** Turns all processing of input and output off. Answers whether that worked. */
export function setRaw(): boolean {
  return run(["stty", ...RAW]) !== undefined;
}

/**
 * As `setRaw`, for a terminal that may not read: that holds stty up, which lets queued output drain
 * first, but not lap. Given up when aborted.
 */
export async function setRawInTime(signal: AbortSignal): Promise<boolean> {
  return (await runAside(["stty", ...RAW], { signal })) === 0;
}

/** Turns the editing and echoing of lines off, and nothing else. */
export function setHushed(tty?: number): void {
  run(["stty", ...HUSHED], { tty });
}

/** Turns the echo off, and nothing else but that Ctrl-C throws away what was sent before it. */
export function setSilent(tty?: number): void {
  run(["stty", "-echo", "noflsh"], { tty });
}

/**
 * Restores what `readModes` said. Resolves when that is done, which a terminal that does not read
 * holds up: stty lets queued output drain first.
 */
export async function restoreModes(modes: string, tty?: number): Promise<void> {
  const exitCode = await runAside(["stty", modes], { tty });
  // stty is gone meanwhile
  if (exitCode === undefined && tty === undefined) setRawWithoutStty(false);
}

/** As `restoreModes`, and done when it returns, however long that takes. */
export function restoreModesNow(modes: string, tty?: number): void {
  run(["stty", modes], { tty });
}

/**
 * As `restoreModesNow`, for a terminal that does not read. GNU's stty can be told not to wait; BSD's
 * cannot, and never does; what waits all the same is given up after `ms`. Answers whether it worked.
 */
export function forceModes(modes: string, ms: number): boolean {
  return [["-drain", modes], [modes]].some(
    (words) => run(["stty", ...words], { timeout: ms }) !== undefined,
  );
}

/** Bun's own raw mode, or its end, for where stty does not do. Answers whether that worked. */
export function setRawWithoutStty(raw: boolean): boolean {
  let worked = true;
  const onError = () => (worked = false);
  process.stdin.once("error", onError);
  process.stdin.setRawMode(raw);
  process.stdin.off("error", onError);
  return worked;
}

/** Ordinary modes for a terminal that was left in a bad state. Answers whether that worked. */
export function setSane(): boolean {
  keepModesAtEnd();
  return run(["stty", "sane"]) !== undefined;
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

/** The path of stdout's terminal, such as `/dev/ttys003`; undefined where it is not stdin's too. */
export function terminalPath(): string | undefined {
  // tty(1) tells of its stdin alone, and Bun hands a child no other descriptor for that.
  return fstatSync(0).rdev === fstatSync(1).rdev ? run(["tty"]) : undefined;
}
