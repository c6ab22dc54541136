import type { Clock } from "../clock.ts";
import type { Terminal } from "../term/terminal.ts";
import { type Chord, type KeySequence, literal } from "../keys/chord.ts";
import type { Endpoint } from "./endpoint.ts";
import { InputScanner, type InputEvent } from "../keys/scanner.ts";
import { OwedAnswers } from "./answers.ts";
import { Farewell } from "./farewell.ts";
import { LapKey } from "./lapkey.ts";
import { ModeWatcher } from "../vt/modes.ts";
import { SizeReports } from "./sizes.ts";
import { Timers } from "./timers.ts";
import { Traffic } from "./traffic.ts";
import type { Connect, Transport, TransportEnd } from "./transport.ts";
import { unfinishedTail } from "./unfinished.ts";

/** Output waiting for the terminal beyond which the sandbox is held back, and taken up again. */
const HIGH_WATER_BYTES = 256 * 1024;
const LOW_WATER_BYTES = 128 * 1024;
/** Tiny frames cost time rather than memory: more of them would keep a key from being read. */
const HIGH_WATER_FRAMES = 2_000;
const CANCEL = "\x18";
/** Beyond this a timer did not just wait its turn. */
const LATE_MS = 20;
/** Input waiting for a stalled link beyond which the keyboard is not read: a paste, not typing. */
const INPUT_HIGH_WATER_BYTES = 16 * 1024 * 1024;
const INPUT_POLL_MS = 20;
/** Load balancers cut connections that are quiet for 60 s; half of that would race them. */
const PING_INTERVAL_MS = 15_000;
const SAVE_TITLE = "\x1b[22;0t";
const RESTORE_TITLE = "\x1b[23;0t";
export interface AttachOptions {
  endpoint: Endpoint;
  connect: Connect;
  terminal: Terminal;
  clock: Clock;
  signal: AbortSignal;
  detachKeys: KeySequence;
  /** Undefined: no lap key. */
  escapeKey: Chord | undefined;
  /** Send nothing: neither input nor sizes. */
  readOnly: boolean;
  /** Shown in connection info. */
  sessionId: string;
  /** Ends the session on the platform. Answers why that failed, in words fit for the screen. */
  stopSession: (signal: AbortSignal) => Promise<string | undefined>;
}

/** How an attachment ended. The terminal is the person's again by then. */
export type AttachEnd =
  | { kind: "detached" }
  /** The program in the sandbox ended by itself. */
  | { kind: "exited" }
  /** The person stopped the session with the lap key. */
  | { kind: "stopped" }
  /** The connection ended otherwise; `quiet` where nothing had come over it. */
  | { kind: "closed"; code: number; reason: string; quiet: boolean }
  /** The local terminal is gone. */
  | { kind: "hangup" };

/**
 * Joins the local terminal to a sandbox's until one of them, or the person, ends it. Raw mode is
 * entered once the connection is open, and left before this returns or throws.
 *
 * @throws UpgradeError where the connection does not open; the signal's reason when aborted.
 */
export async function attach(options: AttachOptions): Promise<AttachEnd> {
  const { terminal, signal, connect, endpoint } = options;
  const ended = Promise.withResolvers<AttachEnd>();
  let bridge: Bridge | undefined;
  const onAbort = () => ended.reject(signal.reason);
  terminal.hush();
  try {
    const transport = await connect(
      endpoint,
      {
        onData: (bytes) => bridge?.receive(bytes),
        onPong: () => bridge?.answered(),
        onEnd: (end) => bridge?.connectionEnded(end),
      },
      signal,
    );
    bridge = new Bridge(options, transport, ended);
    signal.addEventListener("abort", onAbort);
    bridge.start();
    return await ended.promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
    await (bridge ? bridge.leave() : terminal.close());
  }
}

/** The two directions, and what stands between them. */
class Bridge {
  readonly #options: AttachOptions;
  readonly #transport: Transport;
  readonly #ended: PromiseWithResolvers<AttachEnd>;
  readonly #scanner: InputScanner;
  readonly #watcher = new ModeWatcher();
  readonly #traffic = new Traffic();
  readonly #farewell = new Farewell();
  readonly #lapKey: LapKey;
  /** Output held back while something of lap's is on the screen. */
  readonly #held: Uint8Array[] = [];
  readonly #timers: Timers;
  readonly #sizes: SizeReports;
  readonly #answers = new OwedAnswers(this.#watcher);
  /** Frames that came since the terminal was last up to date. */
  #waiting = 0;
  #paused = false;
  #suspended = false;
  #stopping = false;
  /** Once how it ends is known nothing more is sent or shown. */
  #over = false;
  readonly #stopRequest = new AbortController();
  #endWhileStopping: TransportEnd | undefined;

