import type { Socket, TCPSocketListener } from "bun";
import { type Fault, isStrike, type Stage, type Strike, treatment } from "./network/faults.ts";
import { Link } from "./network/link.ts";

/** Not of those that the system gives away: while nobody listens, the port must stay free. */
const LOWEST_PORT = 20_000;
const PORTS = 10_000;
/** Of this process's proxies, of those too at which nobody listens just then. */
const taken = new Set<number>();
const RETRY_MS = 2;
const MOST_TRIES = 1_000;

export interface FaultOptions {
  /** Only what belongs to these stages is treated. Default: everything. */
  at?: Stage | Stage[];
  /** How often the fault strikes before it is over. Default: until it is cleared. */
  times?: number;
}

/**
 * Stands between a client and a server on loopback and does to their connections what networks do.
 * One fault at a time, from the moment it is set until it is cleared.
 *
 * Limited to stages, a fault that ends connections strikes at a chunk of such a stage: a request or
 * its answer, neither of which goes on then. Without stages it strikes what is open at the moment,
 * and what was sent before still arrives; `refuse` and `drop` then meet new connections too.
 */
export class FaultProxy implements Disposable {
  readonly #upstream: number;
  readonly #links = new Set<Link>();
  #listener: TCPSocketListener<Link> | undefined;
  readonly #port: number;
  #fault: Fault | undefined;
  #stages: readonly Stage[] | undefined;
  #timesLeft = Infinity;
  /** How often a fault has struck, or made something wait, since the first was set. */
  hits = 0;
  /** Told of each request, upgrade and farewell as it comes; `attached` once an upgrade is granted. */
  onStage: (stage: Stage) => void = () => {};

  /** @param upstream the server's port on 127.0.0.1. */
  constructor(upstream: number) {
    this.#upstream = upstream;
    this.#listener = this.#listenAnywhere();
    this.#port = this.#listener.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Connections that are not over on both sides. */
  get open(): number {
    return this.#links.size;
  }

  set(fault: Fault, { at, times = Infinity }: FaultOptions = {}): void {
    this.clear();
    this.#stages = at === undefined ? undefined : [at].flat();
    this.#timesLeft = times;
    if (this.#stages || !isStrike(fault)) this.#fault = fault;
    else this.#strikeAll(fault);
    this.#pump();
  }

  /** All is well again: what was held goes on, and connections are taken. */
  clear(): void {
    this.#fault = undefined;
    this.#listener ??= this.#listenAgain();
    this.#pump();
  }

  [Symbol.dispose](): void {
    this.#listener?.stop(true);
    taken.delete(this.#port);
    for (const link of this.#links) link.destroy();
  }

  /** A child that another test starts just then holds the old listener until it has begun to run. */
  #listenAgain(): TCPSocketListener<Link> {
    for (let tries = 0; ; tries++) {
      try {
        return this.#listen(this.#port);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || tries > MOST_TRIES)
          throw error;
        Bun.sleepSync(RETRY_MS);
      }
    }
  }

  #listenAnywhere(): TCPSocketListener<Link> {
    for (;;) {
      const port = LOWEST_PORT + Math.floor(Math.random() * PORTS);
      if (taken.has(port)) continue;
      try {
        const listener = this.#listen(port);
        taken.add(port);
        return listener;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      }
    }
  }

  #listen(port: number): TCPSocketListener<Link> {
    return Bun.listen<Link>({
      hostname: "127.0.0.1",
      port,
      allowHalfOpen: true,
      socket: {
        open: (socket) => this.#accept(socket),
        data: (socket, bytes) => socket.data.fromClient(bytes),
        drain: (socket) => socket.data.clientDrained(),
        end: (socket) => socket.data.clientEnded(),
        close: (socket) => socket.data.clientClosed(),
        error: (socket) => socket.data.clientClosed(),
      },
    });
  }

  #accept(socket: Socket<Link>): void {
    const fault = this.#fault;
    const link = new Link(socket, {
      upstream: this.#upstream,
      // The client has sent nothing yet that could be late: what its handshake would have taken.
      establishedIn: fault?.kind === "delay" && !this.#stages ? 2 * fault.ms : 0,
      treat: (stage, way) => {
        const found = this.#stages?.includes(stage) === false ? undefined : this.#fault;
        const treated = treatment(found, way);
        if (treated.do === "hold") this.hits++;
        return treated;
      },
      onStage: (stage) => this.onStage(stage),
      onStrike: (strike) => this.#struck(link, strike),
      onOver: () => void this.#links.delete(link),
    });
    socket.data = link;
    this.#links.add(link);
    if (fault?.kind === "drop" && !this.#stages) link.drop();
    else link.connect();
  }

  /** A chunk met the fault. */
  #struck(link: Link, strike: Strike): void {
    this.hits++;
    if (strike.kind === "refuse") this.#strikeAll(strike);
    else this.#strikeOne(link, strike);
    if (--this.#timesLeft <= 0) this.clear();
  }

  #strikeAll(strike: Strike): void {
    if (strike.kind === "refuse") {
      this.#listener?.stop();
      this.#listener = undefined;
    }
    // Stands for the connections to come.
    if (strike.kind === "drop") this.#fault = strike;
    for (const link of this.#links) this.#strikeOne(link, strike);
  }

  #strikeOne(link: Link, strike: Strike): void {
    switch (strike.kind) {
      case "refuse":
        return link.cut();
      case "cut":
        return strike.by === "reset" ? link.destroy() : this.#stages ? link.cut() : link.leave();
      case "half-close":
        return link.end(strike.way);
      case "drop":
        return link.drop();
    }
  }

  #pump(): void {
    for (const link of this.#links) link.pump();
  }
}
