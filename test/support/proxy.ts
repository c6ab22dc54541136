import { connect, createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { createServer as createSecureServer } from "node:tls";

export interface ProxyOptions {
  /** `name:password`, without which it answers 407. */
  login?: string;
  /** What it answers instead of letting anybody through. */
  refusal?: string;
  /** It is spoken to over TLS, with this. */
  tls?: { cert: string; key: string };
}

/**
 * An HTTP proxy: tunnels by CONNECT, and forwards what is asked for by whole URLs. Every host is this
 * machine, so that a test sees who it was that looked the name up.
 */
export class TestProxy implements AsyncDisposable {
  /** The first line of each request. */
  readonly requests: string[] = [];
  readonly #options: ProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: ProxyOptions) {
    this.#options = options;
    const serve = (client: Socket) => this.#serve(this.#keep(client));
    this.#server = options.tls ? createSecureServer(options.tls, serve) : createServer(serve);
  }

  static async start(options: ProxyOptions = {}): Promise<TestProxy> {
    const proxy = new TestProxy(options);
    await new Promise<void>((done) => void proxy.#server.listen(0, "127.0.0.1", done));
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http${this.#options.tls ? "s" : ""}://${this.host}`;
  }

  #serve(client: Socket): void {
    let head = "";
    const onData = (bytes: Buffer) => {
      head += bytes.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      client.off("data", onData);
      this.#answer(client, head);
    };
    client.on("data", onData);
  }

  #answer(client: Socket, head: string): void {
    const [line = ""] = head.split("\r\n");
    this.requests.push(line);
    const [, login = ""] = /^proxy-authorization: Basic (.*)$/im.exec(head) ?? [];
    if (this.#options.login && Buffer.from(login, "base64").toString() !== this.#options.login) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    if (this.#options.refusal) {
      client.end(`HTTP/1.1 ${this.#options.refusal}\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const [method, target = ""] = line.split(" ");
    const tunnel = method === "CONNECT";
    const { port, origin } = new URL(tunnel ? `http://${target}` : target);
    const server = this.#keep(connect(Number(port), "127.0.0.1"));
    server.on("connect", () => {
      if (tunnel) client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      else server.write(head.replace(origin, ""), "latin1");
      client.pipe(server).pipe(client);
    });
    server.on("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"));
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }
}
