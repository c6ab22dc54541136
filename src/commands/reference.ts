import type { Client } from "../api/client.ts";
import type { Session } from "../api/sessions.ts";
import { parseReference, SessionFinder } from "../launch/find.ts";

/** The argument of those commands that are about one session. */
export const SESSION_ARG = {
  type: "positional",
  required: true,
  description: "Its id, the first characters of it, or the URL of its page",
} as const;

/**
 * The session that a person means by that argument, as it is now.
 *
 * @throws UsageError, UnknownSession and AmbiguousSession where it is no one session of this platform.
 */
export async function findSession(
  text: string,
  client: Client,
  signal: AbortSignal,
): Promise<Session> {
  return new SessionFinder(client, signal).find(parseReference(text, client.base));
}
