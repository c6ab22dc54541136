import { AwaitedKey } from "./awaited.ts";
import type { Chord, KeySequence } from "./chord.ts";
import { type Asked, ESC, readToken, stringEnd, type Token } from "./decode.ts";
import type { Key } from "./keycode.ts";
import { type InputEvent, Outbox } from "./outbox.ts";
import { PartialSequence } from "./partial.ts";
import { OpenPaste } from "./pasting.ts";
import { HeldSequence } from "./sequence.ts";
import { Stops } from "./stops.ts";

/**
 * How long an Escape, or a sequence that may become a key or a paste, is kept back: 25 ms at most, and
 * timers come late.
 */
const PARTIAL_HOLD_MS = 20;
/** How long a started detach sequence waits for its next key. */
const SEQUENCE_HOLD_MS = 500;
/** How long a string that does not go on is still one. */
const STRING_MEMORY_MS = 5000;

/** Up to this a read is looked at byte by byte: native searches take 2 µs more for a key (measured). */
const KEY_BYTES = 16;
const EMPTY = new Uint8Array(0);
/** Alt and a key is Escape and that. */
const ALT_BYTES = 2;

export interface ScannerOptions {
  detach: KeySequence;
  escape: Chord | undefined;
  /** As of `readToken`. */
  utf8Mouse: Asked;
}

/**
 * Turns what is read from the local terminal into frames, the detach and lap commands.
 *
 * Keys are recognised as legacy bytes, kitty CSI u and xterm modifyOtherKeys, never inside a
 * bracketed paste. Everything else goes on unchanged and in order. Where the detach sequence
 * and the lap key begin alike, the detach sequence wins.
 *
 * While a detach sequence is started, key releases, bare modifiers, mouse reports and answers
 * of the terminal do not break it: they are held in their place, and dropped if it completes.
 *
 * Bytes may have lain unread while lap was stopped or busy, so `feed` lets no time run out: only
 * `flush` does. A caller whose timer fires late must therefore feed what can be read first.
 *
 * A paste that stalled is still one up to its end marker. If that never comes, the detach key or
 * the lap key alone in a read ends it.
 *
 * `send` may hold a view of the bytes that were fed, and a held sequence too: the caller must
 * not write into a buffer after feeding it.
 */
export class InputScanner {
  readonly #utf8Mouse: Asked;
  readonly #lapByte: number | undefined;
  readonly #sequence: HeldSequence;
  readonly #needles: readonly number[];
  /** 1 for each byte of the needles. */
  readonly #isNeedle = new Uint8Array(0x100);
  #sequenceDue = 0;
  #paste: OpenPaste | undefined;
  readonly #partial = new PartialSequence();
  #inString = false;
  readonly #awaited = new AwaitedKey();
  #detached = false;
  #fedAt = 0;

  constructor({ detach, escape, utf8Mouse }: ScannerOptions) {
    this.#utf8Mouse = utf8Mouse;
    this.#lapByte = escape?.byte;
    this.#sequence = new HeldSequence(detach);
    const needles = [ESC, detach[0]?.byte, escape?.byte].filter((byte) => byte !== undefined);
    this.#needles = [...new Set(needles)];
    for (const needle of needles) this.#isNeedle[needle] = 1;
  }

