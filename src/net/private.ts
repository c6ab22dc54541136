import { isLoopback, unmapped } from "./url.ts";

/** Names that only a private network answers for: one label, or below a zone kept for that. */
const PRIVATE_NAME =
  /^[^.:[\]]+$|\.(?:local|internal|intranet|lan|home\.arpa|svc|cluster\.local)\.?$/i;

/**
 * Addresses that no public network carries: RFC 1918 and 3927, the shared range of RFC 6598 (VPNs such
 * as Tailscale's use it), unique local and link-local IPv6. As `URL.hostname` writes them.
 */
const PRIVATE_ADDRESS =
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)[\d.]+$|^\[f[cd][\da-f]{2}:|^\[fe[89ab][\da-f]:/i;

/** Whether what goes to a WebSocket's address can be read by a network which is not one's own. */
export function isPlainPublic(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  const host = unmapped(hostname);
  return (
    protocol === "ws:" &&
    !isLoopback(host) &&
    !PRIVATE_ADDRESS.test(host) &&
    !PRIVATE_NAME.test(host)
  );
}
