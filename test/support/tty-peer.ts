import { waitFor } from "./wait.ts";

/** Where a client connects, and with what. */
export interface TtyAddress {
  url: string;
  headers?: Record<string, string>;
}

/** A bare client of the TTY protocol: types, resizes, and keeps what it was sent. */
export class TtyPeer {
  readonly socket: WebSocket;
  /** Every text frame, joined. */
  text = "";
  frames = 0;
  /** The code that the connection was closed with. */
  closed: number | undefined;

  private constructor(address: TtyAddress) {
    this.socket = new WebSocket(address.url, { headers: address.headers ?? {} });
    this.socket.addEventListener("message", ({ data }) => {
      this.frames += 1;
      this.text += typeof data === "string" ? data : "<binary frame>";
    });
    this.socket.addEventListener("close", ({ code }) => {
      this.closed = code;
    });
  }

  /** Connects; rejects with the reason when the upgrade is refused. */
  static async open(address: TtyAddress): Promise<TtyPeer> {
    const peer = new TtyPeer(address);
    await new Promise<void>((resolve, reject) => {
      peer.socket.addEventListener("open", () => resolve());
      peer.socket.addEventListener("error", (event) => {
        reject(new Error((event as ErrorEvent).message));
      });
    });
    return peer;
  }

  type(text: string): void {
    this.socket.send(Buffer.from(text));
  }

  resize(cols: number, rows: number): void {
    this.socket.send(JSON.stringify({ type: "resize", cols, rows }));
  }

  /** Waits for a text among what was sent after the last `forget`. */
  async shows(text: string | RegExp): Promise<void> {
    const seen = () => (typeof text === "string" ? this.text.includes(text) : text.test(this.text));
    await waitFor(seen, () => `${text} in ${JSON.stringify(this.text.slice(-500))}`);
  }

  forget(): void {
    this.text = "";
  }

  async ended(): Promise<number> {
    await waitFor(() => this.closed !== undefined, "the end of the connection");
    return this.closed ?? 0;
  }

  close(): void {
    this.socket.close();
  }
}
