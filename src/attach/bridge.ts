import { type Chord, formatKeySequence, type KeySequence, literal } from "../keys/chord.ts";
import { shownUrl } from "../net/url.ts";
import { AwayLine } from "./awayline.ts";
import { Holdback } from "./holdback.ts";
import { Keyboard } from "./keyboard.ts";
import { LapKey, type LapKeyAction } from "./lapkey.ts";
import { Link, type LinkOver } from "./link.ts";
import { Notes } from "./notes.ts";
import type { Away } from "./reconnect.ts";
import { Screen } from "./screen.ts";
import type { AttachEnd, AttachOptions, Undelivered } from "./session.ts";
import { SizeReports } from "./sizes.ts";
import { Timers } from "./timers.ts";
import { RESTORE_TITLE, SAVE_TITLE } from "./title.ts";
import { Warmth } from "./warmth.ts";

/** How long the remote may take to paint its screen for a new connection. */
const REPAINT_MS = 3_000;

/** To who only looks on, since nothing may be sent that would have the program paint its screen. */
const INCOMPLETE =
  "What was on the screen before lap was stopped may be missing: attach again to see all of it.";

/** The two directions, and what stands between them. */
export class Bridge {
  readonly #options: AttachOptions;
  readonly #link: Link;
  readonly #ended: PromiseWithResolvers<AttachEnd>;
  readonly #keyboard: Keyboard;
  readonly #screen: Screen;
  readonly #notes: Notes;
  readonly #lapKey: LapKey;
  readonly #awayLine: AwayLine;
  readonly #warmth: Warmth;
  readonly #timers: Timers;
  readonly #sizes: SizeReports;
  readonly #holdback: Holdback;
  #suspended = false;
  /** What is to be said once lap goes on. */
  #unsaid: string | undefined;
  #stopping = false;
  /** Once how it ends is known nothing more is sent or shown. */
  #over = false;
  readonly #stopRequest = new AbortController();
  #overWhileStopping: LinkOver | undefined;
  #awayWhileStopping: Away | undefined;

