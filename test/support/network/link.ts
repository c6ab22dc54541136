import type { Socket } from "bun";
import type { Stage, Strike, Treatment, Way } from "./faults.ts";
import { Lane } from "./lane.ts";
import { ClientStages, UpgradeAnswer } from "./stages.ts";

export interface LinkOptions {
  /** The server's port on 127.0.0.1. */
  upstream: number;
  /** Milliseconds after which the client's first bytes count as sent. */
  establishedIn: number;
  treat(stage: Stage, way: Way): Treatment;
  /** Told of each request, upgrade and farewell. */
  onStage(stage: Stage): void;
  onStrike(fault: Strike): void;
  /** Both sides are closed. */
  onOver(): void;
}

type Side = "client" | "server";

/** One client's connection, and the one to the server that goes with it. */
export class Link {
  readonly #options: LinkOptions;
  readonly #client: Socket<Link>;
  #server: Socket<undefined> | undefined;
  readonly #toServer: Lane;
  readonly #toClient: Lane;
  readonly #requests: ClientStages;
  #answer: UpgradeAnswer | undefined;
  #stage: Stage = "other";
  readonly #establishedAt: number;
  /** Who has sent its end. */
  readonly #ended = new Set<Side>();
  #clientOpen = true;
  #serverOpen = false;
  /** Not true while the connection is still being made. */
  #serverOver = true;
  /** What comes is taken and thrown away, and no end is passed on. */
  #dropped = false;
  #destroyed = false;

  constructor(client: Socket<Link>, options: LinkOptions) {
    this.#client = client;
    this.#options = options;
    this.#establishedAt = performance.now() + options.establishedIn;
    this.#requests = new ClientStages(`127.0.0.1:${options.upstream}`);
    this.#toServer = new Lane({
      treat: (stage) => options.treat(stage, "to-server"),
      write: (bytes) => (this.#serverOpen ? (this.#server?.write(bytes) ?? 0) : 0),
      finish: () => this.#finish("server"),
      strike: options.onStrike,
      pause: () => client.pause(),
      resume: () => client.resume(),
    });
    this.#toClient = new Lane({
      treat: (stage) => options.treat(stage, "to-client"),
      write: (bytes) => (this.#clientOpen ? client.write(bytes) : 0),
      finish: () => this.#finish("client"),
      strike: options.onStrike,
      pause: () => void this.#server?.pause(),
      resume: () => void this.#server?.resume(),
    });
  }

  connect(): void {
    this.#serverOver = false;
    Bun.connect({
      hostname: "127.0.0.1",
      port: this.#options.upstream,
      allowHalfOpen: true,
      socket: {
        open: (server) => {
          this.#server = server;
          this.#serverOpen = true;
          if (this.#destroyed) server.terminate();
          else this.#toServer.pump();
        },
        data: (_server, bytes) => this.#fromServer(Buffer.from(bytes)),
        drain: () => this.#toServer.pump(),
        end: () => this.#serverEnded(),
        close: () => this.#serverClosed(),
        error: () => this.#serverClosed(),
      },
    }).catch(() => {
      this.#serverOver = true;
      this.destroy();
    });
  }

  fromClient(bytes: Uint8Array): void {
    if (this.#dropped) return;
    const at = Math.max(performance.now(), this.#establishedAt);
    for (const piece of this.#requests.feed(Buffer.from(bytes))) {
      if (piece.first) this.#enter(piece.stage);
      this.#toServer.push(piece, at);
    }
  }

  clientDrained(): void {
    this.#toClient.pump();
  }

  clientEnded(): void {
    if (this.#dropped) return;
    this.#ended.add("client");
    this.#toServer.end(performance.now());
  }

  clientClosed(): void {
    this.#clientOpen = false;
    this.#toClient.close();
    this.clientEnded();
    this.#over();
  }

  /** Both sides are closed, and nothing more goes on. */
  cut(): void {
    this.#toServer.close();
    this.#toClient.close();
    this.#client.end();
    this.#server?.end();
  }

  /** The client is told of an end; what it sent before it saw that still goes on. */
  leave(): void {
    this.end("to-client");
  }

  /** One direction ends behind what has come. */
  end(way: Way): void {
    const lane = way === "to-client" ? this.#toClient : this.#toServer;
    lane.end(performance.now());
  }

  drop(): void {
    this.#dropped = true;
    this.#toServer.close();
    this.#toClient.close();
  }

  /** Both sides are reset. */
  destroy(): void {
    this.#destroyed = true;
    this.#toServer.close();
    this.#toClient.close();
    this.#client.terminate();
    this.#server?.terminate();
  }

  pump(): void {
    this.#toServer.pump();
    this.#toClient.pump();
  }

  #fromServer(bytes: Buffer): void {
    if (this.#dropped) return;
    const pieces = this.#answer?.feed(bytes) ?? [{ stage: this.#stage, bytes }];
    for (const piece of pieces) {
      this.#toClient.push({ ...piece, stage: this.#stage }, performance.now());
      if (this.#answer?.open && this.#stage === "upgrade") this.#enter("attached");
    }
  }

  #serverEnded(): void {
    if (this.#dropped) return;
    this.#ended.add("server");
    this.#toClient.end(performance.now());
  }

  /** One side is told of the other's end. A socket closes by itself only if its own end comes later. */
  #finish(side: Side): void {
    const socket = side === "client" ? this.#client : this.#server;
    if (this.#ended.has(side)) socket?.end();
    else socket?.shutdown();
  }

  #serverClosed(): void {
    this.#serverOpen = false;
    this.#serverOver = true;
    this.#toServer.close();
    this.#serverEnded();
    this.#over();
  }

  #enter(stage: Stage): void {
    if (stage === "upgrade") this.#answer ??= new UpgradeAnswer();
    this.#stage = stage;
    this.#options.onStage(stage);
  }

  #over(): void {
    if (!this.#clientOpen && this.#serverOver) this.#options.onOver();
  }
}
