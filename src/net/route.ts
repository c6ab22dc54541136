import { proxyFor } from "./proxy.ts";
import type { Tls, TrustFiles } from "./trust.ts";

/** How a host is reached, as both fetch and WebSocket take it. */
export interface Route {
  /** A URL, which may hold a user name and password: never printed. */
  proxy?: string;
  /** What names the proxy, for words. */
  proxyVariable?: string;
  tls?: Tls;
}

/**
 * Says how a URL is reached.
 *
 * @throws UsageError where that is set to what lap cannot use.
 */
export type Router = (url: string) => Promise<Route>;

/**
 * The way to hosts that the environment asks for.
 *
 * @param trust the files that TLS is done with, beside what Bun trusts by itself; asked for, and read,
 *   once something is reached over TLS.
 */
export function createRouter(
  env: Record<string, string | undefined>,
  trust: () => TrustFiles | undefined = () => undefined,
): Router {
  let tls: Promise<Tls | undefined> | undefined;
  return async (url) => {
    const { url: proxy, variable } = proxyFor(url, env) ?? {};
    const secure = [url, proxy].some((hop) => hop && /^(?:https|wss):/i.test(hop));
    const own = secure ? await (tls ??= load(trust())) : undefined;
    return {
      ...(proxy && variable ? { proxy, proxyVariable: variable } : {}),
      ...(own ? { tls: own } : {}),
    };
  };
}

async function load(files: TrustFiles | undefined): Promise<Tls | undefined> {
  if (!files) return undefined;
  // Few need it, and nobody else waits for it.
  const { readTrust } = await import("./trust.ts");
  return readTrust(files);
}

/** The host and port of a route's proxy, for words. */
export function proxyHost({ proxy }: Route): string | undefined {
  return proxy === undefined ? undefined : new URL(proxy).host;
}
