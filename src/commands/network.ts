import type { ClientWorld } from "../api/client.ts";
import type { Connect } from "../attach/transport.ts";
import { trustFiles } from "../config/trust.ts";
import type { Context } from "../context.ts";
import { createRouter, type Router } from "../net/route.ts";
import { settingSources } from "./saved.ts";

/** How this person's machine reaches hosts: the same for the platform and for its terminals. */
export function routerOf(context: Context): Router {
  return createRouter(context.env, () => trustFiles(settingSources(context), context.home));
}

/** What a client of the platform is given of this person's world. */
export function worldOf(context: Context): ClientWorld {
  return { router: routerOf(context), clock: context.clock };
}

/** Opens terminals, on the way that leads to them. */
export function connectorOf(context: Context): Connect {
  const router = routerOf(context);
  return async (endpoint, listeners, signal) =>
    context.connect(endpoint, listeners, signal, await router(endpoint.url));
}
