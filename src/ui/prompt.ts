import type { Readable, Writable } from "node:stream";
import { Interrupted, LapError } from "../errors.ts";

/** Where questions are asked: answered on stdin, shown on stderr, since stdout is data. */
export interface PromptStreams {
  stdin: Readable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
  signal: AbortSignal;
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
  return answered<string>(
    streams,
    await text({
      message,
      ...io(streams),
      ...(initial ? { placeholder: initial, defaultValue: initial } : {}),
      validate: (typed) => validate(typed || (initial ?? "")),
    }),
  );
}

/** One line that is not shown. */
export async function askSecret(streams: PromptStreams, message: string): Promise<string> {
  const { password } = await import("@clack/prompts");
  const validate = (typed: string | undefined) => (typed ? undefined : "Type or paste it here.");
  return answered<string>(
    streams,
    await password({ message, mask: "•", ...io(streams), validate }),
  );
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
  const picked = await (choices.length <= FEW
    ? select({ message, options, ...io(streams) })
    : autocomplete({
        message,
        options,
        maxItems: 12,
        placeholder: "type to filter",
        ...io(streams),
      }));
  const choice = choices[answered<number>(streams, picked)];
  if (!choice) throw new LapError("nothing was chosen");
  return choice.value;
}

function io({ stdin, stderr, signal }: PromptStreams) {
  return { input: stdin, output: stderr, signal, withGuide: false };
}

function answered<T extends string | number>(streams: PromptStreams, answer: T | symbol): T {
  if (typeof answer === "symbol") {
    streams.signal.throwIfAborted();
    throw new Interrupted("SIGINT");
  }
  return answer;
}
