import { hideSecrets } from "../net/secret.ts";
import { UNSAFE } from "./text.ts";

/**
 * A value as indented JSON and a line's end: exact but for keys and tokens, which are hidden, and
 * harmless where a terminal shows it.
 */
export function renderJson(value: unknown): string {
  return `${harmless(JSON.stringify(value, hiding, 2))}\n`;
}

/** The same on one line, for a stream of values. */
export function renderJsonLine(value: unknown): string {
  return `${harmless(JSON.stringify(value, hiding))}\n`;
}

function hiding(_name: string, value: unknown): unknown {
  if (typeof value === "string") return hideSecrets(value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [hideSecrets(name), held]));
}

function harmless(json: string): string {
  // What JSON.stringify leaves as it is; its own line breaks stay.
  return json.replace(UNSAFE, (char) =>
    char === "\n" ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
