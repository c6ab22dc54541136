import type { Locate } from "../attach/whereabouts.ts";
import { isPlainPublic } from "../net/private.ts";

/** What a terminal over plain ws means, at a place which is not known to be private. */
export function plainWords(url: string): string {
  return `the terminal is at ${new URL(url).host} over plain ws: what is typed and shown, and its token, can be read on the way`;
}

/**
 * Asks where a session is whose connection was lost. Where it is at another host now that can be read on
 * the way to, this is said before it is joined, once for each.
 *
 * @param url where it is at first, of which the person knows.
 */
export function tellingPlain(locate: Locate, url: string): Locate {
  const told = new Set([new URL(url).host]);
  return async (signal) => {
    const where = await locate(signal);
    if (where.kind !== "ready" || !isPlainPublic(where.endpoint.url)) return where;
    const { host } = new URL(where.endpoint.url);
    if (told.has(host)) return where;
    told.add(host);
    return { kind: "exposed", label: `over plain ws to ${host} now, which can be read on the way` };
  };
}
