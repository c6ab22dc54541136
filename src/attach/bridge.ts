import { type Chord, formatKeySequence, type KeySequence, literal } from "../keys/chord.ts";
import { typedKeys } from "../keys/typed.ts";
import { type InputEvent, InputScanner } from "../keys/scanner.ts";
import { AwayLine } from "./awayline.ts";
import { MOST_KEPT_BYTES } from "./kept.ts";
import { LapKey } from "./lapkey.ts";
import { Link, type LinkOver } from "./link.ts";
import type { Away } from "./reconnect.ts";
import { Screen } from "./screen.ts";
import type { AttachEnd, AttachOptions } from "./session.ts";
import { SizeReports } from "./sizes.ts";
import { Timers } from "./timers.ts";
import { formatBytes } from "./traffic.ts";
import { Warmth } from "./warmth.ts";

/** Output waiting for the terminal beyond which the sandbox is held back, and taken up again. */
const HIGH_WATER_BYTES = 256 * 1024;
const LOW_WATER_BYTES = 128 * 1024;
/** Tiny frames cost time rather than memory: more of them would keep a key from being read. */
const HIGH_WATER_FRAMES = 2_000;
const BELL = "\x07";
const ENTER = "enter";
/** Beyond this a timer did not just wait its turn. */
const LATE_MS = 20;
/** Input waiting for a stalled link beyond which the keyboard is not read: a paste, not typing. */
const INPUT_HIGH_WATER_BYTES = 16 * 1024 * 1024;
const INPUT_POLL_MS = 20;
/** How long the remote may take to paint its screen for a new connection. */
const REPAINT_MS = 3_000;
const SAVE_TITLE = "\x1b[22;0t";
const RESTORE_TITLE = "\x1b[23;0t";

/** The two directions, and what stands between them. */
export class Bridge {
  readonly #options: AttachOptions;
  readonly #link: Link;
  readonly #ended: PromiseWithResolvers<AttachEnd>;
  readonly #scanner: InputScanner;
  readonly #screen: Screen;
  readonly #lapKey: LapKey;
  readonly #awayLine: AwayLine;
  readonly #warmth: Warmth;
  readonly #timers: Timers;
  readonly #sizes: SizeReports;
  /** Frames that came since the terminal was last up to date. */
  #waiting = 0;
  #paused = false;
  #suspended = false;
  #stopping = false;
  /** What was typed behind a question that is not answered yet. */
  #behind: { bytes: Uint8Array; paste: boolean }[] | undefined;
  /** Once how it ends is known nothing more is sent or shown. */
  #over = false;
  readonly #stopRequest = new AbortController();
  #overWhileStopping: LinkOver | undefined;

