import type { Connect } from "../attach/transport.ts";
import { type ConfigFile, readConfig } from "../config/credentials.ts";
import { trustFiles } from "../config/trust.ts";
import type { Context } from "../context.ts";
import { createRouter, type Router } from "../net/route.ts";

/** How this person's machine reaches hosts: the same for the platform and for its terminals. */
export function routerOf({ env, home, caCert }: Context): Router {
  return createRouter(env, () => trustFiles(caCert, env, home, savedFiles(home)));
}

/** A broken config file is named where the login is read from it. */
function savedFiles(home: string): ConfigFile | undefined {
  try {
    return readConfig(home);
  } catch {
    return undefined;
  }
}

/** Opens terminals, on the way that leads to them. */
export function connectorOf(context: Context): Connect {
  const router = routerOf(context);
  return async (endpoint, listeners, signal) =>
    context.connect(endpoint, listeners, signal, await router(endpoint.url));
}
