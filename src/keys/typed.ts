import { readToken } from "./decode.ts";

/** What of the terminal's input a person typed. */
export interface TypedKeys {
  keys: Uint8Array;
  /** The keys' names, in order. */
  names: string[];
}

/**
 * Input without what the terminal says by itself: mouse, focus, answers to questions, key releases. A
 * sequence that is cut at the end goes too, but for a lone Escape.
 */
export function typedKeys(bytes: Uint8Array): TypedKeys {
  const kept: Uint8Array[] = [];
  const names: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const token = readToken(bytes, at);
    if (token.type === "partial" || token.type === "string") {
      if (at < bytes.length - 1) break;
      kept.push(bytes.subarray(at));
      names.push("escape");
      break;
    }
    if (token.type === "key") {
      kept.push(bytes.subarray(at, token.end));
      names.push(token.key.name);
    }
    at = token.end;
  }
  return { keys: Buffer.concat(kept), names };
}
