import { Readable, type Writable } from "node:stream";
import { Interrupted, LapError } from "../errors.ts";

/** Where questions are asked: answered on stdin, shown on stderr, since stdout is data. */
export interface PromptStreams {
  stdin: Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };
  stderr: Writable & { isTTY?: boolean };
  signal: AbortSignal;
  /** Stops lap, and resolves when it goes on. */
  suspend(): Promise<void>;
}

/** Whether somebody is there to answer. clack never comes back from a stdin at its end. */
export function canPrompt({ stdin, stderr }: PromptStreams): boolean {
  return Boolean(stdin.isTTY && stderr.isTTY);
}

/** One line of text; Enter alone takes `initial`. */
export async function askText(
  streams: PromptStreams,
  message: string,
  options: { initial?: string | undefined; validate: (text: string) => string | undefined },
): Promise<string> {
  const { text } = await import("@clack/prompts");
  const { initial, validate } = options;
  return answered<string>(streams, (io) =>
    text({
      message,
      ...io,
      ...(initial ? { placeholder: initial, defaultValue: initial } : {}),
      validate: (typed) => validate(typed || (initial ?? "")),
    }),
  );
}

/** One line that is not shown. */
export async function askSecret(streams: PromptStreams, message: string): Promise<string> {
  const { password } = await import("@clack/prompts");
  const validate = (typed: string | undefined) => (typed ? undefined : "Type or paste it here.");
  return answered<string>(streams, (io) => password({ message, mask: "•", ...io, validate }));
}

export interface Choice<T> {
  value: T;
  label: string;
  hint?: string;
}

/** One of many: arrow keys, or typing to filter. */
export async function askOne<T>(
  streams: PromptStreams,
  message: string,
  choices: Choice<T>[],
): Promise<T> {
  const { autocomplete, select } = await import("@clack/prompts");
  const FEW = 5;
  // clack's types tell primitive values from others; an index is a primitive whatever T is.
  const options = choices.map(({ label, hint }, value) => ({
    value,
    label,
    ...(hint ? { hint } : {}),
  }));
  const picked = await answered<number>(streams, (io) =>
    choices.length <= FEW
      ? select({ message, options, ...io })
      : autocomplete({
          message,
          options,
          maxItems: 12,
          placeholder: "type to filter",
          ...io,
        }),
  );
  const choice = choices[picked];
  if (!choice) throw new LapError("nothing was chosen");
  return choice.value;
}

interface PromptInput {
  input: Readable;
  output: Writable;
  signal: AbortSignal;
  withGuide: false;
}

const CTRL_Z = 0x1a;
const CR = 0x0d;
const LF = 0x0a;

/**
 * The answer of a prompt. Ctrl-Z, which is a key like any other in raw mode, stops lap, and the
 * question is asked anew when it goes on, as ssh asks for its password.
 *
 * @throws Interrupted where the terminal is gone, the signal's reason, and Ctrl-C's.
 */
async function answered<T extends string | number>(
  streams: PromptStreams,
  ask: (io: PromptInput) => Promise<T | symbol>,
): Promise<T> {
  for (;;) {
    const answer = await askOnce(streams, ask);
    if (answer !== SUSPENDED) return answer;
    await streams.suspend();
    streams.signal.throwIfAborted();
  }
}

const SUSPENDED = Symbol("suspended");

/**
 * Asks through a stream of its own: what clack and node's readline do with a stdin that has hung up
 * (raw mode fails, which is thrown where nobody catches it) leaves a process behind that never ends.
 * Their Ctrl-Z leaves one that hears no key any more after `fg`. What is typed ahead of the next
 * question, or of the sandbox, they would drop: it stays in stdin.
 */
async function askOnce<T extends string | number>(
  { stdin, stderr, signal }: PromptStreams,
  ask: (io: PromptInput) => Promise<T | symbol>,
): Promise<T | typeof SUSPENDED> {
  const hangup = new AbortController();
  const hangUp = () => hangup.abort(new Interrupted("SIGHUP"));
  const suspension = new AbortController();
  const ended = AbortSignal.any([signal, hangup.signal]);
  let isAsking = true;
  const setRawMode = (raw: boolean) => {
    isAsking = raw;
    if (!hangup.signal.aborted) stdin.setRawMode?.(raw);
  };
  const input = Object.assign(new Readable({ read() {} }), { isTTY: true, setRawMode });
  const onData = (bytes: Buffer) => {
    if (bytes.includes(CTRL_Z)) return suspension.abort();
    let rest = bytes;
    while (isAsking && rest.length > 0) {
      const [line, behind] = splitLine(rest);
      rest = behind;
      // Not `push`, which may pass it on later: here it is answered whether the line was the last one.
      input.emit("data", line);
    }
    if (rest.length === 0) return;
    stdin.pause();
    stdin.unshift(rest);
  };
  for (const event of ENDS) stdin.on(event, hangUp);
  stdin.on("data", onData).resume();
  try {
    const until = AbortSignal.any([ended, suspension.signal]);
    const answer = await ask({ input, output: stderr, signal: until, withGuide: false });
    if (typeof answer !== "symbol") return answer;
    ended.throwIfAborted();
    if (suspension.signal.aborted) return SUSPENDED;
    throw new Interrupted("SIGINT");
  } finally {
    stdin.off("data", onData).pause();
    if (hangup.signal.aborted) stdin.destroy();
    for (const event of ENDS) stdin.off(event, hangUp);
  }
}

const ENDS = ["end", "close", "error"] as const;

/** The first line with its Enter, which was an LF where it was typed before the question. */
function splitLine(bytes: Buffer): [line: Buffer, behind: Buffer] {
  const end = bytes.findIndex((byte) => byte === CR || byte === LF);
  if (end < 0) return [bytes, Buffer.alloc(0)];
  const isPair = bytes[end] === CR && bytes[end + 1] === LF;
  const line = Buffer.concat([bytes.subarray(0, end), Buffer.of(CR)]);
  return [line, bytes.subarray(end + (isPair ? 2 : 1))];
}
