import { connect } from "node:net";
import { explainFault } from "./fault.ts";

/**
 * Why nothing can be sent to a URL's host and port from here, in words; undefined where they take a
 * connection. It is closed again without a byte: whoever listens sees no request, and no secret.
 *
 * @param signal bounds it; its reason becomes words as well.
 */
export function probe(url: string, signal: AbortSignal): Promise<string | undefined> {
  const { hostname, port, protocol } = new URL(url);
  const secure = protocol === "wss:" || protocol === "https:";
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port) || (secure ? 443 : 80),
    });
    const settle = (fault: string | undefined) => {
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      resolve(fault);
    };
    const onAbort = () => settle(explainFault(signal.reason));
    socket.on("connect", () => settle(undefined));
    socket.on("error", (error) => settle(explainFault(error)));
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  });
}
