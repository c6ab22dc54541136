import { readToken } from "./decode.ts";

/**
 * What was typed, without what the terminal says by itself: mouse, focus, answers to questions, key
 * releases. A sequence that is cut at the end goes too, but for a lone Escape.
 */
export function withoutReports(bytes: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const token = readToken(bytes, at);
    if (token.type === "partial" || token.type === "string") {
      if (at === bytes.length - 1) kept.push(bytes.subarray(at));
      break;
    }
    if (token.type === "key" || token.type === "paste") kept.push(bytes.subarray(at, token.end));
    at = token.end;
  }
  return kept.length === 1 ? (kept[0] as Uint8Array) : Buffer.concat(kept);
}
