import type { Tty, TtyClient, TtyLink } from "../../src/demo/tty.ts";

/** A sandbox's terminal with an ear on its connection: what came over it, frame by frame. */
export class Wire implements Tty {
  readonly frames: Buffer[] = [];
  readonly sizes: { cols: number; rows: number }[] = [];
  /** Bytes sent to the client, which may have left them unread. */
  sent = 0;
  readonly #tty: Tty;

  constructor(tty: Tty) {
    this.#tty = tty;
  }

  /** Everything typed, as one. */
  get typed(): Buffer {
    return Buffer.concat(this.frames);
  }

  forget(): void {
    this.frames.length = 0;
  }

  attach(client: TtyClient): TtyLink {
    const link = this.#tty.attach({
      send: (text) => {
        this.sent += Buffer.byteLength(text);
        client.send(text);
      },
      close: (code, reason) => client.close(code, reason),
      buffered: () => client.buffered(),
    });
    return {
      keys: (bytes) => {
        this.frames.push(Buffer.from(bytes));
        link.keys(bytes);
      },
      resize: (cols, rows) => {
        this.sizes.push({ cols, rows });
        link.resize(cols, rows);
      },
      drained: () => link.drained(),
      closed: () => link.closed(),
    };
  }

  stop(): Promise<void> {
    return this.#tty.stop();
  }
}
