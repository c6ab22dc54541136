import type { Client } from "../api/client.ts";
import { hasEnded, listSessions, type Session } from "../api/sessions.ts";
import type { Clock } from "../clock.ts";
import type { Router } from "../net/route.ts";
import { shortIds } from "./find.ts";
import { type Lifetime, lifetime, platformTime } from "./lifetime.ts";
import { agentNames, type AgentNames } from "./names.ts";
import { Reachability, type Reach } from "./reach.ts";

/** A session with all that a person wants to know of it. */
export interface Entry {
  session: Session;
  /** Null: it has none. Undefined: nobody lists the agent. */
  agentName: string | null | undefined;
  /** The shortest beginning of its id that is enough to name it. */
  shortId: string;
  lifetime: Lifetime;
  /** Whether its terminal can be reached from here; undefined where there is none (yet, or any more). */
  reach: Reach | undefined;
}

export interface Roster {
  /** Newest first. */
  entries: Entry[];
  /** What every agent is called, for the labels of the entries. */
  names: AgentNames;
  /** Sessions that have ended and were left out. */
  ended: number;
  /** The platform lists no more than this, and may have older ones. */
  full: boolean;
}

export interface RosterOptions {
  /** The sessions of this agent alone. */
  agentId: string | undefined;
  /** Those that have ended as well. */
  all: boolean;
  env: Record<string, string | undefined>;
  clock: Clock;
  /** How terminals are reached. */
  router: Router;
}

/** The sessions of a platform, as they are each time one looks; what seldom changes is asked for once. */
export class RosterReader {
  readonly #client: Client;
  readonly #options: RosterOptions;
  readonly #reachability: Reachability;
  #names: AgentNames | undefined;
  /** The agents of the sessions so far, whether they have a name or not. */
  readonly #met = new Set<string | undefined>();

  constructor(client: Client, options: RosterOptions) {
    this.#client = client;
    this.#options = options;
    this.#reachability = new Reachability(client.base, options.env, options.clock, options.router);
  }

  async read(signal: AbortSignal): Promise<Roster> {
    const { agentId, all, clock } = this.#options;
    const [{ sessions, full }, known] = await Promise.all([
      listSessions(this.#client, signal, { agentId }),
      this.#names ?? agentNames(this.#client, signal),
    ]);
    const names =
      this.#meet(sessions) && this.#names ? await agentNames(this.#client, signal) : known;
    this.#names = names;
    const short = shortIds(sessions.map(({ id }) => id));
    const now = platformTime(sessions, clock.date());
    const shown = all ? sessions : sessions.filter((session) => !hasEnded(session));
    const entries = shown.map(async (session) => ({
      session,
      agentName: names.get(session.agentId ?? ""),
      shortId: short.get(session.id) ?? session.id,
      lifetime: lifetime(session, now),
      reach: await this.#reachability.of(session, signal),
    }));
    const ended = sessions.length - shown.length;
    return { entries: await Promise.all(entries), names, ended, full };
  }

  /** Whether there are agents among these sessions which no earlier ones had. */
  #meet(sessions: readonly Session[]): boolean {
    const before = this.#met.size;
    for (const { agentId } of sessions) this.#met.add(agentId);
    return this.#met.size > before;
  }
}
