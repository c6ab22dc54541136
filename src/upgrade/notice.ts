import type { Context } from "../context.ts";
import type { Router } from "../net/route.ts";
import { REPOSITORY, VERSION } from "../version.ts";
import { type KnownRelease, readKnown, writeKnown } from "./known.ts";
import { isNewer } from "./newer.ts";
import { readVersion, releaseFolder, repositoryName } from "./release.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Whether a day has passed; a clock that was set back counts as one. */
function isDayOld(since: number, now: number): boolean {
  return now - since >= DAY_MS || now < since;
}

/** The release to tell of, or undefined where there is none, or it was told within the last day. */
export function toTell(known: KnownRelease, version: string, now: number): string | undefined {
  const { latest, toldAt } = known;
  return latest && isNewer(latest, version) && isDayOld(toldAt, now) ? latest : undefined;
}

/** Says which release is newer than this lap, at most once a day, by what is known already. */
export function tell({ home, log, clock }: Context): void {
  const known = readKnown(home);
  const now = clock.date();
  const latest = toTell(known, VERSION, now);
  // Where it cannot be kept that it was said, it would be said every time.
  if (!latest || !writeKnown(home, { ...known, toldAt: now })) return;
  log.log(`\nlap ${latest} is out; this is ${VERSION}. \`lap upgrade\` installs it.`);
}

/** Asks which release is the newest, at most once a day, and keeps the answer. Fails in silence. */
export async function refresh(
  context: Context,
  router: () => Promise<Router>,
  signal: AbortSignal,
): Promise<void> {
  const { env, home, clock } = context;
  const now = clock.date();
  const known = readKnown(home);
  if (!isDayOld(known.askedAt, now)) return;
  try {
    const folder = releaseFolder(env, repositoryName(REPOSITORY));
    // Before the answer: whoever is offline, or leaves meanwhile, asks tomorrow.
    if (!writeKnown(home, { ...known, askedAt: now })) return;
    const latest = await readVersion(folder, { router: await router(), clock, signal });
    writeKnown(home, { ...readKnown(home), latest });
  } catch {
    // Nobody asked for it.
  }
}

/** After an upgrade, or a look for one: there is nothing to ask or tell for a day. */
export function noteAsked({ home, clock }: Context, latest: string): void {
  const now = clock.date();
  writeKnown(home, { latest, askedAt: now, toldAt: now });
}
