import { BEL, ESC, readToken } from "./decode.ts";

const BACKSLASH = 0x5c;

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
    if (token.type === "partial") {
      if (at < bytes.length - 1) break;
      kept.push(bytes.subarray(at));
      names.push("escape");
      break;
    }
    if (token.type === "string") {
      at = stringEnd(bytes, token.end);
      continue;
    }
    if (token.type === "key") {
      kept.push(bytes.subarray(at, token.end));
      names.push(token.key.name);
    }
    at = token.end;
  }
  return { keys: Buffer.concat(kept), names };
}

/** Where what follows the string begins that `from` lies in; it may not end here. */
function stringEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === BEL) return at + 1;
    if (bytes[at] === ESC && bytes[at + 1] === BACKSLASH) return at + 2;
  }
  return bytes.length;
}
