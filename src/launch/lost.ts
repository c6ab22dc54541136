import { askingOnce, type Client } from "../api/client.ts";
import { listSessions, type Session } from "../api/sessions.ts";
import type { Clock } from "../clock.ts";

/** How far the clocks behind `created_at` (the database's) and the Date header (a web server's) may be apart. */
const CLOCK_SKEW_MS = 2_000;

/** Delays before each look: a create whose connection was cut may take effect a moment later. */
const LOOKS_MS = [0, 500, 1_000, 2_000];
/** For a person who pressed Ctrl-C meanwhile. */
const HURRIED_LOOKS_MS = [0, 300];

const LOOK_TIMEOUT_MS = 5_000;
const HURRIED_TIMEOUT_MS = 800;

/**
 * The sessions that a create may have made whose answer was lost, by listing those of its agent: what
 * was created since. Both times are the platform's, which the listing's answer tells, so that this
 * machine's clock does not matter, and a create whose answer comes costs nothing.
 *
 * @param sentAt by `clock.now()`.
 * @param options.hurried a person waits for lap's end.
 * @returns undefined where the platform cannot be asked.
 */
export async function findLost(
  client: Client,
  agentId: string,
  options: { clock: Clock; sentAt: number; hurried?: boolean; signal?: AbortSignal },
): Promise<Session[] | undefined> {
  const { clock, sentAt, hurried = false, signal } = options;
  const timeoutMs = hurried ? HURRIED_TIMEOUT_MS : LOOK_TIMEOUT_MS;
  let asked = false;
  for (const delay of hurried ? HURRIED_LOOKS_MS : LOOKS_MS) {
    if (delay > 0) await clock.sleep(delay, signal);
    const list = await listSessions(askingOnce(client), signal, { agentId, timeoutMs }).catch(
      () => {
        signal?.throwIfAborted();
        return undefined;
      },
    );
    if (!list) continue;
    asked = true;
    const since = (client.time ?? clock.date()) - (clock.now() - sentAt);
    const found = madeSince(list.sessions, since);
    if (found.length > 0) return found;
  }
  return asked ? [] : undefined;
}

/** Those of the sessions that were made since a time of the platform's and may still run. */
export function madeSince(sessions: readonly Session[], since: number): Session[] {
  return sessions.filter(({ status, createdAt }) => {
    if (status === "dead" || status === "stopped") return false;
    // A platform that gives no times: only what still starts can be so young.
    return createdAt === undefined ? status === "creating" : createdAt >= since - CLOCK_SKEW_MS;
  });
}
