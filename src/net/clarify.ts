import { type FaultAtProxy, isLasting } from "./fault.ts";
import { checkCertificate, readCertificate } from "./handshake.ts";
import type { Route } from "./route.ts";
import type { Tls } from "./trust.ts";

/** What is only to be made clearer is not waited for much longer. */
const LOOK_MS = 3_000;

/**
 * The fault of a request, made clearer by one more handshake. Bun's fetch says the same of a host that
 * speaks no TLS and of one that asks for a client's certificate; of one that does not take it, that the
 * connection was closed; and of an https proxy's certificate what it says of the host's.
 */
export async function clarify(
  fault: unknown,
  url: string,
  route: Route,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  if (route.proxy?.startsWith("https:") && isLasting(fault)) {
    const atProxy = await faultAtProxy(route.proxy, route.tls ?? {}, shortly(signal));
    if (atProxy) return atProxy;
  }
  const { code } = (fault ?? {}) as NodeJS.ErrnoException;
  const clearer = CLEARER[`${code}`];
  const isCut = code === "ECONNRESET";
  if (!clearer || !/^https:/i.test(url) || (isCut && !route.tls?.cert)) return fault;
  // A host that speaks TLS to whoever shows no certificate minds this client's.
  const speaks = await speaksTls(url, route, shortly(signal));
  return speaks ? { code: clearer, cause: fault } : fault;
}

function shortly(signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(LOOK_MS);
  return signal ? AbortSignal.any([signal, limit]) : limit;
}

async function faultAtProxy(
  proxy: string,
  tls: Tls,
  signal: AbortSignal,
): Promise<FaultAtProxy | undefined> {
  try {
    await checkCertificate(proxy, tls, signal);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return isLasting(error) ? { code: `${code}`, atProxy: true, cause: error } : undefined;
  }
}

/** The codes that `explainFault` has words for. */
const CLEARER: Record<string, string> = {
  EPROTO: "CERTIFICATE_REQUIRED",
  ECONNRESET: "CERTIFICATE_IN_DOUBT",
};

async function speaksTls(url: string, route: Route, signal: AbortSignal): Promise<boolean> {
  try {
    await readCertificate(url, route, signal);
    return true;
  } catch (error) {
    // Up to TLS 1.2 it is asked for in the handshake.
    return /HANDSHAKE_FAILURE/.test(`${(error as NodeJS.ErrnoException).code}`);
  }
}
