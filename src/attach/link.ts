import type { Clock } from "../clock.ts";
import type { Endpoint } from "./endpoint.ts";
import { EarlyCloses, isEarly } from "./earlycloses.ts";
import { Farewell } from "./farewell.ts";
import { type Kept, KeptKeys, MOST_KEPT_BYTES } from "./kept.ts";
import { Liveness } from "./liveness.ts";
import { openFirst } from "./open.ts";
import { type Away, lostForGood, Reconnector } from "./reconnect.ts";
import type { Timers } from "./timers.ts";
import { Traffic } from "./traffic.ts";
import { ABNORMAL_CLOSURE, type Connect, type Transport, type TransportEnd } from "./transport.ts";
import type { Locate } from "./whereabouts.ts";

/** A connection that lived for less does not start the backoff anew. */
const STEADY_MS = 250;
/** The remote's terminal is set up once it paints; until then it could take keys for lines. */
const SETTLE_MS = 500;

/** Why there will be no further connection. */
export type LinkOver =
  /** The program ended by itself. */
  | { kind: "exited" }
  /** The sandbox's own tmux was told to detach. */
  | { kind: "left" }
  /** Closed, and not to be opened again; `repeated` where it closed at once, again and again. */
  | { kind: "closed"; code: number; reason: string; quiet: boolean; repeated: boolean }
  | { kind: "failed"; error: unknown };

export interface LinkOptions {
  /** Where the session is at first. */
  endpoint: Endpoint;
  connect: Connect;
  /** Undefined: a lost connection is the end. */
  locate: Locate | undefined;
  /** False: that is so anyway, and `locate` is for the first connection alone. */
  reconnect?: boolean;
  clock: Clock;
  timers: Timers;
  /** See `KeptKeys`. */
  inLines?: () => boolean;
}

export interface LinkListeners {
  onData(bytes: Uint8Array): void;
  /** The connection is lost; told again whenever something changes about that. */
  onAway(away: Away): void;
  /** Connected again; nothing has been sent or heard yet. */
  onBack(): void;
  /** A connection is lost, and this is what had been typed and was not entrusted to it any more. */
  onCut(unsent: Kept[]): void;
  /** So many bytes of input were too old, or too many, to be kept. */
  onDropped(bytes: number): void;
  /**
   * So many bytes of input went out before a link was lost, and nobody knows whether they arrived:
   * the protocol acknowledges nothing (PROTOCOL 6.4). They are not sent again, since the old connection
   * may yet deliver them, and a command run twice is worse than one to be typed again.
   */
  onUncertain(bytes: number): void;
  onOver(over: LinkOver): void;
}

/** The way to a session's terminal, over as many connections as it takes. */
export class Link {
  readonly traffic = new Traffic();
  readonly #options: LinkOptions;
  readonly #listeners: LinkListeners;
  readonly #liveness: Liveness;
  readonly #reconnector: Reconnector | undefined;
  readonly #kept: KeptKeys;
  /** Bytes of input, of all that were sent, before the newest question, and before the last answered. */
  #asked = 0;
  #arrived = 0;
  #farewell = new Farewell();
  #transport: Transport | undefined;
  #endpoint: Endpoint;
  /** Counts connections, so that one given up is not listened to. */
  #connection = 0;
  #openedAt = 0;
  #heard = false;
  #settled = true;
  #paused = false;
  #limit: number | undefined;
  #over = false;
  readonly #earlyCloses = new EarlyCloses();
  #doubtful = 0;

