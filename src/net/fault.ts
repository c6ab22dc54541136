import type { Route } from "./route.ts";

/**
 * Why a host was not reached, in words, from the errors of Bun's fetch and WebSocket (seen with Bun
 * 1.4.4; the code when there is one, else what the message says).
 *
 * @param proxy host and port of the proxy that it was to be reached through.
 */
export function explainFault(error: unknown, proxy?: string): string {
  const { code } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  const cause = causeOf(error);
  const told = cause?.words ?? (code ? `${code}` : "the connection failed");
  const words = isAtProxy(error) ? told.replace(/^its/, "the proxy's") : told;
  if (proxy === undefined) return words;
  // Whoever goes through a proxy connects to nothing else, and looks up no other name.
  return cause?.connecting
    ? `the proxy ${proxy} cannot be reached: ${words}`
    : `${words} (through the proxy ${proxy})`;
}

/**
 * What to do about a fault, where it is clear.
 *
 * @param route on which it was met.
 */
export function faultHint(error: unknown, route: Route = {}): string | undefined {
  const cause = causeOf(error);
  if (route.proxyVariable && cause?.connecting) return proxyHint(route.proxyVariable);
  return cause?.hint === PROXY_LOGIN_HINT ? proxyLoginHint(route) : cause?.hint;
}

/** A fault that was met at the proxy itself, not at the host behind it. */
export interface FaultAtProxy {
  code: string;
  atProxy: true;
  cause: unknown;
}

function isAtProxy(error: unknown): boolean {
  return (error as Partial<FaultAtProxy> | null | undefined)?.atProxy === true;
}

/** What to do about a proxy that is not reached. */
export function proxyHint(variable: string): string {
  return `Check ${variable}, which names the proxy, and your network or VPN; NO_PROXY=HOST goes without it.`;
}

/** What to do about a proxy that answers 407. */
export function proxyLoginHint({ proxy, proxyVariable }: Route): string {
  if (!proxy || !new URL(proxy).username) return PROXY_LOGIN_HINT;
  return `It refused the user name or password in ${proxyVariable}; in them # ? / @ are written %23 %3F %2F %40.`;
}

/** Whether a fault is of a kind that another try meets again: a wrong name, or TLS. */
export function isLasting(error: unknown): boolean {
  return causeOf(error)?.lasting ?? false;
}

/** True where nothing can have been sent: there was no connection to send it over. */
export function neverConnected(error: unknown): boolean {
  const cause = causeOf(error);
  return Boolean(cause?.lasting || cause?.connecting || cause?.untunnelled);
}

const PROXY_LOGIN_HINT =
  "Put them into the proxy's URL, as in HTTPS_PROXY=http://user:password@host:port; lap does not print them.";

/** What to do about a host that asks for a client's certificate. */
export const CLIENT_CERTIFICATE_HINT =
  "LAP_CLIENT_CERT and LAP_CLIENT_KEY, or `clientCert` and `clientKey` in the config file, name the files of a client certificate that it takes.";

interface Cause {
  codes: RegExp;
  words: string;
  lasting?: true;
  /** Nobody was connected to. */
  connecting?: true;
  /** A proxy was, and nobody behind it. */
  untunnelled?: true;
  hint?: string;
}

function causeOf(error: unknown): Cause | undefined {
  const { code, message = "", name } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  const told = [name === "TimeoutError" ? "ETIMEDOUT" : "", String(code ?? ""), message];
  return CAUSES.find(({ codes }) => told.some((text) => codes.test(text)));
}

const CAUSES: Cause[] = [
  {
    codes: /proxy.*\b407\b/i,
    words: "the proxy asks for a user name and password (407)",
    lasting: true,
    hint: PROXY_LOGIN_HINT,
  },
  {
    codes: /proxy.*\b403\b/i,
    words: "the proxy does not allow it (403)",
    lasting: true,
    hint: "Ask whoever runs the proxy to allow this host, or name the host in NO_PROXY to go without.",
  },
  {
    codes: /proxy (?:refused|connection failed)/i,
    words: "the proxy did not get there",
    untunnelled: true,
  },
  { codes: /ECONNREFUSED/, words: "connection refused", connecting: true },
  // Whom to ask for the host did not answer: so it is until a network that wakes up is there again.
  { codes: /EAI_AGAIN/, words: "no such host", connecting: true },
  { codes: /ENOTFOUND|EAI_|DNS/, words: "no such host", lasting: true, connecting: true },
  { codes: /ETIMEDOUT|timed? ?out/i, words: "no answer in time" },
  { codes: /EHOSTUNREACH|ENETUNREACH|ENETDOWN/, words: "no route to the host" },
  {
    codes: /CERT_HAS_EXPIRED/,
    words: "its TLS certificate has expired",
    lasting: true,
    hint: "Whoever runs the host has to renew it, unless this machine's clock is wrong: see `date`.",
  },
  {
    codes: /CERT_NOT_YET_VALID/,
    words: "its TLS certificate is not valid yet",
    lasting: true,
    hint: "As a rule this machine's clock is behind: see `date`.",
  },
  {
    codes: /ALTNAME|HOSTNAME_MISMATCH/,
    words: "its TLS certificate is for another name",
    lasting: true,
    hint: "Use the name that the certificate is for, and check that nobody else answers at this one.",
  },
  {
    codes: /SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|CERT_UNTRUSTED|ISSUER/,
    words: "its TLS certificate comes from an unknown issuer",
    lasting: true,
    hint: "If that is your company's own, or its proxy's that looks into TLS, name its certificate: --ca-cert FILE, or LAP_CA_CERT.",
  },
  {
    codes: /CERTIFICATE_REQUIRED|BAD_CERTIFICATE|HANDSHAKE_FAILURE/,
    words: "it did not take this client's TLS certificate, or asks for one",
    lasting: true,
    hint: CLIENT_CERTIFICATE_HINT,
  },
  {
    // No more than likely: it may have been something else that closed it.
    codes: /CERTIFICATE_IN_DOUBT/,
    words:
      "the connection was closed without an answer, as by a host that does not take this client's TLS certificate",
    hint: CLIENT_CERTIFICATE_HINT,
  },
  {
    codes: /EPROTO|TLS|SSL/,
    words: "the TLS handshake failed (is it http, not https?)",
    lasting: true,
    hint: "Does this port speak TLS? Check the URL with `lap config`.",
  },
  {
    codes: /Malformed_HTTP|headers ?too ?large/i,
    words: "its answer is no HTTP, or has headers without end",
  },
  {
    codes: /ECONNRESET|EPIPE|Connection ended/,
    words: "the connection was closed without an answer",
  },
];
