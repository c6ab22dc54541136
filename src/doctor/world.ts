import type { Client } from "../api/client.ts";
import type { Connect } from "../attach/transport.ts";
import type { Clock } from "../clock.ts";
import type { Router } from "../net/route.ts";
import type { Terminal } from "../term/terminal.ts";

/** What the doctor looks at, and with. */
export interface DoctorWorld {
  env: Record<string, string | undefined>;
  /** Who else could read the config file, in words, before it was read this time. */
  exposed: string | undefined;
  clock: Clock;
  signal: AbortSignal;
  /** lap's version. */
  version: string;
  router: Router;
  connect: Connect;
  /** Undefined where nobody is logged in. @throws LapError where the login cannot be used. */
  login: () => { base: string; from: string } | undefined;
  /** @throws LapError where nobody is logged in. */
  client: () => Client;
  /** Undefined where stdin or stdout is no terminal. */
  terminal: Terminal | undefined;
}

/** So long any one look may take. */
export const LOOK_MS = 10_000;

/** Ends one look: when its time is up, or the person wants to. */
export function lookSignal({ signal }: Pick<DoctorWorld, "signal">): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]);
}
