import { explainFault, faultHint, isLasting } from "../net/fault.ts";
import { proxyHost, type Route } from "../net/route.ts";
import type { Endpoint } from "./endpoint.ts";
import { UpgradeError } from "./transport.ts";

const STRIPPED_HEADER =
  "A load balancer before the platform may have dropped the header that carries the token: --token-in-query, or `lap config set tokenInQuery true`, sends it in the URL instead, where access logs keep it.";
const WRONG_TOKEN =
  "If the token is wrong, ask your platform administrator to check the harness authentication token; LAP_TTY_TOKEN overrides it.";

/**
 * A restarted platform or sandbox answers these for a while (PROTOCOL 6.3), or whatever stands before it;
 * 429: many laps came at once. How long that asks to wait Bun's WebSocket does not tell.
 */
const PASSING = [429, 500, 502, 503, 504];

/** The words for an upgrade that was answered with this HTTP status. */
export function refusal({ url, tokenInQuery }: Endpoint, status: number): UpgradeError {
  const { host } = new URL(url);
  const refused = (message: string, hint: string) =>
    new UpgradeError(`[ws closed] ${message} (${status})`, hint, {
      status,
      passing: PASSING.includes(status),
    });
  if (status >= 300 && status < 400) {
    return refused(
      `${host} redirects the terminal elsewhere`,
      "The token is not sent along. A login page may stand before the sandbox; check LAP_TTY_FALLBACK and `lap config`.",
    );
  }
  switch (status) {
    case 401:
      return refused(
        "the sandbox refused the terminal token",
        tokenInQuery ? WRONG_TOKEN : `${STRIPPED_HEADER}\n${WRONG_TOKEN}`,
      );
    case 403:
      return refused(
        `${host} forbids the terminal connection`,
        "A proxy or firewall rule stands before the sandbox; ask your platform administrator.",
      );
    case 404:
      return refused(
        `there is no terminal at ${host}`,
        "The platform's address may have changed, or its terminal proxy is off; check `lap config`, then ask your platform administrator.",
      );
    case 503:
      return refused(
        "the session is gone or not ready yet",
        "Try again in a moment, or open a fresh one with `lap <agent> --new`.",
      );
    default:
      return refused(
        `${host} did not open the terminal`,
        "Check LAP_TTY_FALLBACK and `lap config`, or ask your platform administrator.",
      );
  }
}

/**
 * The words for an upgrade that got no answer.
 *
 * @param fault as Bun's WebSocket tells it.
 * @param route on which it was met.
 */
export function unreachable({ url }: Endpoint, fault: unknown, route: Route): UpgradeError {
  const why = explainFault(fault, proxyHost(route));
  return new UpgradeError(
    `[ws closed] the sandbox at ${new URL(url).host} cannot be reached: ${why}`,
    faultHint(fault, route) ??
      "Check your network or VPN. If the sandbox is inside a cluster, LAP_TTY_FALLBACK names a way in.",
    { passing: !isLasting(fault) },
  );
}
