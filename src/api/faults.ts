import { ApiError, PlatformUnreachable } from "./errors.ts";

/** Whether a fault may be over at the next try: the network, a proxy, a platform that restarts. */
export function isPassing(error: unknown): boolean {
  if (error instanceof PlatformUnreachable) return true;
  if (!(error instanceof ApiError)) return false;
  const { status, missing } = error;
  return status >= 500 || status === 429 || (status === 404 && !missing);
}

/** What proxies answer about a server that may still be at work: Cloudflare's 52x too. */
const PROXY_STATUS = new Set([408, 499, 502, 504, 520, 521, 522, 523, 524]);

/** Whether a request that ended so may have been carried out, with only its answer lost. */
export function isAnswerLost(error: unknown): boolean {
  if (error instanceof PlatformUnreachable) return error.sent;
  if (!(error instanceof ApiError)) return false;
  // The platform's own 503 has words: it took the request, and refused it.
  return PROXY_STATUS.has(error.status) || (error.status === 503 && error.words === "");
}
