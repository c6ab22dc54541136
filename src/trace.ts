import { closeSync, constants, fchmodSync, fstatSync, openSync, writeSync } from "node:fs";
import type { Clock } from "./clock.ts";
import { LapError } from "./errors.ts";
import { hideSecrets, type Secret } from "./net/secret.ts";

type TraceValue = string | number | boolean | null | undefined | Secret;

/** What a run did, for whoever looks for a fault in it. */
export interface Trace {
  /** Notes an event. No headers, bodies, queries or keystrokes: sizes of them. */
  note(event: string, fields?: Record<string, TraceValue>): void;
  /** Milliseconds, for what is measured. */
  now(): number;
  close(): void;
}

/**
 * A trace in a file that its owner alone can read: a line of JSON for each event, with the milliseconds
 * since the start. Written as it happens, so that a run which is killed leaves all of it.
 *
 * @throws LapError where the file cannot be written.
 */
export function openTrace(path: string, clock: Pick<Clock, "now" | "date">): Trace {
  const inherited = inheritedFile(path);
  const file = open(path, inherited);
  const start = clock.now();
  let closed = false;
  const note: Trace["note"] = (event, fields = {}) => {
    if (closed) return;
    const at = Math.round((clock.now() - start) * 10) / 10;
    try {
      writeSync(file, `${JSON.stringify({ at, event, ...fields }, hiding)}\n`);
    } catch {
      // A full disk is no reason to end what is traced.
    }
  };
  note("start", { date: new Date(clock.date()).toISOString() });
  return {
    note,
    now: () => clock.now(),
    close() {
      if (!closed && inherited === undefined) closeSync(file);
      closed = true;
    },
  };
}

/** Before JSON escapes them: secrets are known as they are. */
function hiding(_name: string, value: unknown): unknown {
  return typeof value === "string" ? hideSecrets(value) : value;
}

/**
 * What stands in a folder that others write to may be their link, to a file of this person's; or a pipe,
 * which is not waited for until somebody reads it.
 */
const NEW_OR_OWN =
  constants.O_WRONLY |
  constants.O_CREAT |
  constants.O_TRUNC |
  constants.O_NOFOLLOW |
  constants.O_NONBLOCK;

function open(path: string, inherited: number | undefined): number {
  let file: number | undefined;
  try {
    if (inherited !== undefined) {
      writeSync(inherited, ""); // fails where it is closed, or only read
      return inherited;
    }
    file = openSync(path, NEW_OR_OWN, 0o600);
    // One that was there may be readable by others.
    if (fstatSync(file).isFile()) fchmodSync(file, 0o600);
    return file;
  } catch (error) {
    if (file !== undefined) closeSync(file);
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    if (code === "ELOOP") throw new LapError(`--debug-file: ${path} is a link; name a file itself`);
    if (code === "ENXIO") throw new LapError(`--debug-file: ${path} is a pipe that nobody reads`);
    throw new LapError(`--debug-file: ${path} cannot be written (${code})`, { cause: error });
  }
}

const STREAMS = new Map([
  ["/dev/stdout", 1],
  ["/dev/stderr", 2],
]);

/** The file that lap was started with and that `path` names, as the `>(…)` of bash and of zsh does. */
function inheritedFile(path: string): number | undefined {
  const number = /^\/(?:dev|proc\/self)\/fd\/(\d{1,9})$/.exec(path)?.[1];
  return number === undefined ? STREAMS.get(path) : Number(number);
}
