import { type Client } from "../api/client.ts";
import { ApiError, PlatformUnreachable } from "../api/errors.ts";
import type { Session } from "../api/sessions.ts";
import { getSession, listSessions } from "../api/sessions.ts";
import { LapError } from "../errors.ts";
import { ttyEndpoint } from "../launch/endpoint.ts";
import { isPlainPublic } from "../net/private.ts";
import { shownUrl } from "../net/url.ts";
import { parseReference, SessionFinder, UnknownSession } from "../launch/find.ts";
import { resolveAgent, UnknownAgent } from "../launch/resolve.ts";
import { type Finding, failure, findings } from "./finding.ts";
import { type DoctorWorld, LOOK_MS, lookSignal } from "./world.ts";

/** Whether the key is taken, and what answers is the platform's API. Returns whether both are so. */
export async function* checkApi(
  world: DoctorWorld,
  client: Client,
): AsyncGenerator<Finding, boolean> {
  const ask = () =>
    client.request("/agents", {
      query: { limit: 1 },
      signal: lookSignal(world),
      what: "agent list",
    });
  let answer: unknown;
  try {
    answer = await ask();
  } catch (error) {
    world.signal.throwIfAborted();
    yield failure(checkNameOf(error), error);
    return false;
  }
  yield findings("key").pass("the platform takes it");
  const { data, total } = (answer ?? {}) as { data?: unknown; total?: unknown };
  if (!Array.isArray(data)) {
    yield findings("api").fail(
      `${client.base} answers, but not as an agent platform does`,
      "Check the URL with `lap config`.",
    );
    return false;
  }
  const start = world.clock.now();
  const again = await ask().catch(() => undefined);
  const ms = Math.max(1, Math.round(world.clock.now() - start));
  const count =
    typeof total === "number" ? `${total} agent${total === 1 ? "" : "s"}` : "a list of agents";
  if (again === undefined) yield findings("api").warn(`${count}, and no answer the second time`);
  else yield findings("api").pass(`${count}; a request takes ${ms} ms`);
  return true;
}

/** Which check the fault of a request with the key belongs to. */
function checkNameOf(error: unknown): Finding["check"] {
  if (error instanceof ApiError) {
    const { status, words } = error;
    if (status === 407) return "proxy";
    // Without words it is not the platform that refuses: a firewall before it never looks at the key.
    return (status === 401 || status === 403) && words ? "key" : "api";
  }
  // Whatever else is of lap's own comes from where the key is kept.
  return error instanceof LapError && !(error instanceof PlatformUnreachable) ? "key" : "api";
}

/** Whether a session's terminal can be joined; joins it for a moment, sends nothing but a ping. */
export async function* checkSession(
  world: DoctorWorld,
  client: Client,
  target: string,
): AsyncGenerator<Finding> {
  let session: Session | undefined;
  try {
    session = await sessionOf(world, client, target);
  } catch (error) {
    world.signal.throwIfAborted();
    yield failure("session", error);
    return;
  }
  if (!session) {
    yield findings("session").warn(
      `no session of '${target}' is ready`,
      `\`lap ${target}\` makes one; look again while it is there.`,
    );
    return;
  }
  const { id, status, failureReason, hasTerminal } = session;
  if (hasTerminal === false) {
    yield findings("session").fail(`session ${id} has no terminal: its agent is a chat`);
    return;
  }
  if (status !== "ready") {
    const reason = failureReason ? ` (${failureReason})` : "";
    yield findings("session").fail(
      `session ${id} is ${status}${reason}`,
      `\`lap diagnose ${id}\` tells why; \`lap restart ${id}\` gives it a fresh sandbox.`,
    );
    return;
  }
  yield findings("session").pass(`session ${id} is ready`);
  yield* checkTerminal(world, client, session);
}

async function* checkTerminal(
  world: DoctorWorld,
  client: Client,
  session: Session,
): AsyncGenerator<Finding> {
  const { clock, env, connect } = world;
  let endpoint: ReturnType<typeof ttyEndpoint>;
  try {
    endpoint = ttyEndpoint(session, client.base, env);
    const { pass, warn } = findings("endpoint");
    yield isPlainPublic(endpoint.url)
      ? warn(
          `${shownUrl(endpoint.url)}: what is typed and the token can be read on the way`,
          PLAIN_FIX,
        )
      : pass(shownUrl(endpoint.url));
  } catch (error) {
    yield failure("endpoint", error);
    return;
  }
  const answered = Promise.withResolvers<boolean>();
  const listeners = {
    onData() {},
    onPong: () => answered.resolve(true),
    onEnd: () => answered.resolve(false),
  };
  const start = clock.now();
  try {
    const transport = await connect(endpoint, listeners, lookSignal(world));
    const opened = clock.now();
    transport.ping(1);
    const cancel = clock.after(LOOK_MS, () => answered.resolve(false));
    const pong = await answered.promise;
    cancel();
    const rtt = Math.max(1, Math.round(clock.now() - opened));
    transport.close();
    const { pass, warn } = findings("upgrade");
    yield pong
      ? pass(`taken in ${Math.round(opened - start)} ms; a round trip takes ${rtt} ms`)
      : warn(
          "taken, but nothing answers a ping",
          "lap would take such a link for dead in a while.",
        );
  } catch (error) {
    world.signal.throwIfAborted();
    yield failure("upgrade", error);
  }
}

const PLAIN_FIX =
  "Ask whoever runs the platform for a wss address; lap warns when it joins such a one.";

/** A session by its id or URL, else one of an agent's that is ready. */
async function sessionOf(
  world: DoctorWorld,
  client: Client,
  target: string,
): Promise<Session | undefined> {
  const signal = lookSignal(world);
  const reference = reading(() => parseReference(target, client.base));
  if (reference) {
    try {
      return await new SessionFinder(client, signal).find(reference);
    } catch (error) {
      if (!(error instanceof UnknownSession)) throw error;
    }
  }
  try {
    const { id: agentId } = await resolveAgent(client, target, signal);
    const { sessions } = await listSessions(client, signal, { agentId });
    const ready = sessions.find(({ status }) => status === "ready");
    return ready && (await getSession(client, ready.id, signal));
  } catch (error) {
    if (!(error instanceof UnknownAgent)) throw error;
    throw new LapError(`there is no session and no agent '${target}'`, { hint: error.hint });
  }
}

/** A name with blanks is no id, and a link to another platform is nobody's name. */
function reading<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof LapError && /key was not sent/.test(error.hint ?? "")) throw error;
    return undefined;
  }
}
