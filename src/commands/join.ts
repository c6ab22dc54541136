import type { Client } from "../api/client.ts";
import { deleteSession, type Session } from "../api/sessions.ts";
import { pipe } from "../attach/pipe.ts";
import { type AttachEnd, attach } from "../attach/session.ts";
import { forgetSession, rememberSession } from "../config/sessions.ts";
import type { Context } from "../context.ts";
import { EXIT, Interrupted, UsageError } from "../errors.ts";
import { ttyEndpoint } from "../launch/endpoint.ts";
import type { Terminal } from "../term/terminal.ts";
import { clean } from "../ui/text.ts";
import { isCommand } from "./index.ts";
import type { OwnKeys } from "./keys.ts";

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
      "Run it in a terminal, without a pipe or redirection.",
    );
  }
  return terminal;
}

export interface JoinOptions {
  client: Client;
  /** Undefined: stdin and stdout are joined as they are. */
  terminal: Terminal | undefined;
  session: Session;
  agent: { id: string; name: string | null } | undefined;
  keys: OwnKeys;
  readOnly?: boolean;
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
  const endpoint = await beforeJoining(terminal, async () =>
    ttyEndpoint(session, client.base, context.env),
  );
  const agentId = agent?.id ?? session.agentId;
  const remember = () => {
    if (!agentId) return;
    const agentName = agent?.name ?? null;
    rememberSession(home, client.base, {
      id: session.id,
      agentId,
      agentName,
      leftAt: clock.date(),
    });
  };
  // Before attaching, not after: a lap that is killed should be returned to as well.
  if (!readOnly) remember();
  try {
    const { connect, signal, stdin, stdout } = context;
    const common = { endpoint, connect, clock, signal };
    const end = await (terminal
      ? attach({
          ...common,
          terminal,
          ...keys,
          readOnly,
          sessionId: session.id,
          stopSession: (stopping) =>
            deleteSession(client, session.id, stopping).then(
              () => undefined,
              (error: unknown) => clean(error instanceof Error ? error.message : String(error)),
            ),
        })
      : pipe({ ...common, stdin, stdout }));
    if (end.kind === "stopped") forgetSession(home, client.base, session.id);
    return sayEnd(context, end, returnCommand(options), session.id);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted(
      error.signal,
      `detached by ${error.signal}`,
      livesOn(returnCommand(options)),
    );
  }
}

function sayEnd({ log }: Context, end: AttachEnd, command: string, id: string): number {
  switch (end.kind) {
    case "detached":
      log.log(`detached — ${livesOn(command)}`);
      return EXIT.ok;
    case "stopped":
      log.success(`session ${clean(id)} is stopped`);
      return EXIT.ok;
    case "exited":
      log.log("[ws closed] the program in the sandbox ended.");
      log.log(`  \`${command}\` starts it afresh.`);
      return EXIT.ok;
    case "hangup":
      return EXIT.failure;
    case "closed": {
      const reason = clean(end.reason);
      log.error(`[ws closed] the connection was lost (${end.code}${reason && `: ${reason}`})`);
      log.log(
        end.quiet
          ? "  Nothing came over it: the sandbox may have been reaped, or the terminal token is wrong. Check `lap config`, then open a fresh one with `lap <agent> --new`."
          : `  \`${command}\` returns to it, if it is still alive.`,
      );
      return EXIT.lost;
    }
  }
}

function livesOn(command: string): string {
  return `the session lives on. Return to it with: ${command}`;
}

/**
 * What brings a person back: the agent's name where that can be typed and leads to it, else its id;
 * the session's id where the agent is not known.
 */
function returnCommand({ agent, session }: JoinOptions): string {
  if (!agent) return `lap attach ${shellWord(clean(session.id))}`;
  const { name, id } = agent;
  const word = name && clean(name) === name ? name : clean(id);
  const open = word.startsWith("-") ? "lap open --" : isCommand(word) ? "lap open" : "lap";
  return `${open} ${shellWord(word)}`;
}

/** A word as a POSIX shell takes it for one. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
