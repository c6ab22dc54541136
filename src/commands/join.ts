import type { Client } from "../api/client.ts";
import { deleteSession, type Session, touchSession } from "../api/sessions.ts";
import { pipe } from "../attach/pipe.ts";
import { attach, type AttachEnd } from "../attach/session.ts";
import { forgetSession } from "../config/sessions.ts";
import type { Context } from "../context.ts";
import { Interrupted, UsageError } from "../errors.ts";
import { isPlainPublic } from "../net/private.ts";
import { ttyEndpoint } from "../launch/endpoint.ts";
import { withSessionLeft } from "../launch/launch.ts";
import { locator } from "../launch/locate.ts";
import type { Terminal } from "../term/terminal.ts";
import { startProgress } from "../ui/progress.ts";
import { clean } from "../ui/text.ts";
import { type AgentName, livesOn, returnCommand, sayEnd } from "./ending.ts";
import { KEY_ARGS, type OwnKeys, ownKeys } from "./keys.ts";
import { remember } from "./memory.ts";
import { connectorOf, wantsTokenInQuery } from "./network.ts";
import { noting, notingLocate } from "./noting.ts";
import { joinOthers } from "./others.ts";
import { memoryOf, waitingFor } from "./platform.ts";
import { plainWords, tellingPlain } from "./plain.ts";
import { platformEnv } from "./saved.ts";

/** Neither a terminal to join, nor the wish to do without. */
export class NoTerminal extends UsageError {}

/**
 * The person's terminal, before anything is created.
 *
 * @throws NoTerminal where there is none.
 */
export function requireTerminal(context: Context): Terminal {
  const terminal = context.openTerminal();
  if (!terminal) {
    throw new NoTerminal(
      "lap needs a terminal: stdin or stdout is something else",
      "Run it in a terminal; for a pipe or redirection, `lap <agent> --no-tty` does without one.",
    );
  }
  return terminal;
}

/** How long a line stands before the sandbox's screen covers it. */
const READING_MS = 1_500;

export interface JoinOptions {
  client: Client;
  /** Undefined: stdin and stdout are joined as they are. */
  terminal: Terminal | undefined;
  session: Session;
  agent: AgentName | undefined;
  keys: OwnKeys;
  /** Come back when the connection is lost. */
  reconnect: boolean;
  /** Keep the session from being ended though nobody uses it. */
  keepAlive: boolean;
  /** Send the terminal's token in the URL. */
  tokenInQuery: boolean;
  readOnly?: boolean;
}

/** The flags of those commands that join a session. */
export const JOIN_ARGS = {
  ...KEY_ARGS,
  reconnect: {
    type: "boolean",
    default: true,
    negativeDescription: "End when the connection is lost, instead of coming back",
  },
  "keep-alive": {
    type: "boolean",
    description: "Keep the session alive while attached, though nothing comes or goes",
  },
  "token-in-query": {
    type: "boolean",
    description: "Send the terminal's token in the URL, where access logs keep it",
  },
} as const;

export type JoinWishes = Pick<JoinOptions, "keys" | "reconnect" | "keepAlive" | "tokenInQuery">;

/**
 * What the flags and the config ask of a join.
 *
 * @throws UsageError for what cannot be: before anything is created.
 */
export function joinWishes(
  args: Parameters<typeof ownKeys>[0] & {
    reconnect?: boolean;
    "keep-alive"?: boolean | undefined;
    "token-in-query"?: boolean | undefined;
  },
  context: Context,
): JoinWishes {
  return {
    keys: ownKeys(args, context),
    reconnect: args.reconnect ?? true,
    keepAlive: args["keep-alive"] ?? false,
    tokenInQuery: args["token-in-query"] || wantsTokenInQuery(context),
  };
}

/**
 * What comes before joining: keys typed meanwhile are kept for the sandbox, and the terminal is given
 * back where this fails.
 */
export async function beforeJoining<T>(
  terminal: Terminal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  terminal?.hush();
  try {
    return await work();
  } catch (error) {
    await terminal?.close();
    throw error;
  }
}

/**
 * Joins a ready session, and says afterwards how it ended and what to do next.
 *
 * @returns the exit code.
 */
export async function join(context: Context, options: JoinOptions): Promise<number> {
  const { client, session, terminal, keys, agent, readOnly = false } = options;
  const { home, clock } = context;
  const env = platformEnv(context);
  const output = terminal ? undefined : context.openOutput();
  const memory = memoryOf(context, client);
  const endpoint = await beforeJoining(terminal, async () => {
    try {
      return ttyEndpoint(session, client.base, env);
    } catch (error) {
      throw withSessionLeft(error, session.id);
    }
  });
  const isExposed = isPlainPublic(endpoint.url);
  if (isExposed) context.log.warn(plainWords(endpoint.url));
  const progress = startProgress(context.stderr, clock, waitingFor(endpoint.url));
  let joined = false;
  let end: AttachEnd;
  const waiting = {
    update: noting(context, progress.update),
    done() {
      joined = true;
      progress.done();
    },
  };
  const command = returnCommand(session, agent, context.profile);
  // Before attaching, not after: a lap that is killed should be returned to as well.
  if (!readOnly) remember(context, client, session, agent);
  const presence = { base: client.base, session: session.id, readOnly };
  using present = joinOthers(context, presence, terminal !== undefined);
  try {
    // The sandbox's screen would cover it at once, and the token be gone.
    if (present.told || (isExposed && terminal)) {
      await beforeJoining(terminal, () => clock.sleep(READING_MS, context.signal));
    }
    const { signal, stdin, stdout } = context;
    const connect = connectorOf(context, options);
    const warmth = {
      idleTimeoutMs: session.idleTimeoutMs,
      always: options.keepAlive,
      bump: (until: AbortSignal) => touchSession(client, session.id, until),
    };
    const locate = options.reconnect
      ? notingLocate(context, tellingPlain(locator(client, session.id, env), endpoint.url))
      : undefined;
    const common = { endpoint, connect, locate, clock, signal, warmth, waiting };
    end = await (terminal
      ? attach({
          ...common,
          terminal,
          ...keys,
          readOnly,
          sessionId: clean(session.id),
          stopSession: (stopping) =>
            deleteSession(client, session.id, stopping).then(
              () => undefined,
              (error: unknown) => clean(error instanceof Error ? error.message : String(error)),
            ),
        })
      : pipe({ ...common, stdin, stdout, terminal: output }));
  } catch (error) {
    if (!(error instanceof Interrupted)) throw withSessionLeft(error, session.id);
    // Words to a terminal that does not read would hold up lap's end.
    if (((terminal ?? output)?.pending ?? 0) > 0) throw new Interrupted(error.signal);
    const how = joined ? `detached by ${error.signal}` : "stopped waiting";
    throw new Interrupted(error.signal, how, livesOn(command));
  } finally {
    progress.done();
  }
  context.trace?.note("left", { kind: end.kind });
  if (end.kind === "stopped") forgetSession(home, memory, session.id);
  return sayEnd(context.log, end, command, session.id);
}
