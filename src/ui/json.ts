import { UNSAFE } from "./text.ts";

/** A value as indented JSON and a line's end: exact, and harmless where a terminal shows it. */
export function renderJson(value: unknown): string {
  return `${harmless(JSON.stringify(value, null, 2))}\n`;
}

/** The same on one line, for a stream of values. */
export function renderJsonLine(value: unknown): string {
  return `${harmless(JSON.stringify(value))}\n`;
}

function harmless(json: string): string {
  // What JSON.stringify leaves as it is; its own line breaks stay.
  return json.replace(UNSAFE, (char) =>
    char === "\n" ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
