import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { readPrivate, writePrivate } from "../config/files.ts";
import { parseVersion } from "./newer.ts";

/** What was last heard of releases, kept so that telling of them needs no network. Milliseconds since the epoch. */
export interface KnownRelease {
  latest?: string | undefined;
  /** When it was last asked for, answered or not. */
  askedAt: number;
  /** When the person was last told. */
  toldAt: number;
}

/** `~/.lap/release.json`. Losing it loses nothing. */
export function knownPath(home: string): string {
  return join(home, ".lap", "release.json");
}

/** What is known; a file that is missing or broken says nothing. */
export function readKnown(home: string): KnownRelease {
  try {
    const known = JSON.parse(readPrivate(knownPath(home))?.content ?? "") as KnownRelease;
    const { latest, askedAt, toldAt } = known;
    return {
      latest: typeof latest === "string" ? parseVersion(latest) : undefined,
      askedAt: typeof askedAt === "number" ? askedAt : 0,
      toldAt: typeof toldAt === "number" ? toldAt : 0,
    };
  } catch {
    return { askedAt: 0, toldAt: 0 };
  }
}

/**
 * Keeps what is known, where lap has a folder already: it is no reason to make one, nor to fail.
 * Returns whether it was kept.
 */
export function writeKnown(home: string, known: KnownRelease): boolean {
  const path = knownPath(home);
  if (!existsSync(dirname(path))) return false;
  try {
    writePrivate(path, `${JSON.stringify(known)}\n`, { synced: false });
    return true;
  } catch {
    return false;
  }
}
