import { EXIT, LapError } from "../errors.ts";
import { TooLarge, Unpackable } from "../net/body.ts";
import {
  CLIENT_CERTIFICATE_HINT,
  explainFault,
  faultHint,
  neverConnected,
  proxyLoginHint,
} from "../net/fault.ts";
import { mayPass } from "../net/retry.ts";
import { proxyHost, type Route } from "../net/route.ts";
import { CLIENT_CERTIFICATE_WORDS } from "./words.ts";

/** A platform that did not answer, or not with what its API answers. */
export class PlatformUnreachable extends LapError {
  /** True where the request may have been carried out all the same, and only its answer was lost. */
  readonly sent: boolean;

  constructor(
    message: string,
    { sent = true, ...options }: { hint?: string; cause?: unknown; sent?: boolean } = {},
  ) {
    super(message, options);
    this.sent = sent;
  }
}

/** One that was not reached at all, or whose connection failed. */
class NetworkFault extends PlatformUnreachable {}

/** An answer of 400 or more. */
export class ApiError extends LapError {
  readonly status: number;
  /** The server's own words; none from most load balancers. */
  readonly words: string;
  /** True where the platform itself says that there is no such thing, not another server's 404. */
  readonly missing: boolean;

  /** @param asked on which way, and with what variable's key, if it is one's. */
  constructor(
    what: string,
    status: number,
    words: string,
    asked: { route?: Route; keyVariable?: string | undefined } = {},
  ) {
    super(`${what} failed: ${status}${words ? ` — ${words}` : ""}`, {
      hint: hintFor(status, words, asked),
      exitCode: status === 401 || status === 403 ? EXIT.refused : EXIT.failure,
    });
    this.status = status;
    this.words = words;
    this.missing = status === 404 && words !== "";
  }
}

function hintFor(
  status: number,
  words: string,
  { route = {}, keyVariable }: { route?: Route; keyVariable?: string | undefined },
): string | undefined {
  if (status === 400 && CLIENT_CERTIFICATE_WORDS.test(words)) return CLIENT_CERTIFICATE_HINT;
  if (status === 407) return `A proxy on the way asks for a login. ${proxyLoginHint(route)}`;
  if (!words && (status === 401 || status === 403)) return REFUSED_BEFORE;
  if (keyVariable && (status === 401 || status === 403)) {
    return `The platform does not take the key in ${keyVariable}: set another one, or unset it for what \`lap login\` saved.`;
  }
  if (HINTS[status]) return HINTS[status];
  if (status >= 500) return "The platform has a fault; try again in a moment.";
  return words ? undefined : CHECK_URL;
}

const HINTS: Record<number, string> = {
  401: "The master key is incorrect. Run `lap login` again.",
  403: "The platform refuses this key. Run `lap login` with another one, or ask its administrator.",
  429: "The platform asks for fewer requests; try again in a moment.",
};

/** The platform's own refusal has words. */
const REFUSED_BEFORE =
  "A firewall, proxy or login page may stand before the platform and refuse it; or the master key is incorrect: see `lap config` and `lap login`.";

const CHECK_URL =
  "Check the URL with `lap config`; a proxy or a login page may stand before the platform.";

/** A platform that was not reached, or not to the end of its answer. */
export function unreachable(base: string, cause: unknown, route: Route): PlatformUnreachable {
  return new NetworkFault(`cannot reach ${base}: ${explainFault(cause, proxyHost(route))}`, {
    hint: faultHint(cause, route) ?? "Check the URL with `lap config`, and your network or VPN.",
    cause,
    sent: !neverConnected(cause),
  });
}

/** An answer that leads elsewhere; `location` is the header of that name. */
export function redirected(
  base: string,
  status: number,
  location: string | null,
): PlatformUnreachable {
  return new PlatformUnreachable(`${base} redirects elsewhere (${status})`, {
    hint: redirectHint(base, location),
    sent: false,
  });
}

function redirectHint(base: string, location: string | null): string {
  const there = "The key is not sent along.";
  const target = location && URL.canParse(location, base) ? new URL(location, base) : undefined;
  if (!target || !/^https?:$/.test(target.protocol)) return there;
  return `${there} If the platform is at ${target.origin} now, run \`lap login\` with that URL.`;
}

/** An answer that began well, and could not be read to its end. */
export function unread(base: string, fault: unknown, route: Route): PlatformUnreachable {
  if (fault instanceof TooLarge) return unfit(base, fault.message);
  if (fault instanceof Unpackable) return unfit(base, "something that cannot be unpacked");
  return unreachable(base, fault, route);
}

/** An answer that is none of the API's. */
export function unfit(base: string, what: string): PlatformUnreachable {
  return new PlatformUnreachable(`${base} answered with ${what}`, { hint: CHECK_URL });
}

export function webPage(base: string): PlatformUnreachable {
  return unfit(base, "a web page, not with the platform's API");
}

/** Whether a read that failed so may end otherwise at another try. What is no answer of the API stays so. */
export function isRetried(error: unknown): boolean {
  if (error instanceof ApiError) return mayPass(error);
  return error instanceof NetworkFault && mayPass({ fault: error.cause });
}
