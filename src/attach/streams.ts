import { fstatSync, readSync, readvSync, writeSync } from "node:fs";
import { LapError } from "../errors.ts";
import { unreadable } from "./feed.ts";

/** A standard stream of this process; one of a test's has no number. */
interface Stream {
  fd?: number;
  isTTY?: boolean;
}

/** Faults of the descriptor itself. Others, such as a reader that is gone, are met when they matter. */
const LASTING = ["EBADF", "EISDIR", "ENOSPC"];

/**
 * Looks whether stdin can be read and stdout be written to, without moving a byte: a folder, a file that
 * is open the other way round (nohup's stdin is), /dev/full. A disk that is full shows only later.
 *
 * @throws LapError where not.
 */
export function checkStreams(stdin: Stream, stdout: Stream): void {
  const input = lasting(stdin, (fd) => {
    if (fstatSync(fd).isDirectory()) readSync(fd, new Uint8Array(1));
    // Not `readSync`, which answers a read of nothing by itself.
    readvSync(fd, [new Uint8Array(0)]);
  });
  if (input) throw unreadable(input);
  const output = lasting(stdout, (fd) => void writeSync(fd, new Uint8Array(0)));
  if (output) {
    throw new LapError(`stdout cannot be written to: ${output.message}`, {
      hint: "Check where it goes.",
      cause: output,
    });
  }
}

function lasting({ fd, isTTY }: Stream, attempt: (fd: number) => void): Error | undefined {
  // A terminal may stop who touches it from the background.
  if (fd === undefined || isTTY) return undefined;
  try {
    attempt(fd);
    return undefined;
  } catch (error) {
    const fault = error as NodeJS.ErrnoException;
    return LASTING.includes(fault.code ?? "") ? fault : undefined;
  }
}
