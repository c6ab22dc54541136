import { UNSAFE } from "./text.ts";

/** A value as indented JSON and a line's end: exact, and harmless where a terminal shows it. */
export function renderJson(value: unknown): string {
  // What JSON.stringify leaves as it is; its own line breaks stay.
  const escape = (char: string) =>
    char === "\n" ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${JSON.stringify(value, null, 2).replace(UNSAFE, escape)}\n`;
}
