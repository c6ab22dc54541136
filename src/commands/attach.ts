import { getSession, type Session } from "../api/sessions.ts";
import type { Client } from "../api/client.ts";
import type { Context } from "../context.ts";
import { LapError, UsageError } from "../errors.ts";
import { noTerminal, READY_TIMEOUT_MS, withSessionLeft } from "../launch/launch.ts";
import { waitUntilReady } from "../launch/ready.ts";
import { parseSessionReference } from "../net/url.ts";
import { startProgress } from "../ui/progress.ts";
import { clean } from "../ui/text.ts";
import { command } from "./command.ts";
import { beforeJoining, join, JOIN_ARGS, joinWishes, requireTerminal } from "./join.ts";
import { requireClient } from "./platform.ts";

export default command({
  description: "Return to a session by its id, or by the URL of its page; also `lap --resume`",
  args: {
    session: {
      type: "positional",
      required: true,
      description: "The session's id, or the URL of its page",
    },
    "read-only": { type: "boolean", description: "Watch: send no input and no size" },
    ...JOIN_ARGS,
  },
  examples: [
    "lap attach 6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    "lap attach https://lap.acme.dev/sessions/6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    "lap attach --read-only 6f9619ff-8b86-4d01-b42d-00cf4fc964ff  # look on",
  ],
  async run(args, context) {
    const { id, origin } = parseSessionReference(args.session);
    const wishes = joinWishes(args, context);
    const client = requireClient(context);
    // A link must not send the key anywhere but to the platform it was saved for.
    if (origin && origin !== new URL(client.base).origin) {
      throw new UsageError(
        `the session is on ${origin}, but you are logged in to ${client.base}`,
        "The key was not sent. Run `lap login` for that platform first, if you trust the link.",
      );
    }
    const terminal = requireTerminal(context);
    const session = await beforeJoining(terminal, () => readySession(context, client, id));
    return join(context, {
      client,
      terminal,
      session,
      agent: undefined,
      ...wishes,
      readOnly: Boolean(args["read-only"]),
    });
  },
});

async function readySession(context: Context, client: Client, id: string): Promise<Session> {
  const session = await getSession(client, id, context.signal);
  if (!session) {
    throw new LapError(`there is no session '${clean(id)}' on ${client.base}`, {
      hint: "It may have been deleted. `lap <agent>` opens a new one.",
    });
  }
  if (session.hasTerminal === false) {
    throw noTerminal(`session '${clean(id)}'`, "its agent");
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
    throw withSessionLeft(error, id);
  } finally {
    progress.done();
  }
}