  constructor(options: AttachOptions, ended: PromiseWithResolvers<AttachEnd>) {
    this.#options = options;
    this.#ended = ended;
    const { terminal, clock, detachKeys, escapeKey } = options;
    this.#timers = new Timers(clock, (work) => this.#guard(work));
    this.#screen = new Screen(terminal, clock, () => this.#awayLine.clear());
    this.#link = new Link(
      { ...options, timers: this.#timers },
      {
        onData: this.#guarded(this.#receive),
        onAway: (away) => this.#guard(() => this.#lost(away)),
        onBack: () => this.#guard(() => this.#back()),
        onDropped: (bytes) => this.#guard(() => this.#dropped(bytes)),
        onUncertain: (bytes) => this.#awayLine.uncertain(bytes),
        onOver: (over) => this.#guard(() => this.#linkOver(over)),
      },
    );
    this.#warmth = new Warmth({
      ...options.warmth,
      clock,
      timers: this.#timers,
      warn: (ms) => this.#warn(ms),
    });
    this.#sizes = new SizeReports(
      () => (options.readOnly ? undefined : terminal.size()),
      ({ columns, rows }) => this.#link.sendResize(columns, rows),
      this.#timers,
    );
    this.#scanner = new InputScanner({ detach: detachKeys, escape: escapeKey });
    this.#lapKey = new LapKey({
      escapeKey,
      detachKey: detachKeys.length === 1 ? detachKeys[0]?.name : undefined,
      size: () => terminal.size(),
      info: () => ({
        sessionId: options.sessionId,
        endpoint: this.#link.endpoint.url,
        away: this.#link.away,
        traffic: this.#link.traffic,
      }),
      away: () => this.#link.away,
      watcher: this.#screen.watcher,
      readOnly: options.readOnly,
      interrupt: () => this.#screen.interrupt(this.#link.farewell.tail),
      draw: (text) => terminal.write(text),
      expectKey: (expected) => this.#scanner.expectKey(expected),
      onClosed: () => this.#uncovered(),
      repaint: () => this.#sizes.nudge(),
      act: (action) => this.#act(action),
    });
    this.#awayLine = new AwayLine({
      clock,
      timers: this.#timers,
      watcher: this.#screen.watcher,
      size: () => terminal.size(),
      covered: () => this.#covered,
      midLine: () => this.#link.farewell.midLine,
      kept: () => this.#link.kept,
      wayOut: wayOut(detachKeys, escapeKey),
      draw: (text) => terminal.write(text),
    });
  }

  open(signal: AbortSignal, onTrouble: (label: string) => void): Promise<void> {
    return this.#link.open(signal, onTrouble);
  }

  start(): void {
    const { terminal } = this.#options;
    // Before anything else: until the first size the remote paints 100×30 (PROTOCOL 6.5).
    this.#sizes.send();
    terminal.open({
      onInput: this.#guarded(this.#typed),
      onResize: () => this.#guard(() => this.#sizes.changed()),
      onContinue: () => this.#guard(() => this.#continued()),
      onWritten: () => this.#guard(() => this.#flow()),
      onHangup: () => this.#end({ kind: "hangup" }),
    });
    terminal.write(SAVE_TITLE);
    this.#warmth.start();
  }

  /** Undoes everything, in an order in which nothing can be heard or seen afterwards. */
  async leave(): Promise<void> {
    this.#over = true;
    const { terminal } = this.#options;
    const midLine = !this.#link.away && this.#link.farewell.midLine;
    this.#warmth.stop();
    this.#stopRequest.abort();
    this.#link.close();
    this.#lapKey.close();
    this.#awayLine.clear();
    this.#timers.clear();
    const { undo, watcher } = this.#screen;
    // What is said next starts a line of its own; leaving the alternate screen sees to that by itself.
    const newline = !watcher.alternateScreen && midLine ? "\r\n" : "";
    terminal.write(undo + RESTORE_TITLE + newline);
    await terminal.close({ answersOwed: this.#screen.takeAnswersOwed(undo !== "") });
  }

  #receive(bytes: Uint8Array): void {
    if (this.#over) return;
    // First: what is only kept account of must not delay it.
    if (this.#covered) this.#receiveCovered(bytes);
    else this.#screen.show(bytes);
    this.#warmth.used();
    this.#waiting = this.#options.terminal.pending > 0 ? this.#waiting + 1 : 0;
    this.#flow();
  }

  #receiveCovered(bytes: Uint8Array): void {
    if (this.#lapKey.passing) this.#lapKey.close();
    if (this.#covered) this.#screen.hold(bytes);
    else this.#screen.show(bytes);
  }

  /** While something of lap's, or nothing at all, is on the screen. */
  get #covered(): boolean {
    return this.#lapKey.shown || this.#suspended;
  }

  #linkOver(over: LinkOver): void {
    // Stopping the session ends the connection too; how that went is said by who asked for it.
    if (this.#stopping) {
      this.#overWhileStopping = over;
      return;
    }
    this.#lapKey.close();
    this.#releaseHeld();
    if (over.kind === "failed") {
      this.#over = true;
      this.#ended.reject(over.error);
    } else if (over.kind === "left") this.#end(this.#detached());
    else this.#end(over);
  }

  #lost(away: Away): void {
    if (this.#over || this.#stopping) return;
    if (this.#lapKey.passing) this.#lapKey.close();
    this.#screen.interrupt();
    this.#awayLine.show(away);
  }

  /** Connected again: the size first, and the screen is the new connection's from its first word on. */
  #back(): void {
    this.#screen.expectRepaint();
    this.#sizes.restart();
    this.#warmth.start();
    this.#timers.set("repaint", REPAINT_MS, () => this.#unpainted());
  }

  /** A remote that paints nothing goes on where it was. */
  #unpainted(): void {
    if (this.#link.away || !this.#screen.keep()) return;
    this.#awayLine.clear();
    if (this.#screen.watcher.alternateScreen) this.#sizes.nudge();
  }

  #dropped(bytes: number): void {
    this.#options.terminal.write(BELL);
    if (this.#link.away) this.#awayLine.dropped(bytes);
  }

  #warn(ms: number): void {
    if (this.#covered || this.#link.away) return this.#options.terminal.write(BELL);
    this.#options.terminal.write(BELL);
    // A time of day stays true for as long as it stands there.
    const at = new Date(this.#options.clock.date() + ms).toTimeString().slice(0, "hh:mm:ss".length);
    const what = `Nothing comes or goes: the platform ends this session at ${at}.`;
    this.#lapKey.remark([what, "", "any key keeps it"]);
  }

  #uncovered(): void {
    this.#releaseHeld();
    this.#awayLine.redraw();
  }

  #releaseHeld(): void {
    for (const bytes of this.#screen.takeHeld()) this.#screen.show(bytes);
    this.#flow();
  }

  /** Holds the sandbox back while the terminal is behind, so that memory stays flat. */
  #flow(): void {
    const { pending } = this.#options.terminal;
    if (pending === 0) this.#waiting = 0;
    const covered = this.#covered && !this.#lapKey.passing;
    const behind = pending > HIGH_WATER_BYTES || this.#waiting > HIGH_WATER_FRAMES;
    if (!this.#paused && (covered || behind)) {
      this.#paused = true;
      this.#link.pause();
    } else if (this.#paused && !covered && pending < LOW_WATER_BYTES) {
      this.#paused = false;
      this.#waiting = 0;
      this.#link.resume();
    }
  }

  #typed(bytes: Uint8Array): void {
    const passes = !this.#over && !this.#behind && !this.#options.readOnly;
    if (passes && this.#scanner.isText(bytes) && this.#link.pass(bytes)) {
      this.#screen.heard(bytes);
      return this.#sent();
    }
    this.#serve(this.#scanner.feed(bytes, this.#options.clock.now()));
  }

  #serve(events: readonly InputEvent[]): void {
    for (const event of events) {
      if (this.#over) return;
      if (event.type === "send") {
        this.#screen.heard(event.bytes);
        this.#input(event.bytes, event.paste ?? false);
      } else if (event.type === "command") this.#command(event.key);
      else return this.#end(this.#detached());
    }
    this.#watchDeadline();
    this.#flow();
  }

  #command(key: string): void {
    this.#warmth.used();
    this.#lapKey.press(key);
  }

  #detached(): AttachEnd {
    const livesMs = this.#warmth.remaining;
    const left = { kind: "detached", livesMs, unsent: this.#link.kept } as const;
    return this.#stopping ? { ...left, stopping: true } : left;
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

  #input(bytes: Uint8Array, paste: boolean): void {
    if (this.#behind) return void this.#behind.push({ bytes: new Uint8Array(bytes), paste });
    if (!this.#link.away) return this.#send(bytes);
    if (paste) return this.#askPaste(bytes);
    // The terminal still reports the mouse and its focus, to a program that is not there.
    const { keys, names } = typedKeys(bytes);
    if (names.includes(ENTER)) this.#link.hurry();
    // By itself it only means that: kept, it could confirm what nobody sees.
    const bare = !this.#link.inLine && names.every((name) => name === ENTER);
    if (keys.length === 0 || bare) return;
    this.#send(keys);
    this.#awayLine.redraw();
  }

  #askPaste(bytes: Uint8Array): void {
    if (this.#options.readOnly) return;
    // What there is no room for is dropped at once, not after a yes.
    if (bytes.length > MOST_KEPT_BYTES) return this.#send(bytes);
    this.#behind = [];
    const what = `You pasted ${formatBytes(pastedLength(bytes))} while the connection is down.`;
    this.#lapKey.ask(
      [what, "", "y sends it when back, n drops it"],
      (yes) => {
        if (yes) this.#send(bytes);
        else this.#dropped(bytes.length);
        const behind = this.#behind ?? [];
        this.#behind = undefined;
        for (const { bytes: typed, paste } of behind) this.#input(typed, paste);
      },
      { strict: true },
    );
  }

  #send(bytes: Uint8Array): void {
    if (this.#options.readOnly) return;
    this.#link.send(bytes);
    this.#sent();
  }

  #sent(): void {
    this.#warmth.used();
    if (this.#link.buffered > INPUT_HIGH_WATER_BYTES) this.#holdInput();
  }

  #holdInput(): void {
    const { terminal } = this.#options;
    terminal.pauseInput();
    this.#timers.set("input", INPUT_POLL_MS, () => {
      if (this.#link.buffered > INPUT_HIGH_WATER_BYTES / 2) this.#holdInput();
      else terminal.resumeInput();
    });
  }

  #act(action: "detach" | "stop" | "suspend" | "literal"): void {
    const { escapeKey } = this.#options;
    switch (action) {
      case "detach":
        return this.#end(this.#detached());
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
    this.#lapKey.tell("Stopping the session …");
    const failure = await this.#options.stopSession(this.#stopRequest.signal);
    this.#stopping = false;
    if (this.#over) return;
    if (failure === undefined) this.#end({ kind: "stopped" });
    else if (this.#overWhileStopping) this.#linkOver(this.#overWhileStopping);
    else this.#lapKey.tell(`The session was not stopped: ${failure}`);
  }

  #suspend(): void {
    const { terminal } = this.#options;
    this.#suspended = true;
    this.#flow();
    this.#screen.interrupt(this.#link.farewell.tail);
    const { undo } = this.#screen;
    terminal.write(`${undo}${RESTORE_TITLE}\r\n`);
    const answersOwed = this.#screen.takeAnswersOwed(undo !== "");
    terminal.suspend({ answersOwed }).catch(this.#ended.reject);
  }

  #continued(): void {
    if (this.#suspended) {
      this.#suspended = false;
      this.#options.terminal.write(SAVE_TITLE + this.#screen.redo);
      this.#uncovered();
    }
    // A process that was stopped may have slept through the end of its connection.
    this.#link.probe();
    this.#sizes.nudge();
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

  /** The same for what a key passes, without another function to be made and called for each. */
  #guarded(work: (this: Bridge, bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
    return (bytes) => {
      try {
        work.call(this, bytes);
      } catch (error) {
        this.#ended.reject(error);
      }
    };
  }
}

/** How to detach, for the line that says that the connection is lost. */
function wayOut(detachKeys: KeySequence, escapeKey: Chord | undefined): string {
  if (detachKeys.length > 0) return `${formatKeySequence(detachKeys)}: detach`;
  return escapeKey ? `${formatKeySequence([escapeKey])} d: detach` : "";
}

/** Bytes of a bracketed paste without its brackets, as far as it has them. */
function pastedLength(bytes: Uint8Array): number {
  const BRACKETS = "\x1b[200~\x1b[201~";
  return Math.max(0, bytes.length - BRACKETS.length);
}
