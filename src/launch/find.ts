import type { Client } from "../api/client.ts";
import { getSession, listSessions, type Session } from "../api/sessions.ts";
import { LapError, UsageError } from "../errors.ts";
import { isUuid, parseSessionReference } from "../net/url.ts";
import { clean } from "../ui/text.ts";
import { agentNames, ownerLabel } from "./names.ts";

/** Fewer characters of an id would soon fit another session than the one that is meant. */
const SHORTEST_PREFIX = 4;
const SHORTEST_SHOWN = 8;

/** Nobody knows the session that was asked for. */
export class UnknownSession extends LapError {}

/** What was given of an id fits several sessions. */
export class AmbiguousSession extends UsageError {}

/** A session as a person refers to it. */
export interface Reference {
  id: string;
  /** False where it comes from a URL, which holds the whole id. */
  mayBePrefix: boolean;
}

/**
 * Reads an id, the beginning of one, or the URL of a page of the platform at `base`.
 *
 * @throws UsageError for what is neither, and for a page of another origin: a link must not send the
 *   key anywhere but to the platform it was saved for.
 */
export function parseReference(text: string, base: string): Reference {
  const { id, origin } = parseSessionReference(text);
  if (origin && origin !== new URL(base).origin) {
    throw new UsageError(
      `the session is on ${origin}, but you are logged in to ${base}`,
      "The key was not sent. Run `lap login --profile NAME` for that platform first, if you trust the link.",
    );
  }
  const mayBePrefix = !origin && !isUuid(id) && /^[\w-]+$/.test(id) && id.length >= SHORTEST_PREFIX;
  return { id, mayBePrefix };
}

/**
 * Finds sessions by their id, or by its beginning among those that the platform lists; an id that is
 * given whole goes before others that begin with it. Lists once, however many are looked for.
 */
export class SessionFinder {
  readonly #client: Client;
  readonly #signal: AbortSignal;
  #listed: ReturnType<typeof listSessions> | undefined;

  constructor(client: Client, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /**
   * Both ways are tried at once, to save a round trip.
   *
   * @throws UnknownSession, and AmbiguousSession for a beginning that several share.
   */
  async find({ id, mayBePrefix }: Reference): Promise<Session> {
    const [exact, listed] = await Promise.all([
      getSession(this.#client, id, this.#signal),
      mayBePrefix ? this.#list() : { sessions: [], full: false },
    ]);
    if (exact) return exact;
    const fitting = listed.sessions.filter((session) => session.id.startsWith(id));
    if (fitting.length > 1) throw await this.#ambiguous(id, fitting);
    if (fitting[0]) return fitting[0];
    // Older ones can be asked for by their whole id alone.
    const among = listed.full ? ` among the newest ${listed.sessions.length}` : "";
    throw new UnknownSession(`there is no session '${clean(id)}'${among} on ${this.#client.base}`, {
      hint: `\`lap sessions --all\` lists them; the first ${SHORTEST_PREFIX} characters of an id are enough where they fit one alone.`,
    });
  }

  #list(): ReturnType<typeof listSessions> {
    this.#listed ??= listSessions(this.#client, this.#signal);
    return this.#listed;
  }

  async #ambiguous(id: string, sessions: Session[]): Promise<AmbiguousSession> {
    const names = await agentNames(this.#client, this.#signal).catch(() => {
      this.#signal.throwIfAborted();
      return new Map<string, string | null>();
    });
    const lines = sessions.map((session) =>
      clean(`${session.id} of ${ownerLabel(session, names)}, ${session.status}`),
    );
    return new AmbiguousSession(
      `'${clean(id)}' fits ${sessions.length} sessions`,
      ["Give more of its id:", ...lines].join("\n"),
    );
  }
}

/** Of each id the shortest beginning, of 8 characters or more, that fits none of the others. */
export function shortIds(ids: readonly string[]): Map<string, string> {
  const sorted = [...new Set(ids)].sort();
  return new Map(
    sorted.map((id, index) => {
      const shared = Math.max(
        sharedLength(id, sorted[index - 1] ?? ""),
        sharedLength(id, sorted[index + 1] ?? ""),
      );
      return [id, id.slice(0, Math.max(SHORTEST_SHOWN, shared + 1))];
    }),
  );
}

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
