import { hideSecrets } from "../net/secret.ts";
import { parseBounded } from "./json.ts";

/** The server's own words in an error body: a string, an array of issues, an object, or none (PROTOCOL 1.2). */
export function errorWords(body: string): string {
  let value: unknown;
  try {
    value = parseBounded(body);
  } catch {
    return CLIENT_CERTIFICATE_WORDS.exec(body)?.[0] ?? "";
  }
  // Before it is cut: of a secret no part is to stay either.
  const words = hideSecrets(wordsOf(value, 0));
  return words.length > MOST_CHARS ? `${words.slice(0, MOST_CHARS)}…` : words;
}

/** What nginx says on its page where it asks for a client's certificate. */
export const CLIENT_CERTIFICATE_WORDS =
  /No required SSL certificate was sent|The SSL certificate error/;
const MOST_CHARS = 500;
const DEEPEST_WORDS = 4;

function wordsOf(value: unknown, depth: number): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || depth > DEEPEST_WORDS) return "";
  if (Array.isArray(value)) {
    const all = value.map((entry) => wordsOf(entry, depth + 1));
    return all.filter(Boolean).join("; ");
  }
  const { error, message, detail, path } = value as Record<string, unknown>;
  const words = wordsOf(error ?? message ?? detail, depth + 1);
  const where = Array.isArray(path) ? path.filter((key) => typeof key !== "object").join(".") : "";
  return where && words ? `${where}: ${words}` : words;
}