  constructor(options: LinkOptions, listeners: LinkListeners) {
    const { clock, timers, reconnect = true } = options;
    const locate = reconnect ? options.locate : undefined;
    this.#options = options;
    this.#kept = new KeptKeys(options.inLines);
    this.#endpoint = options.endpoint;
    this.#listeners = listeners;
    this.#reconnector =
      locate &&
      new Reconnector({
        locate,
        clock,
        connect: (endpoint, signal) => this.#connect(endpoint, signal),
        onAway: (away) => listeners.onAway(away),
      });
    this.#liveness = new Liveness({
      clock,
      timers,
      ask: (id) => {
        this.#asked = this.traffic.sent;
        this.#transport?.ping(id);
      },
      keepOpen: (id) => this.#transport?.ping(id),
      ahead: () => this.uncertain,
      buffered: () => this.buffered,
      answered: (ms) => {
        this.#arrived = this.#asked;
        if (ms !== undefined) this.traffic.measured(ms);
      },
      lost: () => this.#lost(),
    });
  }

  /** Opens the first connection, and throws, as `openFirst` does. */
  async open(signal: AbortSignal, onTrouble: (label: string) => void): Promise<void> {
    const { endpoint, locate, clock } = this.#options;
    const connect = (at: Endpoint, until: AbortSignal) => this.#connect(at, until);
    this.#joined(await openFirst({ endpoint, connect, locate, clock, signal, onTrouble }));
  }

  /** True while there is no connection. */
  get away(): boolean {
    return this.#transport === undefined;
  }

  /** Where the session was found last. */
  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  /** Bytes of input accepted and not yet on the wire. */
  get buffered(): number {
    return this.#transport?.buffered ?? 0;
  }

  /** Bytes of input that were sent and are not known to have arrived. */
  get uncertain(): number {
    return this.traffic.sent - this.#arrived;
  }

  /** The same where they may be lost: of the connections that are gone, or of one that is silent. */
  get doubtful(): number {
    if (this.away) return this.#doubtful;
    return this.#liveness.silent ? this.#doubtful + this.uncertain : 0;
  }

  /** Bytes of input that wait for a connection. */
  get kept(): number {
    return this.#kept.bytes;
  }

  /** Whether an Enter would end a line that waits for a connection. */
  get inLine(): boolean {
    return this.#kept.inLine;
  }

  /** Sends input at once, where somebody takes it and nothing waits before it. Returns whether it did. */
  pass(bytes: Uint8Array): boolean {
    const transport = this.#transport;
    if (!transport?.open || !this.#settled || !this.#kept.empty || this.#liveness.silent)
      return false;
    this.#put(transport, bytes);
    return true;
  }

  /**
   * Sends input, or keeps it for when there is somebody to take it.
   *
   * @param at when it was typed, by the calendar.
   */
  send(bytes: Uint8Array, at = this.#date): void {
    if (this.pass(bytes)) return;
    // More than keys, and somebody may be there who takes it.
    if (this.#kept.bytes + bytes.length > MOST_KEPT_BYTES && this.sendNow(bytes)) return;
    const dropped = this.#kept.add(bytes, at, this.away ? undefined : true);
    if (dropped > 0) this.#listeners.onDropped(dropped);
    this.#watchAge();
  }

  /** Sends input at once, behind what waits, though nobody may be there. Returns whether it did. */
  sendNow(bytes: Uint8Array): boolean {
    if (!this.#transport?.open) return false;
    this.#deliver();
    this.#put(this.#transport, bytes);
    return true;
  }

  /** Ends a paste that the lost connection has cut, once there is one again. */
  closePaste(): void {
    this.#kept.closePaste();
  }

  sendResize(columns: number, rows: number): void {
    this.#transport?.sendResize(columns, rows);
  }

  /** Stops reading, so that the sandbox is held back instead of memory filled. */
  pause(): void {
    this.#paused = true;
    this.#transport?.pause();
    this.#liveness.listen(false);
  }

  resume(): void {
    this.#paused = false;
    this.#transport?.resume();
    this.#liveness.listen(true);
  }

  /** As `Transport.limit`, for later connections too. */
  limit(bytes: number): void {
    if (bytes === this.#limit) return;
    this.#limit = bytes;
    this.#transport?.limit(bytes);
  }

  /** Asks the sandbox for a sign of life at once, or tries to come back: lap stood still. */
  probe(): void {
    this.#liveness.probe();
    this.hurry();
  }

  /** Tries to come back at once, where that is being waited for. */
  hurry(): void {
    this.#reconnector?.hurry();
  }

  /**
   * Leaves. Nothing more is told.
   *
   * @returns bytes of input, with their frames' own, that were cut off; known at once where none waits.
   */
  async close(): Promise<number> {
    const { buffered } = this;
    this.#stop();
    const closed = this.#transport?.close();
    return buffered > 0 ? ((await closed) ?? 0) : 0;
  }

  #stop(): void {
    this.#over = true;
    this.#connection++;
    this.#liveness.stop();
    this.#reconnector?.stop();
  }

  #connect(endpoint: Endpoint, signal: AbortSignal): Promise<Transport> {
    this.#endpoint = endpoint;
    const connection = ++this.#connection;
    const current = () => connection === this.#connection;
    return this.#options.connect(
      endpoint,
      {
        onData: (bytes) => current() && this.#received(bytes),
        onPong: (id) => current() && this.#answered(id),
        onEnd: (end) => current() && this.#ended(end),
      },
      signal,
    );
  }

  #joined(transport: Transport): void {
    this.#transport = transport;
    this.#farewell = new Farewell();
    this.#openedAt = this.#options.clock.now();
    this.#heard = false;
    if (this.#paused) transport.pause();
    if (this.#limit !== undefined) transport.limit(this.#limit);
    this.#liveness.start();
  }

  #received(bytes: Uint8Array): void {
    // First: what is only kept account of must not delay it.
    this.#listeners.onData(bytes);
    this.traffic.received += bytes.length;
    this.#heard = true;
    this.#farewell.feed(bytes);
    this.#liveness.heard(bytes.length);
    if (!this.#settled) this.#settle();
    else if (!this.#kept.empty) this.#deliver();
  }

  #answered(id: number): void {
    this.#liveness.ponged(id);
    if (this.#settled && !this.#liveness.silent) this.#deliver();
  }

  #put(transport: Transport, bytes: Uint8Array): void {
    transport.sendInput(bytes);
    this.traffic.sent += bytes.length;
    this.#liveness.typed();
  }

  /** The remote's terminal is ready for keys. */
  #settle(): void {
    this.#settled = true;
    this.#doubtful = 0;
    this.#options.timers.cancel("settle");
    this.#deliver();
  }

  #deliver(): void {
    if (!this.#transport?.open || this.#kept.empty) return;
    this.#dropOld();
    for (const { bytes } of this.#kept.take()) this.#put(this.#transport, bytes);
    this.#watchAge();
  }

  /** For what gets too old: by the calendar, since the other clock may stand still while the machine sleeps. */
  get #date(): number {
    return this.#options.clock.date();
  }

  #watchAge(): void {
    const { timers } = this.#options;
    const { due } = this.#kept;
    if (due === undefined) return timers.cancel("kept");
    timers.set("kept", Math.max(0, due - this.#date), () => {
      this.#dropOld();
      this.#watchAge();
    });
  }

  #dropOld(): void {
    const dropped = this.#kept.expire(this.#date);
    if (dropped > 0) this.#listeners.onDropped(dropped);
  }

  /** No sign of life came in time. */
  #lost(): void {
    this.#transport?.terminate();
    this.#ended({ code: ABNORMAL_CLOSURE, reason: "no answer in time" });
  }

  #ended({ code, reason }: TransportEnd): void {
    this.#connection++;
    this.#liveness.stop();
    this.#transport = undefined;
    const { uncertain } = this;
    this.#doubtful += uncertain;
    // The harness closes; a path that drops was cut, whatever was said before.
    if (this.#farewell.said && code !== ABNORMAL_CLOSURE) {
      return this.#finish({ kind: this.#farewell.left ? "left" : "exited" });
    }
    const now = this.#options.clock.now();
    const lived = now - this.#openedAt;
    const early = isEarly(code, lived);
    const repeated = this.#earlyCloses.tooMany({ early, heard: this.#heard, now });
    if (!this.#reconnector || repeated) {
      return this.#finish({ kind: "closed", code, reason, quiet: !this.#heard, repeated });
    }
    if (this.#heard && lived >= STEADY_MS && !early) this.#reconnector.reset();
    const unsent = this.#kept.takeUnsifted();
    this.#settled = false;
    this.#options.timers.cancel("settle");
    if (uncertain > 0) this.#listeners.onUncertain(uncertain);
    this.#arrived = this.traffic.sent;
    this.#listeners.onCut(unsent);
    void this.#comeBack(this.#reconnector);
  }

  async #comeBack(reconnector: Reconnector): Promise<void> {
    try {
      const transport = await reconnector.run();
      if (!transport) return;
      this.traffic.reconnects++;
      this.#joined(transport);
      this.#listeners.onBack();
      this.#options.timers.set("settle", SETTLE_MS, () => this.#settle());
    } catch (error) {
      this.#finish({ kind: "failed", error: lostForGood(error) });
    }
  }

  #finish(over: LinkOver): void {
    if (this.#over) return;
    this.#stop();
    this.#listeners.onOver(over);
  }
}
