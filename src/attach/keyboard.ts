import type { Clock } from "../clock.ts";
import type { Chord, KeySequence } from "../keys/chord.ts";
import type { InputEvent } from "../keys/outbox.ts";
import { InputScanner } from "../keys/scanner.ts";
import type { PastePart } from "../keys/paste.ts";
import { TypedKeys } from "../keys/typed.ts";
import type { Terminal } from "../term/terminal.ts";
import { formatBytes } from "./bytes.ts";
import { isPaste, type Kept, MOST_KEPT_BYTES } from "./kept.ts";
import { LargePaste } from "./largepaste.ts";
import type { Link } from "./link.ts";
import type { Timers } from "./timers.ts";

const ENTER = "enter";
/** Beyond this a timer did not just wait its turn. */
const LATE_MS = 5;
/** Input waiting for a stalled link beyond which the keyboard is not read: a paste, not typing. */
const HIGH_WATER_BYTES = 16 * 1024 * 1024;
const POLL_MS = 20;
const WHOLE_PASTE: PastePart = { begins: true, ends: true };
const BRACKETS = "\x1b[200~\x1b[201~";

export interface KeyboardOptions {
  terminal: Pick<Terminal, "pauseInput" | "resumeInput">;
  link: Pick<
    Link,
    "away" | "buffered" | "closePaste" | "hurry" | "inLine" | "pass" | "send" | "sendNow"
  >;
  clock: Clock;
  timers: Timers;
  detachKeys: KeySequence;
  escapeKey: Chord | undefined;
  /** Nothing is sent; lap's own keys work. */
  readOnly: boolean;
  /** True while nothing is to be sent: what follows a detach or a suspend in the same read is dropped. */
  over: () => boolean;
  /** As `ModeWatcher.utf8Mouse`. */
  utf8Mouse: () => boolean;
  /** What the terminal sent, its answers among it. */
  onHeard: (bytes: Uint8Array) => void;
  /** Input was sent, or kept for when there is a link. */
  onSent: () => void;
  /** A key of lap's; see `InputEvent`. */
  onCommand: (key: string, begins: boolean) => void;
  /** A paste comes upon a note. Returns whether it is taken. */
  onPaste: () => boolean;
  onDetach: () => void;
  /** All of a read was seen to. */
  onServed: () => void;
  /** Keys were kept for when there is a link. */
  onKept: () => void;
  onDropped: (bytes: number) => void;
  /** Asks the person; nothing else is an answer but yes and no. */
  ask: (lines: string[], answered: (yes: boolean) => void) => void;
}

interface Input {
  bytes: Uint8Array;
  paste?: PastePart | undefined;
  /** When it was typed, by the calendar, where that is not now. */
  at?: number;
}

/** What is typed: lap's own keys are taken out, and the rest goes to the sandbox. */
export class Keyboard {
  readonly #options: KeyboardOptions;
  readonly #scanner: InputScanner;
  #typed: TypedKeys;
  /** What was typed behind a question that is not answered yet. */
  #behind: Input[] | undefined;
  /** Bytes of the paste that is asked about. */
  #asked = 0;
  readonly #largePaste: LargePaste;
  /** Whether input is being seen to: what stands behind it in the same read goes the same way. */
  #sending = false;
  #expectLater: boolean | undefined;

