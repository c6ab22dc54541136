import { LapError, UsageError } from "../errors.ts";

/** Whether a host name (as `URL.hostname` gives it) is this machine. */
export function isLoopback(hostname: string): boolean {
  const host = unmapped(hostname.toLowerCase().replace(/\.$/, ""));
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(host)
  );
}

/** An IPv4 address that is written as IPv6 (`[::ffff:a00:1]`), as IPv4; any other host as it is. */
export function unmapped(hostname: string): string {
  const [, ...words] = /^\[::ffff:([\da-f]{1,4}):([\da-f]{1,4})\]$/i.exec(hostname) ?? [];
  if (words.length === 0) return hostname;
  return words
    .map((word) => Number.parseInt(word, 16))
    .flatMap((word) => [word >> 8, word & 0xff])
    .join(".");
}

// The web app's own pages; a URL copied from the address bar ends in one of these (or below it).
const PAGE_PATH =
  /\/(?:agents|sessions?|settings|skills|login|dashboard|chat|automations|integrations|memory|vault|api|ui)(?:\/.*)?$/;

/**
 * A platform's base URL from what a person typed or pasted: without a scheme it gets https (http on
 * loopback); query, fragment, trailing slashes and the path of a page of the web app are cut. A
 * path prefix that an ingress adds stays.
 *
 * @throws UsageError where it cannot be a platform's address.
 */
export function normalizeBase(typed: string): string {
  const text = typed.trim();
  if (text === "")
    throw new UsageError("the platform URL is empty", "Example: https://lap.acme.dev");
  // A slash lost in typing leaves the scheme; a host alone may have a port behind its colon.
  const hasScheme = /^(?:https?:|[a-z][a-z0-9+.-]*:\/\/)/i.test(text);
  let url: URL;
  try {
    url = new URL(hasScheme ? text : `https://${text}`);
  } catch {
    throw new UsageError(`'${text}' is not a URL`, "Example: https://lap.acme.dev");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new UsageError(
      `a platform is reached over http or https, not '${url.protocol}'`,
      "Example: https://lap.acme.dev",
    );
  }
  if (url.username || url.password) {
    throw new UsageError(
      "the platform URL holds a user name or password",
      "Leave them out; the master key is asked for by itself.",
    );
  }
  if (!hasScheme && isLoopback(url.hostname)) url.protocol = "http:";
  const path = url.pathname.replace(PAGE_PATH, "").replace(/\/+$/, "");
  return `${url.protocol}//${url.host}${path}`;
}

/** A part of a URL in bytes, which need be no UTF-8. */
export function decoded(part: string): Buffer {
  const byte = (_: string, hex: string) => String.fromCharCode(Number.parseInt(hex, 16));
  return Buffer.from(part.replace(/%([\da-f]{2})/gi, byte), "latin1");
}

/** Of a URL what may be shown and kept: a login, a query or a fragment may hold a secret. */
export function shownUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** True where `base` sends the key in clear text over a network. */
export function isPlainRemote(base: string): boolean {
  const url = new URL(base);
  return url.protocol === "http:" && !isLoopback(url.hostname);
}

/** The session a person means by an id, or by the URL of one of the platform's pages. */
export interface SessionReference {
  id: string;
  /** Scheme, host and port of the URL, where a URL was given. */
  origin?: string;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/** Whether the whole text is a UUID. */
export function isUuid(text: string): boolean {
  return text.length === 36 && UUID.test(text);
}

/**
 * Reads `lap attach`'s argument. In a URL the id is the path segment behind `session` or `sessions`,
 * else the last UUID anywhere in it.
 *
 * @throws UsageError where a URL names no session.
 */
export function parseSessionReference(text: string): SessionReference {
  const given = text.trim();
  if (!/^(?:https?|wss?):\/\//i.test(given)) {
    if (given === "" || /[\s/?#]/.test(given)) {
      throw new UsageError(`'${given}' is not a session id or URL`, ATTACH_EXAMPLE);
    }
    return { id: given };
  }
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw new UsageError(`'${given}' is not a URL`, ATTACH_EXAMPLE);
  }
  const segments = url.pathname.split("/").filter(Boolean).map(decodeSegment);
  const behind = segments.findLastIndex((segment) => /^sessions?$/i.test(segment));
  const uuids = `${url.pathname}${url.search}${url.hash}`.match(new RegExp(UUID, "gi"));
  const id = (behind >= 0 ? segments[behind + 1] : undefined) ?? uuids?.at(-1);
  if (!id) throw new UsageError("the URL names no session", ATTACH_EXAMPLE);
  const scheme = url.protocol.replace(/^ws/, "http");
  return { id, origin: `${scheme}//${url.host}` };
}

const ATTACH_EXAMPLE =
  "Example: lap attach 6f9619ff-8b86-4d01-b42d-00cf4fc964ff, or the URL of the session's page.";

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new LapError(`the URL's path is not well-formed: '${segment}'`);
  }
}
