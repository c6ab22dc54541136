import { clean } from "./text.ts";

/** What lap says of an error that nobody threw on purpose. */
export function faultWords(error: unknown): string {
  return `internal error: ${clean(error instanceof Error ? error.message : String(error))}`;
}

/** Where an error was thrown, line by line. */
export function framesOf(error: unknown): string[] {
  // Not the stack's first lines: they hold the message again, with a server's words as they came.
  const frames = error instanceof Error ? error.stack?.match(/^\s+at .*$/gm) : undefined;
  return (frames ?? []).map((frame) => `    ${clean(frame)}`);
}
