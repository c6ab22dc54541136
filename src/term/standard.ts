import { fstatSync } from "node:fs";
import type { Writable } from "node:stream";
import { isatty } from "node:tty";
import { TtyStream } from "./stream.ts";

const STDOUT = 1;
const STDERR = 2;

/** A standard stream, as far as lap needs one. */
export type Output = Writable & { isTTY?: boolean; fd?: number; columns?: number };

/**
 * stdout and stderr. Only a terminal is written to through Bun's own streams: those would have a pipe or a
 * socket not block any more, which holds for every program that shares it. Few expect that, and those that
 * do not lose what they write.
 */
export function standardOutputs(): { stdout: Output; stderr: Output } {
  const stdout = isatty(STDOUT) ? process.stdout : new TtyStream(STDOUT, undefined);
  const stderr = isatty(STDERR)
    ? process.stderr
    : isOneFile(STDOUT, STDERR)
      ? stdout // two streams would not keep what is written in order
      : new TtyStream(STDERR, undefined);
  // Packages take them from there, and it is their being looked at that has them not block.
  if (!isatty(STDOUT)) (process as { stdout: Writable }).stdout = stdout;
  if (!isatty(STDERR)) (process as { stderr: Writable }).stderr = stderr;
  return { stdout, stderr };
}

function isOneFile(fd: number, other: number): boolean {
  const [one, two] = [fd, other].map((each) => fstatSync(each, { bigint: true }));
  return one?.dev === two?.dev && one?.ino === two?.ino;
}
