import { readCertificate } from "./handshake.ts";
import type { Route } from "./route.ts";

/** What is only to be made clearer is not waited for much longer. */
const LOOK_MS = 3_000;

/**
 * The fault of a request over TLS, made clearer. Bun's fetch says the same of a host that speaks no TLS
 * and of one that asks for a client's certificate, and of one that does not take it, that the connection
 * was closed. A host that speaks TLS to anybody is told from the others by one more handshake.
 */
export async function clarify(
  fault: unknown,
  url: string,
  { proxy, tls }: Route,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const { code } = (fault ?? {}) as NodeJS.ErrnoException;
  const clearer = CLEARER[`${code}`];
  if (!clearer || !/^https:/i.test(url) || (code === "ECONNRESET" && !tls?.cert)) return fault;
  const limit = AbortSignal.timeout(LOOK_MS);
  const until = signal ? AbortSignal.any([signal, limit]) : limit;
  return (await speaksTls(url, proxy, until)) ? { code: clearer, cause: fault } : fault;
}

/** The codes that `explainFault` has words for. */
const CLEARER: Record<string, string> = {
  EPROTO: "CERTIFICATE_REQUIRED",
  ECONNRESET: "CERTIFICATE_IN_DOUBT",
};

async function speaksTls(
  url: string,
  proxy: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await readCertificate(url, proxy, signal);
    return true;
  } catch (error) {
    // Up to TLS 1.2 it is asked for in the handshake.
    return /HANDSHAKE_FAILURE/.test(`${(error as NodeJS.ErrnoException).code}`);
  }
}
