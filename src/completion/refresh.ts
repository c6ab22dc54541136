import { listAgents } from "../api/agents.ts";
import { listSessions } from "../api/sessions.ts";
import { clientFor } from "../commands/platform.ts";
import type { Credentials } from "../config/credentials.ts";
import type { Context } from "../context.ts";
import { readStock, type Stock, writeStock } from "./stock.ts";

/** So old, names are asked for anew. */
const FRESH_MS = 5_000;
/** Names that were asked for since are shown at once, and the new ones at the next Tab. */
const USABLE_MS = 60_000;
/** Counted from lap's start, so that a Tab takes less than 200 ms on a busy machine too. */
const WAIT_UNTIL_MS = 120;
/** A platform that takes longer is asked again at another Tab. */
const ASK_MS = 15_000;

/**
 * The names of a platform. Old ones are asked for by a process of their own, which goes on where its
 * answer takes longer than a Tab may: then this Tab gets the old names, and the next the new ones.
 */
export async function namesOf(context: Context, { base }: Credentials): Promise<Stock> {
  const { home, clock } = context;
  const stock = readStock(home, base);
  const age = clock.date() - stock.askedAt;
  if (age >= 0 && age < FRESH_MS) return stock;
  const usable = age >= 0 && age < USABLE_MS;
  await refreshBeside(context, usable ? 0 : WAIT_UNTIL_MS - clock.now());
  return usable ? stock : readStock(home, base);
}

/** The word behind `__complete` that makes a lap ask for names and end. */
export const REFRESH = "refresh";

/** @param patienceMs how long its end is waited for. */
async function refreshBeside(context: Context, patienceMs: number): Promise<void> {
  const { program, env, home, clock, profile, caCert } = context;
  // Imported here: at the top it would be loaded by every lap, at its start.
  const { spawn } = await import("node:child_process");
  const [lap, ...args] = program;
  await new Promise<void>((resolve) => {
    // A session of its own: the shell's Ctrl-C, or its end, is not meant for it.
    const asking = spawn(lap, [...args, "__complete", REFRESH], {
      env: {
        ...env,
        HOME: home,
        ...(profile ? { LAP_PROFILE: profile } : {}),
        ...(caCert ? { LAP_CA_CERT: caCert } : {}),
      },
      cwd: "/",
      detached: true,
      stdio: "ignore",
    });
    asking.unref();
    const cancel = clock.after(Math.max(patienceMs, 0), resolve);
    const done = () => {
      cancel();
      resolve();
    };
    asking.once("exit", done).once("error", done);
  });
}

/** Asks the platform for its names and keeps them. */
export async function refresh(context: Context, credentials: Credentials): Promise<void> {
  const { home, clock, signal } = context;
  const { base } = credentials;
  const askedAt = clock.date();
  // Before the answer: a platform that is out of reach is not asked at every Tab.
  writeStock(home, base, { ...readStock(home, base), askedAt });
  const client = clientFor(context, credentials);
  const until = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]);
  const [agents, { sessions }] = await Promise.all([
    listAgents(client, { signal: until }),
    listSessions(client, until),
  ]);
  writeStock(home, base, { askedAt, agents, sessions });
}
