import type { ConsolaInstance } from "consola/core";
import { homedir, hostname } from "node:os";
import { connectSocket } from "./attach/socket.ts";
import type { Connect } from "./attach/transport.ts";
import type { Clock } from "./clock.ts";
import type { Keychain } from "./config/keychain.ts";
import type { Machine } from "./config/presence.ts";
import { END_SIGNALS, EXIT, Interrupted } from "./errors.ts";
import { PROXY_VARIABLES } from "./net/proxy.ts";
import { StdoutTerminal } from "./term/beside.ts";
import { isIgnored } from "./term/ignored.ts";
import { LocalTerminal } from "./term/local.ts";
import { taken } from "./term/stalled.ts";
import { type Input, type Output, standardInput, standardOutputs } from "./term/standard.ts";
import { allWritten } from "./term/stream.ts";
import { suspend } from "./term/suspend.ts";
import type { OutputTerminal, Terminal } from "./term/terminal.ts";
import type { Trace } from "./trace.ts";
import { faultWords, framesOf } from "./ui/fault.ts";
import { createLog, type Paint, painter } from "./ui/log.ts";

export type Env = Record<string, string | undefined>;
export type { Input, Output };

/** The world, as a parameter: tests pass their own. */
export interface Context {
  readonly env: Env;
  /** What starts this lap again: its binary alone, or Bun and the source that it runs. */
  readonly program: readonly [string, ...string[]];
  /** The folder that holds `.lap`. */
  readonly home: string;
  /** The profile that `--profile` names. */
  readonly profile?: string | undefined;
  readonly keychain: Keychain;
  /** The file that `--ca-cert` names. */
  readonly caCert?: string | undefined;
  /** Where `--debug-file` wants the run noted. */
  readonly trace?: Trace | undefined;
  readonly stdin: Input;
  /** Data. */
  readonly stdout: Output;
  /** Talk. */
  readonly stderr: Output;
  /** Words to the person, on stderr. */
  readonly log: ConsolaInstance;
  /** Colours for stdout. */
  readonly paint: Paint;
  readonly clock: Clock;
  readonly machine: Machine;
  /** Aborted with an `Interrupted` by the first of `END_SIGNALS`, or with a fault that nobody caught. */
  readonly signal: AbortSignal;
  /** Aborted by the signal after that one, or a fault: for what is asked and tidied up when interrupted. */
  readonly again: AbortSignal;
  /** Aborted with the first fault that nobody caught, also where a signal came before it. */
  readonly fault: AbortSignal;
  readonly connect: Connect;
  /** Stops lap, as Ctrl-Z does elsewhere. Resolves when it goes on. */
  suspend(): Promise<void>;
  /** The terminal on stdin and stdout, or undefined where either is something else. */
  openTerminal(): Terminal | undefined;
  /** The terminal on stdout, whatever stdin is, or undefined where it is something else. */
  openOutput(): OutputTerminal | undefined;
}

/** What Bun ends a process at. */
const FAULTS = ["uncaughtException", "unhandledRejection"] as const;

/** Where a compiled binary has its source. */
const COMPILED = "/$bunfs/";

/** What leaving may take: the terminal is given back, and the platform told. */
const LEAVING_MS = 2_000;
/** The same behind a fault, on which it may hang: a terminal that does not read takes the most. */
const LEAVING_WITH_FAULT_MS = 5_000;
/** What saying the last words may take, for whoever asks again after that. */
const LAST_WORDS_MS = 250;

