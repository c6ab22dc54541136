import { UsageError } from "../errors.ts";
import { isExempt } from "./noproxy.ts";
import { noteLogin } from "./secret.ts";
import { isLoopback } from "./url.ts";

type Env = Record<string, string | undefined>;

/** The lower case goes first, as with curl. */
const VARIABLES = {
  "http:": ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
  "https:": ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
} as const;
const EXEMPTIONS = ["no_proxy", "NO_PROXY"] as const;

/** What says which proxy to use. Bun's fetch reads some of these by itself, and WebSocket none. */
export const PROXY_VARIABLES: readonly string[] = [
  ...new Set([...VARIABLES["http:"], ...VARIABLES["https:"], ...EXEMPTIONS]),
];

/** A proxy to go through. */
export interface Proxy {
  /** May hold a user name and password: never printed. */
  url: string;
  /** Its host and port, which may be printed. */
  host: string;
  /** The environment's variable which names it. */
  variable: string;
}

/**
 * The proxy on the way to a URL, the same for REST and for WebSockets, whose schemes count as http and
 * https. Undefined: none. This machine is never reached through one.
 *
 * @throws UsageError for a proxy that lap cannot use.
 */
export function proxyFor(url: string, env: Env): Proxy | undefined {
  const { protocol, hostname, port } = new URL(url.replace(/^ws/i, "http"));
  const secure = protocol === "https:";
  const variable = VARIABLES[secure ? "https:" : "http:"].find((name) => env[name]);
  if (variable === undefined || isLoopback(hostname)) return undefined;
  const exempt = EXEMPTIONS.map((name) => env[name]).find(Boolean) ?? "";
  const target = { hostname, port: Number(port) || (secure ? 443 : 80) };
  return isExempt(target, exempt) ? undefined : parseProxy(variable, env[variable] ?? "", hostname);
}

/** Without a scheme it is http, as for curl. Its text is not repeated: it may hold a password. */
function parseProxy(variable: string, text: string, target: string): Proxy {
  const typed = text.trim();
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `http://${typed}`;
  // Bun sends no login at all where a % encodes nothing.
  const full = whole.replace(/%(?![\da-f]{2})/gi, "%25");
  const url = URL.canParse(full) ? new URL(full) : undefined;
  // Behind these may be the rest of a password: then what is before them is not the host.
  if (!url || url.search || url.hash || url.pathname.length > 1) {
    throw new UsageError(`${variable} is not the URL of a proxy`, `${PROXY_EXAMPLE} ${ENCODED}`);
  }
  noteLogin(url);
  const { protocol, host, href } = url;
  if (protocol !== "http:" && protocol !== "https:") {
    throw new UsageError(
      `${variable} names a proxy that speaks ${protocol.slice(0, -1)}; lap goes through http and https ones`,
      `${PROXY_EXAMPLE} NO_PROXY=${target} goes without.`,
    );
  }
  return { url: href, host, variable };
}

const ENCODED = "In its password # ? / @ are written %23 %3F %2F %40.";
const PROXY_EXAMPLE = "Example: export HTTPS_PROXY=http://proxy.acme.dev:3128.";