  constructor(
    options: AttachOptions,
    transport: Transport,
    ended: PromiseWithResolvers<AttachEnd>,
  ) {
    this.#options = options;
    this.#transport = transport;
    this.#ended = ended;
    this.#timers = new Timers(options.clock, (work) => this.#guard(work));
    this.#sizes = new SizeReports(
      () => (options.readOnly ? undefined : options.terminal.size()),
      ({ columns, rows }) => transport.sendResize(columns, rows),
      this.#timers,
    );
    this.#scanner = new InputScanner({ detach: options.detachKeys, escape: options.escapeKey });
    this.#lapKey = new LapKey({
      escapeKey: options.escapeKey,
      size: () => options.terminal.size(),
      info: () => ({
        sessionId: options.sessionId,
        endpoint: options.endpoint.url,
        traffic: this.#traffic,
      }),
      watcher: this.#watcher,
      canRepaint: !options.readOnly,
      interrupt: () => this.#interrupt(),
      draw: (text) => options.terminal.write(text),
      expectKey: () => this.#scanner.expectKey(),
      onClosed: () => this.#releaseHeld(),
      repaint: () => this.#sizes.nudge(),
      act: (action) => this.#act(action),
    });
  }

  start(): void {
    const { terminal } = this.#options;
    // Before anything else: until the first size the remote paints 100×30 (PROTOCOL 6.5).
    this.#sizes.send();
    terminal.open({
      onInput: (bytes) => this.#guard(() => this.#typed(bytes)),
      onResize: () => this.#guard(() => this.#sizes.changed()),
      onContinue: () => this.#guard(() => this.#continued()),
      onWritten: () => this.#guard(() => this.#flow()),
      onHangup: () => this.#end({ kind: "hangup" }),
    });
    terminal.write(SAVE_TITLE);
    this.#ping();
  }

  /** Undoes everything, in an order in which nothing can be heard or seen afterwards. */
  async leave(): Promise<void> {
    this.#over = true;
    this.#timers.clear();
    this.#stopRequest.abort();
    this.#transport.close();
    this.#lapKey.close();
    const { terminal } = this.#options;
    const undo = this.#watcher.undo();
    // What is said next starts a line of its own; leaving the alternate screen sees to that by itself.
    const newline = !this.#watcher.alternateScreen && this.#farewell.midLine ? "\r\n" : "";
    terminal.write(undo + RESTORE_TITLE + newline);
    const now = this.#options.clock.now();
    await terminal.close({ answersOwed: this.#answers.owed(undo !== "", now) });
  }

  receive(bytes: Uint8Array): void {
    this.#guard(() => {
      if (this.#over) return;
      this.#traffic.received += bytes.length;
      this.#waiting = this.#options.terminal.pending > 0 ? this.#waiting + 1 : 0;
      if (this.#lapKey.shown || this.#suspended) this.#held.push(bytes);
      else this.#show(bytes);
      this.#flow();
    });
  }

  answered(): void {
    this.#traffic.answered(this.#options.clock.now());
  }

  connectionEnded(end: TransportEnd): void {
    // Stopping the session ends the connection too; how that went is said by who asked for it.
    if (this.#stopping) {
      this.#endWhileStopping = end;
      return;
    }
    this.#lapKey.close();
    this.#releaseHeld();
    const { code, reason } = end;
    this.#end(
      this.#farewell.said
        ? { kind: "exited" }
        : { kind: "closed", code, reason, quiet: this.#traffic.received === 0 },
    );
  }

  #show(bytes: Uint8Array): void {
    // First: what is only kept account of must not delay it.
    this.#options.terminal.write(bytes);
    this.#watcher.feed(bytes);
    this.#farewell.feed(bytes);
    this.#answers.watched(this.#options.clock.now());
  }

  /** Ends a sequence that the terminal is in the middle of; it is begun again behind the note. */
  #interrupt(): void {
    if (this.#watcher.atBoundary) return;
    this.#held.push(unfinishedTail(this.#farewell.tail));
    const cancel = Buffer.from(CANCEL);
    this.#options.terminal.write(cancel);
    this.#watcher.feed(cancel);
  }

  #releaseHeld(): void {
    for (const bytes of this.#held.splice(0)) this.#show(bytes);
    this.#flow();
  }

  /** Holds the sandbox back while the terminal is behind, so that memory stays flat. */
  #flow(): void {
    const { pending } = this.#options.terminal;
    if (pending === 0) this.#waiting = 0;
    const covered = this.#lapKey.shown || this.#suspended;
    const behind = pending > HIGH_WATER_BYTES || this.#waiting > HIGH_WATER_FRAMES;
    if (!this.#paused && (covered || behind)) {
      this.#paused = true;
      this.#transport.pause();
      this.#traffic.forget();
    } else if (this.#paused && !covered && pending < LOW_WATER_BYTES) {
      this.#paused = false;
      this.#waiting = 0;
      this.#transport.resume();
    }
  }

  #typed(bytes: Uint8Array): void {
    this.#serve(this.#scanner.feed(bytes, this.#options.clock.now()));
  }

  #serve(events: readonly InputEvent[]): void {
    for (const event of events) {
      if (this.#over) return;
      if (event.type === "send") this.#send(event.bytes);
      else if (event.type === "command") this.#lapKey.press(event.key);
      else return this.#end({ kind: "detached" });
    }
    this.#watchDeadline();
    this.#flow();
  }

  #watchDeadline(): void {
    const { deadline } = this.#scanner;
    if (deadline === undefined) return this.#timers.cancel("deadline");
    const now = this.#options.clock.now();
    this.#timers.set("deadline", Math.max(0, deadline - now), () => this.#expire(deadline));
  }

  /** A timer that comes late, because lap stood still, lets what was typed meanwhile be read first. */
  #expire(deadline: number): void {
    const flush = () => this.#serve(this.#scanner.flush(this.#options.clock.now()));
    if (this.#options.clock.now() - deadline > LATE_MS)
      this.#timers.set("deadline", LATE_MS, flush);
    else flush();
  }

  #send(bytes: Uint8Array): void {
    if (this.#options.readOnly) return;
    this.#traffic.sent += bytes.length;
    this.#answers.sent(bytes);
    this.#transport.sendInput(bytes);
    if (this.#transport.buffered > INPUT_HIGH_WATER_BYTES) this.#holdInput();
  }

  #holdInput(): void {
    const { terminal } = this.#options;
    terminal.pauseInput();
    this.#timers.set("input", INPUT_POLL_MS, () => {
      if (this.#transport.buffered > INPUT_HIGH_WATER_BYTES / 2) this.#holdInput();
      else terminal.resumeInput();
    });
  }

  #act(action: "detach" | "stop" | "suspend" | "literal"): void {
    const { escapeKey } = this.#options;
    switch (action) {
      case "detach":
        return this.#end({ kind: "detached" });
      case "stop":
        return void this.#stop().catch(this.#ended.reject);
      case "literal":
        return escapeKey && this.#send(literal(escapeKey));
      case "suspend":
        return this.#suspend();
    }
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    const failure = await this.#options.stopSession(this.#stopRequest.signal);
    this.#stopping = false;
    if (this.#over) return;
    if (failure === undefined) this.#end({ kind: "stopped" });
    else if (this.#endWhileStopping) this.connectionEnded(this.#endWhileStopping);
    else this.#lapKey.tell(`The session was not stopped: ${failure}`);
  }

  #suspend(): void {
    const { terminal } = this.#options;
    this.#suspended = true;
    this.#flow();
    this.#interrupt();
    terminal.write(`${this.#watcher.undo()}${RESTORE_TITLE}\r\n`);
    terminal.suspend().catch(this.#ended.reject);
  }

  #continued(): void {
    if (this.#suspended) {
      this.#suspended = false;
      this.#options.terminal.write(SAVE_TITLE + this.#watcher.redo());
      this.#releaseHeld();
    }
    this.#sizes.nudge();
  }

  #ping(): void {
    // While nothing is read, nothing is answered.
    if (!this.#paused) {
      this.#traffic.asked(this.#options.clock.now());
      this.#transport.ping();
    }
    this.#timers.set("ping", PING_INTERVAL_MS, () => this.#ping());
  }

  #end(end: AttachEnd): void {
    this.#over = true;
    this.#ended.resolve(end);
  }

  /** A fault of lap's own in a callback must still give the terminal back. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#ended.reject(error);
    }
  }
}