  constructor(options: AttachOptions, ended: PromiseWithResolvers<AttachEnd>) {
    this.#options = options;
    this.#ended = ended;
    const { terminal, clock, detachKeys, escapeKey } = options;
    this.#timers = new Timers(clock, (work) => this.#guarded(work)());
    this.#screen = new Screen(terminal, clock, () => this.#clearAway());
    this.#link = new Link(
      {
        ...options,
        timers: this.#timers,
        inLines: () => !this.#screen.alternateScreen,
      },
      {
        onData: this.#guarded((bytes) => this.#receive(bytes)),
        onAway: this.#guarded((away) => this.#lost(away)),
        onBack: this.#guarded(() => this.#back()),
        onCut: this.#guarded((unsent) => this.#keyboard.cut(unsent)),
        onDropped: this.#guarded((bytes) => this.#dropped(bytes)),
        onUncertain: (bytes) => this.#awayLine.uncertain(bytes),
        onOver: this.#guarded((over) => this.#linkOver(over)),
      },
    );
    this.#holdback = new Holdback(this.#link, clock);
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
    this.#keyboard = new Keyboard({
      ...options,
      link: this.#link,
      timers: this.#timers,
      over: () => this.#over || this.#suspended,
      utf8Mouse: () => this.#screen.utf8Mouse,
      onHeard: (bytes) => this.#screen.heard(bytes),
      onSent: () => this.#warmth.used(),
      onCommand: (key, begins) => this.#command(key, begins),
      onPaste: () => this.#notes.takePaste(),
      onDetach: () => this.#end(this.#detached()),
      onServed: () => this.#flow(),
      onKept: () => this.#awayLine.redraw(),
      onDropped: (bytes) => this.#dropped(bytes),
      ask: (lines, answered) => this.#notes.ask(lines, answered, { strict: true }),
    });
    this.#notes = new Notes({
      size: () => terminal.size(),
      screen: this.#screen,
      readOnly: options.readOnly,
      interrupt: () => this.#screen.interrupt({ again: true }),
      draw: (text) => terminal.write(text),
      insert: (text) => this.#screen.insert(text),
      ring: () => this.#screen.ring(),
      busy: () => this.#lapKey.begun || this.#over || this.#suspended,
      expectKey: (expected) => this.#keyboard.expectKey(expected),
      onClosed: () => this.#uncovered(),
      repaint: () => this.#sizes.nudge(),
    });
    this.#lapKey = new LapKey({
      escapeKey,
      notes: this.#notes,
      info: () => ({
        sessionId: options.sessionId,
        endpoint: shownUrl(this.#link.endpoint.url),
        away: this.#link.away,
        traffic: this.#link.traffic,
      }),
      screen: this.#screen,
      readOnly: options.readOnly,
      ring: () => this.#screen.ring(),
      act: (action) => this.#act(action),
    });
    this.#awayLine = new AwayLine({
      clock,
      timers: this.#timers,
      screen: this.#screen,
      size: () => terminal.size(),
      covered: () => this.#covered,
      entitled: () => this.#notes.inTitle,
      freshLine: () => this.#screen.freshLine(),
      kept: () => this.#link.kept,
      inLine: () => this.#link.inLine,
      wayOut: wayOut(detachKeys, escapeKey),
      draw: (text) => terminal.write(text),
    });
  }

  /** As `Link.open`. */
  open(signal: AbortSignal, onTrouble: (label: string) => void): Promise<void> {
    return this.#link.open(signal, onTrouble);
  }

  /** Takes the terminal over, once the link is open. */
  start(): void {
    const { terminal } = this.#options;
    // Before anything else: until the first size the remote paints 100×30 (PROTOCOL 6.5).
    this.#sizes.send();
    terminal.open({
      onInput: this.#guarded((bytes) => this.#keyboard.typed(bytes)),
      onResize: this.#guarded(() => this.#sizes.changed()),
      onStop: this.#guarded(() => this.#suspend()),
      onContinue: this.#guarded(() => this.#continued()),
      onWritten: this.#guarded(() => this.#flow()),
      onHangup: () => this.#end({ kind: "hangup" }),
    });
    terminal.write(SAVE_TITLE);
    this.#warmth.start();
  }

  /**
   * Undoes everything, in an order in which nothing can be heard or seen afterwards. Answers what
   * `Link.close` does.
   */
  async leave(): Promise<number> {
    this.#over = true;
    const { terminal } = this.#options;
    this.#warmth.stop();
    this.#stopRequest.abort();
    const cut = this.#link.close();
    this.#notes.close();
    this.#awayLine.clear();
    this.#timers.clear();
    const undo = this.#screen.leave() + RESTORE_TITLE;
    terminal.write(undo);
    await terminal.close({ undo, answersOwed: this.#screen.takeAnswersOwed() });
    return cut;
  }

  #receive(bytes: Uint8Array): void {
    if (this.#over) return;
    if (this.#notes.passing) this.#notes.close();
    // First: what is only kept account of must not delay it.
    if (this.#covered) this.#screen.hold(bytes);
    else this.#screen.show(bytes);
    this.#warmth.used();
    this.#holdback.frameCame(bytes.length, this.#options.terminal.pending);
    this.#flow();
  }

  /** While something of lap's, or nothing at all, is on the screen. */
  get #covered(): boolean {
    return this.#notes.shown || this.#suspended;
  }

  #linkOver(over: LinkOver): void {
    // Stopping the session ends the connection too; how that went is said by who asked for it.
    if (this.#stopping) {
      this.#overWhileStopping = over;
      return;
    }
    if (over.kind === "left") this.#end(this.#detached());
    else this.#end({ ...over, ...this.#undelivered });
  }

  #lost(away: Away): void {
    if (this.#over) return;
    // Most likely the stop's own doing.
    if (this.#stopping) return void (this.#awayWhileStopping = away);
    if (this.#notes.passing) this.#notes.close();
    this.#screen.interrupt({ again: false });
    this.#awayLine.show(away);
  }

  /** Connected again: the size first, and the screen is the new connection's from its first word on. */
  #back(): void {
    this.#screen.expectRepaint();
    this.#awayLine.back();
    this.#sizes.restart();
    this.#warmth.start();
    this.#expectPaint();
  }

  #expectPaint(): void {
    this.#timers.set("repaint", REPAINT_MS, () => this.#unpainted());
  }

  /** A remote that paints nothing goes on where it was. */
  #unpainted(): void {
    if (this.#link.away) return;
    // It may have painted, behind a note of lap's or what the terminal has not taken yet.
    if (this.#holdback.holding) return this.#expectPaint();
    if (!this.#screen.keep()) return;
    this.#clearAway();
    if (this.#screen.alternateScreen) this.#sizes.nudge();
  }

  #clearAway(): void {
    // Of two titles the one beneath cannot be taken off.
    if (this.#notes.inTitle) this.#notes.close();
    this.#awayLine.clear();
  }

  #dropped(bytes: number): void {
    this.#screen.ring();
    if (this.#link.away) this.#awayLine.dropped(bytes);
  }

  #warn(ms: number): void {
    this.#screen.ring();
    if (this.#covered || this.#link.away) return;
    // A time of day stays true for as long as it stands there.
    const at = new Date(this.#options.clock.date() + ms).toTimeString().slice(0, "hh:mm:ss".length);
    const what = `Nothing comes or goes: the platform ends this session at ${at}.`;
    this.#notes.remark([what, "", "any key keeps it"]);
  }

  #uncovered(): void {
    this.#releaseHeld();
    if (this.#link.away) this.#screen.interrupt({ again: false });
    this.#awayLine.redraw();
  }

  #releaseHeld(): void {
    for (const bytes of this.#screen.takeHeld()) this.#screen.show(bytes);
    this.#flow();
  }

  #flow(): void {
    const covered = this.#covered && !this.#notes.passing;
    const wasHolding = this.#holdback.holding;
    this.#holdback.update(this.#options.terminal.pending, covered);
    // Only now can what a new connection paints be heard.
    const heard = wasHolding && !this.#holdback.holding;
    if (heard && this.#timers.has("repaint")) this.#expectPaint();
  }

  #command(key: string, begins: boolean): void {
    this.#warmth.used();
    this.#lapKey.press(key, begins);
  }

  get #undelivered(): Undelivered {
    const unsent = this.#link.kept + this.#keyboard.unsent;
    return { unsent, uncertain: this.#link.doubtful || undefined };
  }

  #detached(): AttachEnd {
    const livesMs = this.#warmth.remaining;
    const left = { kind: "detached", livesMs, ...this.#undelivered } as const;
    return this.#stopping ? { ...left, stopping: true } : left;
  }

  #act(action: LapKeyAction): void {
    const { escapeKey } = this.#options;
    switch (action) {
      case "detach":
        return this.#end(this.#detached());
      case "stop":
        return void this.#stop().catch(this.#ended.reject);
      case "literal":
        return escapeKey && this.#keyboard.press(literal(escapeKey));
      case "suspend":
        return this.#suspend();
      case "repaint":
        return this.#sizes.nudge();
    }
  }

  async #stop(): Promise<void> {
    this.#notes.tell("Stopping the session …");
    if (this.#stopping) return;
    this.#stopping = true;
    this.#awayWhileStopping = undefined;
    const failure = await this.#options.stopSession(this.#stopRequest.signal);
    this.#stopping = false;
    if (this.#over) return;
    if (failure === undefined) this.#end({ kind: "stopped" });
    else if (this.#overWhileStopping) this.#linkOver(this.#overWhileStopping);
    else {
      this.#tell(`The session was not stopped: ${failure}`);
      if (this.#link.away && this.#awayWhileStopping) this.#lost(this.#awayWhileStopping);
    }
  }

  /** Says something, if need be once lap goes on. */
  #tell(text: string): void {
    if (this.#suspended) this.#unsaid = text;
    else this.#notes.tell(text);
  }

  #suspend(): void {
    const { terminal } = this.#options;
    if (this.#suspended || this.#over) return;
    this.#notes.putAside();
    this.#suspended = true;
    this.#flow();
    this.#awayLine.hide();
    this.#screen.interrupt({ again: true });
    terminal.write(this.#screen.leave() + RESTORE_TITLE);
    const answersOwed = this.#screen.takeAnswersOwed();
    terminal.suspend({ answersOwed }).catch(this.#ended.reject);
  }

  #continued(): void {
    if (this.#suspended) {
      this.#suspended = false;
      this.#options.terminal.write(SAVE_TITLE + this.#screen.redo);
      this.#uncovered();
      if (this.#unsaid !== undefined) this.#notes.tell(this.#unsaid);
      this.#unsaid = undefined;
    } else {
      // Stopped by SIGSTOP: the shell has turned off what its line editor uses, and written over a note.
      this.#notes.putAside();
      this.#screen.renew();
    }
    this.#notes.askAgain();
    if (this.#options.readOnly && this.#screen.alternateScreen) this.#notes.tell(INCOMPLETE);
    // A process that was stopped may have slept through the end of its connection.
    this.#link.probe();
    this.#sizes.nudge();
  }

  #end(end: AttachEnd): void {
    this.#over = true;
    this.#ended.resolve(end);
  }

  /** A callback; a fault of lap's own in it must still give the terminal back. */
  #guarded<T = void>(work: (value: T) => void): (value: T) => void {
    return (value) => {
      try {
        work(value);
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
