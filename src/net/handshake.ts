import { connect as connectTcp, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type PeerCertificate } from "node:tls";
import type { Route } from "./route.ts";
import type { Tls } from "./trust.ts";
import { decoded } from "./url.ts";

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
 * The certificate of an https URL's host. Nothing is sent to it but the handshake; an https proxy on the
 * way is sent its login, so that it has to be trusted.
 *
 * @throws what the connection meets, and the signal's reason.
 */
export async function readCertificate(
  url: string,
  { proxy, tls = {} }: Route,
  signal: AbortSignal,
): Promise<Certificate> {
  const { host, port } = addressOf(url);
  return untilAborted(signal, async (open) => {
    const socket = proxy && (await openTunnel(proxy, { host, port }, { ca: tls.ca }, open));
    const secure = await shakeHands({ host, port, ...(socket ? { socket } : {}) }, BLIND, open);
    return certificateOf(secure.getPeerCertificate());
  });
}

/**
 * Shakes hands with an https URL's host, which is to be one that is trusted.
 *
 * @throws what the connection meets, and the signal's reason.
 */
export async function checkCertificate(url: string, tls: Tls, signal: AbortSignal): Promise<void> {
  await untilAborted(signal, (open) => shakeHands(addressOf(url), tls, open));
}

/** Whose certificate is only looked at. */
const BLIND: ConnectionOptions = { rejectUnauthorized: false };

interface Address {
  host: string;
  port: number;
}

function addressOf(url: string): Address {
  const { hostname, port, protocol } = new URL(url);
  const fallback = protocol === "http:" ? 80 : 443;
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || fallback };
}

/** Work with sockets, which are closed at its end; `open` is told of each. */
async function untilAborted<T>(
  signal: AbortSignal,
  work: (open: (socket: Socket) => void) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const sockets: Socket[] = [];
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work((socket) => sockets.push(socket)), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    for (const socket of sockets) socket.destroy();
  }
}

function shakeHands(
  target: Address & { socket?: Socket },
  tls: ConnectionOptions,
  open: (socket: Socket) => void,
): Promise<ReturnType<typeof connectTls>> {
  const { host } = target;
  return new Promise((resolve, reject) => {
    // An address is no name to ask for.
    const name = isIP(host) ? {} : { servername: host };
    const socket = connectTls({ ...target, ...name, ...tls }, () => resolve(socket));
    open(socket);
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("Connection ended")));
  });
}

function connectPlain(target: Address, open: (socket: Socket) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(target, () => resolve(socket));
    open(socket);
    socket.on("error", reject);
  });
}

/** What servers and proxies allow themselves of headers. */
const LONGEST_HEAD = 16 * 1024;

async function openTunnel(
  proxy: string,
  { host, port }: Address,
  trust: ConnectionOptions,
  open: (socket: Socket) => void,
): Promise<Socket> {
  const { protocol, username, password } = new URL(proxy);
  const address = addressOf(proxy);
  const socket = await (protocol === "https:"
    ? shakeHands(address, trust, open)
    : connectPlain(address, open));
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const login = decoded(`${username}:${password}`);
  const auth = username ? `Proxy-Authorization: Basic ${login.toString("base64")}\r\n` : "";
  const ready = new Promise<void>((resolve, reject) => {
    let head = "";
    const onData = (bytes: Buffer) => {
      head += bytes.toString("latin1");
      if (head.length > LONGEST_HEAD) socket.destroy(new Error("headers too large"));
      if (!head.includes("\r\n\r\n")) return;
      socket.off("data", onData);
      if (/^HTTP\/1\.\d 2/.test(head)) resolve();
      else reject(new Error(`Proxy refused to open a tunnel: ${head.slice(9, 40)}`));
    };
    socket.on("data", onData);
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("Connection ended")));
  });
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${auth}\r\n`);
  await ready;
  return socket;
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
