import type { Connect } from "../attach/transport.ts";
import type { Context } from "../context.ts";
import { createRouter, type Router } from "../net/route.ts";

/** How this person's machine reaches hosts: the same for the platform and for its terminals. */
export function routerOf({ env }: Context): Router {
  return createRouter(env);
}

/** Opens terminals, on the way that leads to them. */
export function connectorOf(context: Context): Connect {
  const router = routerOf(context);
  return async (endpoint, listeners, signal) =>
    context.connect(endpoint, listeners, signal, await router(endpoint.url));
}
