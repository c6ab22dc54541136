import type { Locate } from "../attach/whereabouts.ts";
import { askingOnce, type Client } from "../api/client.ts";
import { ApiError } from "../api/errors.ts";
import { isPassing } from "../api/faults.ts";
import { getSession, hasEnded, type Session } from "../api/sessions.ts";
import { EXIT } from "../errors.ts";
import { ttyEndpoint } from "./endpoint.ts";
import { ended, phaseWords, SessionEnded } from "./ready.ts";

/**
 * How an attached terminal asks where its session is now. What it throws is the end: a session that
 * failed, died or is gone, with its reason, or a key that is refused.
 */
export function locator(
  client: Client,
  id: string,
  env: Record<string, string | undefined>,
): Locate {
  return async (signal) => {
    let session: Session | undefined;
    try {
      session = await getSession(askingOnce(client), id, signal, { fresh: true });
    } catch (error) {
      if (isPassing(error) || isAnothers(error)) return { kind: "unreachable" };
      throw error;
    }
    if (!session) throw lost(new SessionEnded(`session ${id} is gone`));
    if (session.status === "creating") {
      return { kind: "starting", label: phaseWords(session) ?? "creating" };
    }
    if (hasEnded(session)) throw lost(ended(session));
    if (session.status !== "ready") return { kind: "starting", label: session.status };
    return { kind: "ready", endpoint: ttyEndpoint(session, client.base, env) };
  };
}

/** A refusal without the platform's words: a login page before it, until the network is itself again. */
function isAnothers(error: unknown): boolean {
  return error instanceof ApiError && [401, 403].includes(error.status) && error.words === "";
}

function lost(error: SessionEnded): SessionEnded {
  const hint = "`lap <agent>` opens a fresh one.";
  return new SessionEnded(`[ws closed] ${error.message}`, { hint, exitCode: EXIT.lost });
}