  /**
   * When `flush` must be called, in the milliseconds of `now`; undefined when nothing waits. It
   * may move with every call. A timer that fires early finds it still set and must be set again.
   */
  get deadline(): number | undefined {
    if (this.#detached) return undefined;
    const partialDue = this.#partial.due;
    if (partialDue === undefined && !this.#paste && !this.#sequence.started) return undefined;
    const due = [
      partialDue,
      this.#sequence.started ? this.#sequenceDue : undefined,
      this.#paste?.due,
    ].filter((time) => time !== undefined);
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  /** Whether a note waits for the next key, whatever it is. The lap key is not affected. */
  expectKey(expected: boolean): void {
    this.#awaited.note(expected);
  }

  /** Whether bytes are to be sent as they are, with nothing kept before them: they need not be fed. */
  isText(bytes: Uint8Array): boolean {
    if (this.#detached || bytes.length === 0) return false;
    if (!this.#idle || !this.#partial.forgotten) return false;
    if (bytes.length > KEY_BYTES) return !this.#needles.some((needle) => bytes.includes(needle));
    for (let at = 0; at < bytes.length; at++) if (this.#isNeedle[bytes[at]!] === 1) return false;
    return true;
  }

  /**
   * @param tell is served before the next byte is looked at: whether a key is expected then decides what
   *   that is.
   */
  feed(bytes: Uint8Array, now: number, tell: (event: InputEvent) => void): void {
    if (this.#detached || bytes.length === 0) return;
    this.#partial.recallEscape(bytes, now, this.#idle);
    if (this.isText(bytes)) {
      this.#fedAt = now;
      return tell({ type: "send", bytes });
    }
    const out = new Outbox(tell);
    this.#forgetOld(now);
    // Pressed again and again, a key of lap's must not put off that the paste has stalled.
    if (!this.#isOneOfOurs(bytes)) this.#paste?.goesOn(now);
    else if (this.#paste?.stalled) this.#paste = undefined;
    const { sent } = this.#partial;
    this.#scan(this.#partial.take(bytes), sent, now, out);
    if (this.#partial.empty) this.#partial.lapse();
    this.#fedAt = now;
    out.cut();
  }

  /** True while nothing is kept, so that text goes on as it is: nearly every key. */
  get #idle(): boolean {
    return (
      this.#partial.empty &&
      !this.#paste &&
      !this.#awaited.watches &&
      !this.#inString &&
      !this.#sequence.started
    );
  }

  /**
   * Gives out what has been held long enough; harmless when called early or needlessly. Feed first
   * what has come meanwhile: it may complete what is held.
   */
  flush(now: number, tell: (event: InputEvent) => void): void {
    if (this.#detached) return;
    const out = new Outbox(tell);
    const stalled = this.#paste?.flush(now);
    if (stalled) out.paste(stalled);
    if (this.#sequence.started && now >= this.#sequenceDue) out.addAll(this.#sequence.drop());
    this.#forgetOld(now);
    const { due } = this.#partial;
    if (due !== undefined && now >= due) this.#letPartialGo(now, out);
    out.cut();
  }

  /** @param from the first byte that has been neither sent nor taken; before `at` it is text. */
  #scan(work: Uint8Array, from: number, now: number, out: Outbox): void {
    const stops = new Stops(work, this.#needles);
    let at = 0;
    while (at < work.length) {
      if (this.#paste) {
        at = from = from + this.#pushPaste(work.subarray(from), out);
        continue;
      }
      const everyKeyCounts = (this.#awaited.watches || this.#sequence.started) && !this.#inString;
      if (!everyKeyCounts) at = stops.next(at, this.#inString);
      if (at === work.length) break;
      const ended = this.#inString ? stringEnd(work, at) : 0;
      if (ended > 0) {
        at += ended;
        this.#inString = false;
        if (this.#sequence.started) from = this.#give(work, from, at, out);
        continue;
      }
      const token = readToken(work, at, this.#utf8Mouse);
      if (token.type === "partial") {
        // Any may be the key that is awaited.
        this.#keep(work, at, from, token.hold || this.#awaited.awaited, now, out);
        return;
      }
      this.#inString = token.type === "string";
      const begin = Math.max(from, at);
      // Without bytes left it was sent before it was understood (Alt-] and then another key), or stands
      // in the started sequence already, which it breaks.
      const late = begin >= token.end && !(token.type === "key" && this.#sequence.started);
      if (!late && this.#concerns(token)) {
        this.#give(work, from, at, out);
        const raw = work.subarray(begin, token.end);
        // What has begun to go out goes whole; the start of a click has gone nowhere.
        const taken = this.#awaited.swallows(token)
          ? begin === at || token.type === "report"
          : this.#act(token, raw, now, out);
        from = taken ? Math.max(begin, token.end) : begin;
        if (this.#detached) return;
        if (this.#paste) continue;
      }
      at = token.end;
    }
    this.#give(work, from, work.length, out);
  }

  /** Sends text on. In a started sequence it is the inside of an answer, which has its place there. */
  #give(work: Uint8Array, from: number, to: number, out: Outbox): number {
    if (from >= to) return from;
    const text = from === 0 && to === work.length ? work : work.subarray(from, to);
    if (this.#sequence.started) this.#sequence.pass(text);
    else out.add(text);
    return to;
  }

  /** Whether the token is more than text to be sent on. */
  #concerns(token: Token): boolean {
    if (token.type === "paste" || this.#sequence.started) return true;
    if (token.type !== "key") return this.#awaited.swallows(token);
    return this.#awaited.watches || this.#isOurs(token.key);
  }

  /** Returns whether the bytes of the token were taken and are not to be sent on now. */
  #act(token: Token, raw: Uint8Array, now: number, out: Outbox): boolean {
    switch (token.type) {
      case "key":
        return this.#press(token.key, raw, now, out);
      case "release":
      case "report":
      case "string":
        this.#sequence.pass(raw);
        return true;
      case "paste":
        out.addAll(this.#sequence.drop());
        this.#paste = new OpenPaste(now, this.#awaited.noted && this.#isRefused(out));
        return false;
      default:
        out.addAll(this.#sequence.drop());
        return false;
    }
  }

  #isRefused(out: Outbox): boolean {
    let refused = false;
    out.push({ type: "pasting", refuse: () => (refused = true) });
    return refused;
  }

  #press(key: Key, raw: Uint8Array, now: number, out: Outbox): boolean {
    const { awaited } = this.#awaited;
    // A command may begin the detach sequence as well, and is not sent on if that does not complete.
    const { outcome, released } = this.#sequence.offer(key.byte, awaited ? EMPTY : raw);
    out.addAll(released);
    if (outcome === "complete") {
      this.#detached = true;
      out.push({ type: "detach" });
      return true;
    }
    const held = outcome === "held";
    if (held) this.#sequenceDue = now + SEQUENCE_HOLD_MS;
    const laps = this.#awaited.press(this.#isLap(key) && (awaited || !held));
    if (laps) out.push({ type: "command", key: key.name, begins: laps === "begins" });
    return laps !== undefined || held;
  }

  #isOurs(key: Key): boolean {
    return this.#sequence.startsWith(key.byte) || this.#isLap(key);
  }

  #isLap(key: Key): boolean {
    return this.#lapByte !== undefined && key.byte === this.#lapByte;
  }

  #pushPaste(bytes: Uint8Array, out: Outbox): number {
    const step = this.#paste?.push(bytes);
    if (!step) return 0;
    for (const frame of step.frames) out.paste(frame);
    if (step.ended) this.#paste = undefined;
    return step.used;
  }

  /** Whether a read is just one key of lap's, by which a person gets out of an endless paste. */
  #isOneOfOurs(bytes: Uint8Array): boolean {
    const token = readToken(bytes, 0);
    if (token.type !== "key" || token.end < bytes.length) return false;
    return this.#isOurs(token.key);
  }

  #keep(work: Uint8Array, at: number, from: number, hold: boolean, now: number, out: Outbox): void {
    this.#give(work, from, at, out);
    const begin = Math.max(from, at);
    const bytes = work.subarray(at);
    if (hold && begin < work.length) {
      // Each further byte of the same sequence leaves the time as it was.
      const due = (at === 0 ? this.#partial.due : undefined) ?? now + PARTIAL_HOLD_MS;
      return this.#partial.keep(bytes, begin - at, due);
    }
    this.#partial.keep(bytes, bytes.length, undefined);
    this.#give(work, begin, work.length, out);
  }

  #letPartialGo(now: number, out: Outbox): void {
    const { bytes, held, sent } = this.#partial;
    this.#partial.lapse();
    const key = this.#inString ? undefined : this.#awaited.keyCut(bytes, sent);
    if (key) {
      this.#partial.forget();
      if (this.#press(key, held, now, out)) return;
      out.add(held);
      return this.#partial.escapeSent(now);
    }
    if (!this.#awaited.swallows(readToken(bytes, 0, this.#utf8Mouse)))
      this.#sendOn(bytes, held, out);
    if (bytes[0] === ESC) this.#partial.allSent();
    else this.#partial.forget();
  }

  /** More than Alt-[ may yet be a key of the started sequence, or an answer, which does not break that. */
  #sendOn(bytes: Uint8Array, held: Uint8Array, out: Outbox): void {
    const opened = bytes[0] === ESC && bytes.length > ALT_BYTES;
    if (this.#sequence.started && opened) return this.#sequence.pass(held);
    out.addAll(this.#sequence.drop());
    out.add(held);
  }

  /** What began long ago is not completed any more. */
  #forgetOld(now: number): void {
    const waited = now - this.#fedAt;
    if (waited >= STRING_MEMORY_MS) this.#inString = false;
    this.#partial.forgetOld(waited);
  }
}
