import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readPrivate, removeFile, writePrivate } from "./files.ts";

/** This machine's processes, as far as lap asks after them. */
export interface Machine {
  /** Its name: a home may be shared by several, whose process ids say nothing to each other. */
  readonly host: string;
  /** Of this lap. */
  readonly pid: number;
  /** Whether a process of the same person is there. */
  isRunning(pid: number): boolean;
}

/** A lap that is joined to a session. */
export interface Presence {
  /** The platform's base URL. */
  base: string;
  session: string;
  /** It sends no input and no size. */
  readOnly: boolean;
}

/** `~/.lap/attached`: a file for each lap that is joined to a session now. */
export function presencePath(home: string): string {
  return join(home, ".lap", "attached");
}

/**
 * Notes that this lap is joined to a session, and tells of the others of this machine that are. Noted
 * first, so that of two which come at the same time one at least sees the other. What processes that
 * are gone have left is removed. Failing to is not worth stopping for: nobody is told of then.
 *
 * @returns the others, and how to take the note back.
 */
export function arrive(
  home: string,
  machine: Machine,
  presence: Presence,
): { others: (Presence & { pid: number })[]; leave: () => void } {
  const folder = presencePath(home);
  const own = join(folder, fileName(machine.host, machine.pid));
  try {
    writePrivate(own, `${JSON.stringify(presence)}\n`, { synced: false });
    const others = readdirSync(folder).flatMap((name) => other(folder, name, machine) ?? []);
    const { base, session } = presence;
    return {
      others: others.filter((there) => there.base === base && there.session === session),
      leave: () => remove(own),
    };
  } catch {
    return { others: [], leave: () => remove(own) };
  }
}

function fileName(host: string, pid: number): string {
  return `${encodeURIComponent(host)}.${pid}.json`;
}

/** What another lap of this machine noted; undefined where that is gone, or the file is something else. */
function other(
  folder: string,
  name: string,
  machine: Machine,
): (Presence & { pid: number }) | undefined {
  const pid = Number(name.split(".").at(-2));
  if (name !== fileName(machine.host, pid) || pid === machine.pid) return undefined;
  const path = join(folder, name);
  if (!machine.isRunning(pid)) {
    remove(path);
    return undefined;
  }
  const presence = parse(readPrivate(path)?.content ?? "");
  return presence && { ...presence, pid };
}

function parse(content: string): Presence | undefined {
  try {
    const { base, session, readOnly } = JSON.parse(content) as Partial<Presence>;
    if (typeof base !== "string" || typeof session !== "string") return undefined;
    return { base, session, readOnly: readOnly === true };
  } catch {
    return undefined;
  }
}

function remove(path: string): void {
  try {
    removeFile(path);
  } catch {
    // The next lap tries again.
  }
}