  constructor(options: KeyboardOptions) {
    this.#options = options;
    const { detachKeys: detach, escapeKey: escape, utf8Mouse } = options;
    this.#scanner = new InputScanner({ detach, escape, utf8Mouse });
    this.#typed = new TypedKeys(utf8Mouse);
    this.#largePaste = new LargePaste({
      goes: () => !options.link.away && !this.#behind,
      send: (bytes) => {
        const sent = options.link.sendNow(bytes);
        if (sent) this.#sent();
        return sent;
      },
      close: () => options.link.closePaste(),
      drop: (bytes) => options.onDropped(bytes),
    });
  }

  /** Takes what was read from the terminal. */
  typed(bytes: Uint8Array): void {
    const { link, over, readOnly, onHeard } = this.#options;
    const passes = !readOnly && !this.#behind && this.#scanner.isText(bytes) && !over();
    // Most keys mean nothing to lap: they go at once, and account is kept of them afterwards.
    if (passes && link.pass(bytes)) {
      onHeard(bytes);
      return this.#sent();
    }
    this.#scanner.feed(bytes, this.#options.clock.now(), this.#serve);
    this.#served();
  }

  /** Whether a note waits for the next key; one that input has called up, for the next read. */
  expectKey(expected: boolean): void {
    this.#expectLater = this.#sending ? expected : undefined;
    if (!this.#sending) this.#scanner.expectKey(expected);
  }

  /** Takes keys as if they had been read just now, behind what waits for an answer. */
  press(keys: Uint8Array): void {
    this.#input({ bytes: keys });
  }

  /** Sends input, whatever else waits; `at` as in `Link.send`. */
  #send(bytes: Uint8Array, at?: number): void {
    if (this.#options.readOnly) return;
    this.#options.link.send(bytes, at);
    this.#sent();
  }

  /** Bytes that wait for an answer of the person's. */
  get unsent(): number {
    return (this.#behind ?? []).reduce((sum, { bytes }) => sum + bytes.length, this.#asked);
  }

  /** The connection is lost. What waited for it is as if it had been typed after that. */
  cut(unsent: readonly Kept[]): void {
    this.#typed = new TypedKeys(this.#options.utf8Mouse);
    this.#largePaste.cut();
    for (const { bytes, at } of unsent) {
      this.#input({ bytes, at, paste: isPaste(bytes) ? WHOLE_PASTE : undefined });
    }
  }

  #serve = (event: InputEvent): void => {
    const { over, onHeard, onCommand, onPaste, onDetach } = this.#options;
    if (over()) return;
    switch (event.type) {
      case "send":
        onHeard(event.bytes);
        this.#sending = true;
        this.#input(event);
        this.#sending = false;
        return;
      case "command":
        return onCommand(event.key, event.begins);
      case "pasting":
        return onPaste() ? undefined : event.refuse();
      case "detach":
        return onDetach();
    }
  };

  #served(): void {
    if (this.#options.over()) return;
    if (this.#expectLater !== undefined) this.expectKey(this.#expectLater);
    this.#watchDeadline();
    this.#options.onServed();
  }

  #watchDeadline(): void {
    const { timers, clock } = this.#options;
    const { deadline } = this.#scanner;
    if (deadline === undefined) return timers.cancel("deadline");
    timers.set("deadline", Math.max(0, deadline - clock.now()), () => this.#expire(deadline));
  }

  /** A timer that comes late, because lap stood still, lets what was typed meanwhile be read first. */
  #expire(deadline: number): void {
    const { timers, clock } = this.#options;
    const flush = () => {
      this.#scanner.flush(clock.now(), this.#serve);
      this.#served();
    };
    if (clock.now() - deadline > LATE_MS) timers.set("deadline", LATE_MS, flush);
    else flush();
  }

  #input(input: Input): void {
    const { link, clock, onKept, readOnly } = this.#options;
    const { bytes, paste, at } = input;
    const part = paste && !(paste.begins && paste.ends);
    if (part) return readOnly ? undefined : this.#largePaste.take(bytes, paste);
    if (this.#behind) return void this.#behind.push({ ...input, bytes: new Uint8Array(bytes) });
    if (!link.away) return this.#send(bytes, at);
    if (paste) return this.#askPaste(bytes);
    // The terminal still reports the mouse and its focus, to a program that is not there.
    const { keys, names } = this.#typed.take(bytes, clock.now());
    if (names.includes(ENTER)) link.hurry();
    // By itself it only means that: kept, it could confirm what nobody sees.
    const bare = !link.inLine && names.every((name) => name === ENTER);
    if (keys.length === 0) return;
    // Before the connection was known to be lost it meant more.
    if (bare) return at === undefined ? undefined : this.#options.onDropped(keys.length);
    this.#send(keys, at);
    onKept();
  }

  #askPaste(bytes: Uint8Array): void {
    if (this.#options.readOnly) return;
    // What there is no room for is dropped at once, not after a yes.
    if (bytes.length > MOST_KEPT_BYTES) return this.#send(bytes);
    this.#behind = [];
    this.#asked = bytes.length;
    const what = `You pasted ${formatBytes(pastedLength(bytes))} while the connection is down.`;
    this.#options.ask([what, "", "y sends it when back, n drops it"], (yes) => {
      if (this.#options.over()) return;
      this.#asked = 0;
      if (yes) this.#send(bytes);
      else this.#options.onDropped(bytes.length);
      const behind = this.#behind ?? [];
      this.#behind = undefined;
      for (const input of behind) this.#input(input);
    });
  }

  #sent(): void {
    this.#options.onSent();
    if (this.#options.link.buffered > HIGH_WATER_BYTES) this.#hold();
  }

  #hold(): void {
    const { terminal, timers, link } = this.#options;
    terminal.pauseInput();
    timers.set("input", POLL_MS, () => {
      if (link.buffered > HIGH_WATER_BYTES / 2) this.#hold();
      else terminal.resumeInput();
    });
  }
}

/** Bytes of a bracketed paste without its brackets, as far as it has them. */
function pastedLength(bytes: Uint8Array): number {
  return Math.max(0, bytes.length - BRACKETS.length);
}
