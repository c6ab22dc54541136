import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type PeerCertificate } from "node:tls";

/** A server's certificate, trusted or not. */
export interface Certificate {
  subject: string;
  issuer: string;
  /** The names that it is for, as text. */
  names: string;
  /** Milliseconds since the epoch. */
  validFrom: number;
  validTo: number;
}

/**
 * The certificate of an https URL's host. Nothing is sent to it but the handshake.
 *
 * @param proxy a URL to tunnel through.
 * @throws what the connection meets, and the signal's reason.
 */
export async function readCertificate(
  url: string,
  proxy: string | undefined,
  signal: AbortSignal,
): Promise<Certificate> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const target = { host, port: Number(port) || 443 };
  const { promise, resolve, reject } = Promise.withResolvers<Certificate>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  let socket: Socket | undefined;
  try {
    signal.throwIfAborted();
    const tunnel = proxy ? openTunnel(proxy, target) : undefined;
    socket = tunnel?.socket;
    await Promise.race([tunnel?.ready, promise.then(() => undefined)]);
    // An address is no name to ask for.
    const options = { ...(isIP(host) ? {} : { servername: host }), rejectUnauthorized: false };
    const secure = connectTls(socket ? { socket, ...options } : { ...target, ...options }, () =>
      resolve(certificateOf(secure.getPeerCertificate())),
    );
    socket ??= secure;
    secure.on("error", reject);
    secure.on("close", () => reject(new Error("Connection ended")));
    return await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
    socket?.destroy();
  }
}

function openTunnel(
  proxy: string,
  { host, port }: { host: string; port: number },
): { socket: Socket; ready: Promise<void> } {
  const { hostname, port: proxyPort, username, password } = new URL(proxy);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const auth = username ? `Proxy-Authorization: Basic ${btoa(login)}\r\n` : "";
  const socket = connectTcp({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(proxyPort) || 80,
  });
  socket.on("connect", () =>
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${auth}\r\n`),
  );
  let head = "";
  const onData = (bytes: Buffer) => {
    head += bytes.toString("latin1");
    if (!head.includes("\r\n\r\n")) return;
    socket.off("data", onData);
    if (/^HTTP\/1\.\d 2/.test(head)) resolve();
    else reject(new Error(`Proxy refused to open a tunnel: ${head.slice(9, 40)}`));
  };
  socket.on("data", onData);
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("Connection ended")));
  return { socket, ready: promise };
}

function certificateOf(peer: PeerCertificate): Certificate {
  const name = (entity: { CN?: unknown; O?: unknown } | undefined) =>
    String(entity?.CN ?? entity?.O ?? "nobody");
  return {
    subject: name(peer.subject),
    issuer: name(peer.issuer),
    names: (peer.subjectaltname ?? "").replaceAll(/DNS:|IP Address:/g, ""),
    validFrom: Date.parse(peer.valid_from),
    validTo: Date.parse(peer.valid_to),
  };
}
