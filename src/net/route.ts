import { proxyFor } from "./proxy.ts";

/** How a host is reached, as both fetch and WebSocket take it. */
export interface Route {
  /** A URL, which may hold a user name and password: never printed. */
  proxy?: string;
}

/**
 * Says how a URL is reached.
 *
 * @throws UsageError where that is set to what lap cannot use.
 */
export type Router = (url: string) => Promise<Route>;

/** The way to hosts that the environment asks for. */
export function createRouter(env: Record<string, string | undefined>): Router {
  return async (url) => {
    const proxy = proxyFor(url, env);
    return proxy ? { proxy: proxy.url } : {};
  };
}

/** The host and port of a route's proxy, for words. */
export function proxyHost({ proxy }: Route): string | undefined {
  return proxy === undefined ? undefined : new URL(proxy).host;
}
