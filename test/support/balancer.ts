import { connect } from "node:net";
import { RawServer } from "./raw-server.ts";

/** Another request on the same connection would not be looked at. */
const CLOSE = "\r\nConnection: close\r\n";

/**
 * A load balancer which drops the Authorization header of upgrades, and keeps an access log.
 *
 * @param port of the platform behind it, on this machine.
 */
export async function strippingBalancer(
  port: number,
): Promise<AsyncDisposable & { url: string; log: string[] }> {
  const log: string[] = [];
  const server = await RawServer.start((client, head) => {
    log.push(head.split("\r\n")[0] ?? "");
    const isUpgrade = /^upgrade: websocket\r$/im.test(head);
    const forwarded = head
      .replace(/^host:.*\r$/im, `Host: 127.0.0.1:${port}\r`)
      .replace(isUpgrade ? /^authorization:.*\r\n/im : /^connection:.*\r\n/im, "")
      .replace("\r\n", isUpgrade ? "\r\n" : CLOSE);
    client.removeAllListeners("data");
    const platform = connect(port, "127.0.0.1", () => platform.write(forwarded, "latin1"));
    platform.on("error", () => client.destroy());
    client.on("close", () => platform.destroy());
    client.pipe(platform);
    platform.once("data", (bytes: Buffer) => {
      const start = bytes.toString("latin1");
      client.write(isUpgrade ? start : start.replace("\r\n", CLOSE), "latin1");
      platform.pipe(client);
    });
  });
  return { url: server.url, log, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
