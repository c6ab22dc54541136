import type { Endpoint } from "../attach/endpoint.ts";
import type { Session } from "../api/sessions.ts";
import { LapError } from "../errors.ts";
import { isBearer } from "../net/bearer.ts";
import { Secret } from "../net/secret.ts";

type Env = Record<string, string | undefined>;

/** A terminal for which this machine has no address, or no token. */
export class NoEndpoint extends LapError {
  /** The reason in a word or two, for a list. */
  readonly brief: string;

  constructor(brief: string, message: string, hint: string) {
    super(message, { hint });
    this.brief = brief;
  }
}

/**
 * Where to connect (PROTOCOL 6.1): `tty_url` (absolute, or a path on the platform), else `/tty` on
 * `sandbox_url`, with or without a scheme; LAP_TTY_FALLBACK where that is a name which only the
 * cluster knows. LAP_TTY_TOKEN overrides the session's token.
 *
 * @throws NoEndpoint where there is no place or no token.
 */
export function ttyEndpoint(session: Session, base: string, env: Env): Endpoint {
  const url = ttyUrl(session, base, env);
  const token = env.LAP_TTY_TOKEN ? new Secret(env.LAP_TTY_TOKEN) : session.ttyToken;
  if (!token) {
    throw new NoEndpoint(
      "no token",
      "the platform gave no terminal token for this session",
      "The harness authentication token is not configured on the platform; ask its administrator, or set LAP_TTY_TOKEN.",
    );
  }
  if (!isBearer(token.reveal())) {
    throw new NoEndpoint(
      "bad token",
      "the terminal token holds spaces, line breaks or characters outside ASCII",
      "Check LAP_TTY_TOKEN, or ask the platform's administrator.",
    );
  }
  return { url, token };
}

function ttyUrl(session: Session, base: string, env: Env): string {
  const named = session.ttyUrl
    ? absolute(session.ttyUrl, base)
    : session.sandboxUrl && below(session.sandboxUrl);
  if (named && isReachable(named, base)) return socketUrl(named);
  if (env.LAP_TTY_FALLBACK) {
    const fallback = parse(withScheme(env.LAP_TTY_FALLBACK));
    if (!fallback) {
      throw new NoEndpoint(
        "bad fallback",
        "LAP_TTY_FALLBACK is not a WebSocket URL",
        "Example: export LAP_TTY_FALLBACK=ws://host:port/tty",
      );
    }
    return socketUrl(fallback);
  }
  if (named) {
    throw new NoEndpoint(
      "in-cluster",
      "session is in-cluster — no LAP_TTY_FALLBACK set",
      "Export LAP_TTY_FALLBACK=ws://host:port/tty (your platform operator knows it), or contact your platform administrator.",
    );
  }
  throw new NoEndpoint(
    "no address",
    "the platform does not say where this session's terminal is",
    "Try `lap <agent> --new`, or export LAP_TTY_FALLBACK=ws://host:port/tty.",
  );
}

/** A path is joined to the base with its prefix, which the platform itself does not know of. */
function absolute(ttyUrl: string, base: string): URL | undefined {
  if (!ttyUrl.startsWith("/")) return parse(withScheme(ttyUrl));
  if (ttyUrl.startsWith("//")) return parse(new URL(base).protocol + ttyUrl);
  const prefix = new URL(base).pathname.replace(/\/+$/, "");
  const root = prefix && ttyUrl.startsWith(`${prefix}/`) ? new URL(base).origin : base;
  return parse(root + ttyUrl);
}

function below(sandboxUrl: string): URL | undefined {
  const url = parse(withScheme(sandboxUrl));
  if (url) url.pathname = `${url.pathname.replace(/\/+$/, "")}/tty`;
  return url;
}

function withScheme(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `ws://${url}`;
}

/** What servers and proxies take of a URL at most. */
const LONGEST_URL_CHARS = 8_192;

function parse(url: string): URL | undefined {
  const parsed = url.length <= LONGEST_URL_CHARS && URL.canParse(url) ? new URL(url) : undefined;
  return parsed && /^(?:https?|wss?):$/.test(parsed.protocol) ? parsed : undefined;
}

function socketUrl(url: URL): string {
  const socket = new URL(url.href.replace(/^http/, "ws"));
  socket.username = "";
  socket.password = "";
  socket.hash = "";
  return socket.href;
}

/** A platform that is itself called by its cluster's name is called from inside. */
function isReachable({ hostname }: URL, base: string): boolean {
  return !isInCluster(hostname) || isInCluster(new URL(base).hostname);
}

/** `<service>.<namespace>.svc`, with or without the cluster's domain. */
function isInCluster(hostname: string): boolean {
  return /\.svc(?:\.cluster\.local)?\.?$/i.test(hostname);
}
