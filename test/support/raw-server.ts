import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** A server that answers in bytes of a test's own, well-formed or not. */
export class RawServer implements AsyncDisposable {
  /** The heads of the requests. */
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(answer: (socket: Socket, head: string) => void) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => socket.destroy());
      let head = "";
      const onData = (bytes: Buffer) => {
        head += bytes.toString("latin1");
        if (!head.includes("\r\n\r\n")) return;
        this.requests.push(head);
        const asked = head;
        head = "";
        answer(socket, asked);
      };
      socket.on("data", onData);
    });
  }

  static async start(answer: (socket: Socket, head: string) => void): Promise<RawServer> {
    const server = new RawServer(answer);
    await new Promise<void>((done) => void server.#server.listen(0, "127.0.0.1", done));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Connections that are open. */
  get open(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }
}

/** Writes a chunk again and again, as fast as it is taken, for as long as anybody takes it. */
export function pour(socket: Socket, chunk: Buffer, onWritten: (bytes: number) => void): void {
  const next = () => {
    while (!socket.destroyed) {
      onWritten(chunk.length);
      if (!socket.write(chunk)) return void socket.once("drain", next);
    }
  };
  next();
}
