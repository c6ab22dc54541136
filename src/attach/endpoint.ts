import type { Secret } from "../net/secret.ts";

/** Where a session's terminal is, and the secret that opens it. */
export interface Endpoint {
  /** A ws:// or wss:// URL. Never carries the token, but its query may hold what else is secret. */
  url: string;
  token: Secret;
  /** The token goes into the query of the request, where access logs keep it, instead of the header. */
  tokenInQuery?: boolean;
}
