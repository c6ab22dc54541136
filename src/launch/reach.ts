import type { Session } from "../api/sessions.ts";
import type { Clock } from "../clock.ts";
import { probe } from "../net/probe.ts";
import { createRouter, type Router } from "../net/route.ts";
import { NoEndpoint, ttyEndpoint } from "./endpoint.ts";

type Env = Record<string, string | undefined>;

/** Whether this machine reaches a session's terminal, and in a word why not. */
export type Reach = { reachable: true } | { reachable: false; reason: string };

/** What takes longer to take a connection would be no pleasure to type to. */
const PROBE_MS = 1_000;
/** How long an address is taken to be as it was found; a live view looks every other second. */
const PROBE_KEPT_MS = 15_000;

/**
 * Tells which terminals can be reached from this machine: whether there is an address for it, by the
 * rules of `ttyEndpoint`, and whether that takes a TCP connection within a second. An upgrade without
 * the token would tell no more, as it is refused by whoever stands first (PROTOCOL 6.3), and one with
 * it would join the sandbox. An address on the platform itself has answered already and is not tried;
 * what stands behind it only an upgrade shows.
 */
export class Reachability {
  readonly #base: string;
  readonly #env: Env;
  readonly #clock: Clock;
  readonly #router: Router;
  readonly #probes = new Map<string, { at: number; fault: Promise<string | undefined> }>();

  constructor(base: string, env: Env, clock: Clock, router: Router = createRouter({})) {
    this.#base = base;
    this.#env = env;
    this.#clock = clock;
    this.#router = router;
  }

  /** Undefined for what has no terminal, or none now. */
  async of(session: Session, signal: AbortSignal): Promise<Reach | undefined> {
    if (session.status !== "ready" || session.hasTerminal === false) return undefined;
    const address = this.#address(session);
    if ("reason" in address) return { reachable: false, ...address };
    if (new URL(address.url).host === new URL(this.#base).host) return { reachable: true };
    const reason = await this.#probe(address.url, signal);
    signal.throwIfAborted();
    return reason === undefined ? { reachable: true } : { reachable: false, reason };
  }

  #address(session: Session): { url: string } | { reason: string } {
    try {
      return ttyEndpoint(session, this.#base, this.#env);
    } catch (error) {
      if (error instanceof NoEndpoint) return { reason: error.brief };
      throw error;
    }
  }

  /** Who is connected to: what stands behind a proxy, only the proxy knows. */
  async #way(url: string): Promise<string> {
    return (await this.#router(url)).proxy ?? url;
  }

  #probe(url: string, signal: AbortSignal): Promise<string | undefined> {
    const { host } = new URL(url);
    const now = this.#clock.now();
    const known = this.#probes.get(host);
    if (known && now - known.at < PROBE_KEPT_MS) return known.fault;
    const fault = this.#way(url).then(
      (first) => probe(first, AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)])),
      () => "unusable proxy",
    );
    this.#probes.set(host, { at: now, fault });
    return fault;
  }
}
