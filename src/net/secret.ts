import { inspect } from "node:util";
import { decoded } from "./url.ts";

const MASK = "•••";
/** Shorter ones stand in ordinary words, which would be torn apart. */
const SHORTEST_HIDDEN = 6;
/** A header that a server sends back, whoever's: the token in it is a secret, though lap may not know it. */
const BEARER = /(\bBearer\s+)[\w.~+/=-]{6,}/gi;
/** In every form that they are met in. */
const known = new Set<string>();
/** The same, the longest first, as one may be the start of another; undefined until it is needed. */
let ordered: readonly string[] | undefined;

/**
 * A key or token. It prints as `•••` however it is turned into text; only whoever sends it asks for
 * what it is.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    noteSecret(value);
  }

  /** For the wire, and for the file or keychain that keeps it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.toPrimitive](): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}

/** Makes a secret known that has to stay a part of another text, as a password in a URL does. */
export function noteSecret(value: string): void {
  if (value.length < SHORTEST_HIDDEN) return;
  // A server's may hold half a character, which no URL does.
  known.add(value).add(encodeURIComponent(value.toWellFormed()));
  ordered = undefined;
}

/** Makes the login in a URL known, as it stands there, as it is, and as a header of HTTP carries it. */
export function noteLogin({ username, password }: Pick<URL, "username" | "password">): void {
  if (!password) return;
  noteSecret(password);
  noteSecret(decoded(password).toString());
  noteSecret(decoded(`${username}:${password}`).toString("base64"));
}

/** What one run met is nothing to the next: there its secrets may be ordinary words. */
export function forgetSecrets(): void {
  known.clear();
  ordered = undefined;
}

/** A text without any secret that lap has met, or that shows as one, as a server may send it back in its words. */
export function hideSecrets(text: string): string {
  let hidden = text;
  ordered ??= [...known].sort((a, b) => b.length - a.length);
  for (const form of ordered) hidden = hidden.replaceAll(form, MASK);
  return hidden.replace(BEARER, `$1${MASK}`);
}
