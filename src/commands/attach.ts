import type { Client } from "../api/client.ts";
import { getSession, hasEnded, listSessions, type Session } from "../api/sessions.ts";
import { rememberedSessions } from "../config/sessions.ts";
import type { Context } from "../context.ts";
import { Interrupted, LapError, UsageError } from "../errors.ts";
import { parseReference, type Reference, SessionFinder, shortIds } from "../launch/find.ts";
import { noTerminal, READY_TIMEOUT_MS, withSessionLeft } from "../launch/launch.ts";
import { lifetime, platformTime } from "../launch/lifetime.ts";
import { agentNames, ownerLabel } from "../launch/names.ts";
import { waitUntilReady } from "../launch/ready.ts";
import { startProgress } from "../ui/progress.ts";
import { askOne, canPrompt } from "../ui/prompt.ts";
import { clean, formatAge } from "../ui/text.ts";
import { command } from "./command.ts";
import { keepOrStop } from "./keep.ts";
import { beforeJoining, join, JOIN_ARGS, joinWishes, requireTerminal } from "./join.ts";
import { asking, memoryOf, requireClient } from "./platform.ts";

export default command({
  description: "Return to a session; also `lap --resume`",
  args: {
    session: {
      type: "positional",
      required: false,
      description:
        "Its id, the first characters of it, or the URL of its page; without one, the session left last",
    },
    "read-only": { type: "boolean", description: "Watch: send no input and no size" },
    ...JOIN_ARGS,
  },
  examples: [
    "lap attach  # the session you left last",
    "lap attach 6f9619ff",
    "lap attach https://lap.acme.dev/sessions/6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    "lap attach --read-only 6f9619ff  # look on",
  ],
  async run(args, context) {
    const wishes = joinWishes(args, context);
    const client = requireClient(context);
    const reference = args.session ? parseReference(args.session, client.base) : undefined;
    const terminal = requireTerminal(context);
    const readOnly = Boolean(args["read-only"]);
    let waited: Session | undefined;
    let session: Session;
    try {
      session = await beforeJoining(terminal, async () => {
        const found = await chosen(context, client, reference);
        if (found.status === "creating") waited = found;
        return readySession(context, client, found);
      });
    } catch (error) {
      // Who only looks on has no say in that.
      if (!waited || readOnly || !(error instanceof Interrupted)) throw error;
      throw await keepOrStop(context, client, waited, error);
    }
    return join(context, {
      client,
      terminal,
      session,
      agent: undefined,
      ...wishes,
      readOnly,
    });
  },
});

/** The session that is named, else the one left last, else one that the person picks. */
async function chosen(
  context: Context,
  client: Client,
  reference: Reference | undefined,
): Promise<Session> {
  if (reference) {
    const finder = new SessionFinder(client, context.signal);
    return asking(context, client, () => finder.find(reference));
  }
  return (await lastLeft(context, client)) ?? pickSession(context, client);
}

/** The session last left on the platform, while it is alive; with a word either way. */
async function lastLeft(context: Context, client: Client): Promise<Session | undefined> {
  const { home, log, signal } = context;
  const [last] = rememberedSessions(home, memoryOf(context, client));
  if (!last) return undefined;
  const session = await getSession(client, last.id, signal);
  const called = clean(last.agentName ? `${last.id} of ${last.agentName}` : last.id);
  if (session && !hasEnded(session)) {
    log.log(`returning to session ${called}`);
    return session;
  }
  const reason = session?.failureReason ? ` (${session.failureReason})` : "";
  log.log(`the session left last, ${called}, is ${clean((session?.status ?? "gone") + reason)}`);
  return undefined;
}

async function pickSession(context: Context, client: Client): Promise<Session> {
  if (!canPrompt(context)) {
    throw new UsageError(
      "no session is named",
      "Example: lap attach 6f9619ff. `lap sessions` lists them.",
    );
  }
  const { clock, signal } = context;
  const [{ sessions }, names] = await Promise.all([
    listSessions(client, signal),
    agentNames(client, signal),
  ]);
  const open = sessions.filter(
    ({ status, hasTerminal }) => status === "ready" && hasTerminal !== false,
  );
  if (open.length === 0) {
    throw new LapError(`there is no session to return to on ${client.base}`, {
      hint: "`lap <agent>` opens one; `lap sessions` lists those that are still being made.",
    });
  }
  const short = shortIds(sessions.map(({ id }) => id));
  const now = platformTime(sessions, clock.date());
  return askOne(
    context,
    "Return to which session?",
    open.map((session) => {
      const { idle } = lifetime(session, now);
      return {
        value: session,
        label: `${ownerLabel(session, names)}  ${clean(short.get(session.id) ?? session.id)}`,
        ...(idle === undefined ? {} : { hint: `idle for ${formatAge(idle)}` }),
      };
    }),
  );
}

async function readySession(context: Context, client: Client, session: Session): Promise<Session> {
  if (session.hasTerminal === false) {
    throw noTerminal(`session '${clean(session.id)}'`, "its agent");
  }
  const progress = startProgress(context.stderr, context.clock);
  try {
    return await waitUntilReady(client, session, {
      clock: context.clock,
      signal: context.signal,
      timeoutMs: READY_TIMEOUT_MS,
      onPhase: progress.update,
    });
  } catch (error) {
    throw withSessionLeft(error, session.id);
  } finally {
    progress.done();
  }
}