/** This process's own world. */
export function processContext(): Context {
  const stdin = standardInput();
  const { stdout, stderr } = standardOutputs();
  // Meant for another Bun than lap's own, and read by every program made with it that lap starts.
  for (const name of Object.keys(process.env)) {
    if (name.startsWith("BUN_")) delete process.env[name];
  }
  const env = { ...process.env };
  // Bun's fetch would decide by these once more, by rules of its own: NO_PROXY over an explicit proxy.
  for (const name of PROXY_VARIABLES) delete process.env[name];
  const interrupt = new AbortController();
  const again = new AbortController();
  const fault = new AbortController();
  let interruptedAt = 0;
  for (const signal of END_SIGNALS) {
    if (isIgnored(signal)) continue;
    process.on(signal, () => {
      if (!interrupt.signal.aborted) {
        interruptedAt = performance.now();
        interrupt.abort(new Interrupted(signal));
        return;
      }
      const insisted = new Interrupted(signal);
      again.abort(insisted);
      // Whoever asks again after that does not want to wait for what lap still does.
      if (performance.now() - interruptedAt > LEAVING_MS) {
        setTimeout(() => process.exit(insisted.exitCode), LAST_WORDS_MS);
      }
    });
  }
  catchFaults([fault, interrupt, again], (faults) => {
    setTimeout(() => process.exit(EXIT.failure), LAST_WORDS_MS);
    const lines = faults.flatMap((each) => [
      `lap: ${faultWords(each)}`,
      ...(env.LAP_DEBUG === "1" ? framesOf(each) : []),
    ]);
    // The terminal may be raw.
    const end = stderr.isTTY ? "\r\n" : "\n";
    stderr.offer?.(lines.map((line) => line + end).join(""));
  });
  return {
    env,
    program: Bun.main.startsWith(COMPILED) ? [process.execPath] : [process.execPath, Bun.main],
    home: env.HOME || homedir(),
    keychain: systemKeychain,
    stdin,
    stdout,
    stderr,
    log: createLog(stderr, painter(stderr, env)),
    paint: painter(stdout, env),
    clock: systemClock,
    machine: { host: hostname(), pid: process.pid, isRunning },
    signal: interrupt.signal,
    again: again.signal,
    fault: fault.signal,
    connect: connectSocket,
    suspend,
    openTerminal: () =>
      stdin.isTTY && stdout.isTTY ? new LocalTerminal(interrupt.signal) : undefined,
    openOutput: () =>
      stdout.isTTY ? new StdoutTerminal(Boolean(stdin.isTTY), interrupt.signal) : undefined,
  };
}

/**
 * A fault that nobody caught ends lap as a signal does: whoever has the terminal gives it back, and `run` tells
 * of it. One that comes behind it, and the same where that takes too long, is to end lap at once. Left to Bun it
 * would not: as long as a module is awaited, which `cli.ts` always is, Bun says where and goes on.
 *
 * @param ends are aborted with the first.
 * @param giveUp is called once, with what was not caught.
 */
function catchFaults(ends: readonly AbortController[], giveUp: (faults: unknown[]) => void): void {
  const faults: unknown[] = [];
  let over = false;
  const endAtOnce = () => {
    if (over) return;
    over = true;
    giveUp(faults);
  };
  const end = (fault: unknown) => {
    faults.push(fault);
    if (faults.length > 1) return endAtOnce();
    setTimeout(endAtOnce, LEAVING_WITH_FAULT_MS).unref();
    for (const each of ends) each.abort(fault);
  };
  for (const name of FAULTS) process.on(name, end);
}

/** Waits until all that was said is taken, but once interrupted for a while only. Returns whether it is. */
export function isAllTaken({ stdout, stderr, signal }: Context): Promise<boolean> {
  const written = allWritten(stdout).then(() => allWritten(stderr));
  return taken(written, signal);
}

/** What the keychain was asked and has not answered. */
let unanswered = 0;

/** Whether the keychain still has a question, which keeps a process from ending by itself. */
export function isKeychainSilent(): boolean {
  return unanswered > 0;
}

async function counted<T>(answer: Promise<T>): Promise<T> {
  unanswered++;
  try {
    return await answer;
  } finally {
    unanswered--;
  }
}

/** Looked up when it is asked for, which few runs do. */
const systemKeychain: Keychain = {
  get: (entry) => counted(Bun.secrets.get(entry)),
  set: (entry) => counted(Bun.secrets.set(entry)),
  delete: (entry) => counted(Bun.secrets.delete(entry)),
};

/** A process of somebody else's (EPERM) is no lap of this person: the number was given away again. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const systemClock: Clock = {
  date: () => Date.now(),
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, ms);
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
