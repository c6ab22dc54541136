import type { ClientWorld } from "../api/client.ts";
import { traced } from "../attach/traced.ts";
import type { Connect } from "../attach/transport.ts";
import { readSetting } from "../config/settings.ts";
import { trustFiles, unreadIssuers } from "../config/trust.ts";
import type { Context } from "../context.ts";
import { createRouter, type Router } from "../net/route.ts";
import { settingSources } from "./saved.ts";

/** How this person's machine reaches hosts: the same for the platform and for its terminals. */
export function routerOf(context: Context): Router {
  return createRouter(context.env, () => trustFiles(settingSources(context), context.home));
}

/** What a client of the platform is given of this person's world. */
export function worldOf(context: Context): ClientWorld {
  const { env, home, clock, trace, log } = context;
  const router = createRouter(env, () => {
    const unread = unreadIssuers(env);
    if (unread) log.warn(unread);
    return trustFiles(settingSources(context), home);
  });
  return { router, clock, trace };
}

/** Opens terminals, on the way that leads to them. */
export function connectorOf(context: Context, wish: { tokenInQuery: boolean }): Connect {
  const router = routerOf(context);
  const connect = context.trace ? traced(context.connect, context.trace) : context.connect;
  return async (endpoint, listeners, signal) =>
    connect({ ...endpoint, ...wish }, listeners, signal, await router(endpoint.url));
}

/** Whether the terminal's token is to go into the URL. */
export function wantsTokenInQuery(context: Context): boolean {
  return readSetting("tokenInQuery", settingSources(context)) ?? false;
}
