import type { Client } from "../api/client.ts";
import { parseEscapeKey, parseKeySequence } from "../keys/chord.ts";
import { type AttachEnd, attach } from "../attach/session.ts";
import type { Connect } from "../attach/transport.ts";
import type { Clock } from "../clock.ts";
import { LapError } from "../errors.ts";
import { ttyEndpoint } from "../launch/endpoint.ts";
import { launch } from "../launch/launch.ts";
import { ScriptedTerminal } from "./scripted.ts";

export interface CheckOptions {
  client: Client;
  /** A POSIX shell, as an agent. */
  agent: string;
  connect: Connect;
  clock: Clock;
  signal: AbortSignal;
  /** Told after each step that worked. */
  onStep: (said: string) => void;
}

const STEP_TIMEOUT_MS = 10_000;

/**
 * The main job without a person: opens the agent, types, resizes, detaches, returns to the same
 * shell and ends it, over the code that `lap <agent>` runs.
 *
 * @throws LapError at the first step that does not work.
 */
export async function checkMainJob(options: CheckOptions): Promise<void> {
  const { onStep } = options;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(STEP_TIMEOUT_MS * 3)]);
  const first = await launchOnce({ ...options, signal }, []);
  onStep(`opened session ${first.session.id}`);

  const left = await visit({ ...options, signal }, first, async (terminal) => {
    // Quoted in what is typed, whole only in what is answered, so that an echo does not pass for it.
    terminal.type('echo "answer"-42\r');
    await terminal.shows("answer-42", STEP_TIMEOUT_MS);
    onStep("typed a command and read its output");
    terminal.resize({ columns: 91, rows: 33 });
    terminal.type("stty size\r");
    await terminal.shows("33 91", STEP_TIMEOUT_MS);
    onStep("the shell follows the size of the terminal");
    terminal.type('kept=same; kept="$kept"-shell\r\x04');
  });
  expectEnd(left, "detached");
  onStep("detached with Ctrl-D");

  const again = await launchOnce({ ...options, signal }, [first]);
  const ended = await visit({ ...options, signal }, again, async (terminal) => {
    terminal.type('echo "$kept"\r');
    await terminal.shows("same-shell", STEP_TIMEOUT_MS);
    onStep("returned to the same shell");
    terminal.type("exit\r");
  });
  expectEnd(ended, "exited");
  onStep("the shell's own end was noticed");
}

type Opened = Awaited<ReturnType<typeof launch>>;

function launchOnce({ client, agent, signal, clock }: CheckOptions, left: Opened[]) {
  return launch(client, {
    agent,
    remembered: left.map(({ session, agent: { id, name } }) => ({
      id: session.id,
      agentId: id,
      agentName: name,
    })),
    timeoutMs: STEP_TIMEOUT_MS,
    signal,
    clock,
    onPhase: () => {},
  });
}

async function visit(
  { client, connect, clock, signal }: CheckOptions,
  { session }: Opened,
  script: (terminal: ScriptedTerminal) => Promise<void>,
): Promise<AttachEnd> {
  const terminal = new ScriptedTerminal(clock);
  const broken = new AbortController();
  const attached = attach({
    endpoint: ttyEndpoint(session, client.base, {}),
    connect,
    locate: undefined,
    waiting: { update() {}, done() {} },
    warmth: { idleTimeoutMs: null, always: false, bump: async () => {} },
    terminal,
    clock,
    signal: AbortSignal.any([signal, broken.signal]),
    detachKeys: parseKeySequence("ctrl-d"),
    escapeKey: parseEscapeKey("ctrl-]"),
    readOnly: false,
    sessionId: session.id,
    stopSession: async () => undefined,
  });
  await terminal.opened(attached);
  script(terminal).catch((error: unknown) => broken.abort(error));
  return attached;
}

function expectEnd(end: AttachEnd, kind: AttachEnd["kind"]): void {
  if (end.kind !== kind) throw new LapError(`the session ended as '${end.kind}', not '${kind}'`);
}
