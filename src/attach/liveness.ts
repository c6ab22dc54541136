import type { Clock } from "../clock.ts";
import type { Timers } from "./timers.ts";

/** With the deadline, a link that went dead is noticed within 25 s. Load balancers cut at 60 s. */
const PING_INTERVAL_MS = 14_500;
const PONG_DEADLINE_MS = 10_000;
/** After waking: most likely the link is gone, and nobody should wait to learn it. */
const PROBE_DEADLINE_MS = 3_500;
/** Bytes in a millisecond over the slowest link whose answers are waited for behind a paste. */
const SLOWEST_RATE = 32;
/** The most of a paste that systems hold between lap and the link (Linux's and macOS' limit). */
const SYSTEM_BYTES = 4 * 1024 * 1024;
/** A verdict waits for what came while lap stood still and is read only after the timers. */
const UNREAD_MS = 50;
/** Typing asks for a sign of life too, once per burst: what was answered has arrived. */
const TYPED_PING_MS = 250;
/** Without a sign of life for so long, a link that was asked is not trusted with more. */
const SILENCE_MS = 1_000;
/** A peer that was not listened to for longer is asked how it is. */
const LONG_DEAF_MS = 5_000;
/** How much longer a peer that is heard, and answers nothing, may take: it may not hear. */
const ONE_WAY_MS = 10_000;
/** So much output may be queued before an answer, on a slow way. */
const QUEUE_BYTES = 256 * 1024;
/** The number of pings that ask nothing; questions count from 1. */
const NO_QUESTION = 0;
const TICK_MS = 1_000;
/** A tick this late, or a calendar that jumped this far, means that lap or the machine stood still. */
const JUMP_MS = 2_000;

export interface LivenessOptions {
  clock: Clock;
  timers: Timers;
  /** Asks the peer for an answer that carries this number. */
  ask: (id: number) => void;
  /** Uses the way, by a ping with this number whose answer means nothing: balancers cut an idle one. */
  keepOpen: (id: number) => void;
  /** Bytes of input that are on their way for all that is known: an answer comes behind them. */
  ahead: () => number;
  /** Those of them that the system has not taken yet: while it takes some, the link is alive. */
  buffered: () => number;
  /** The newest question is answered, after so many milliseconds where that means anything. */
  answered: (ms: number | undefined) => void;
  /** Nothing came in time: the peer is dead, or the way to it is. */
  lost: () => void;
}

/**
 * Finds a peer that is dead without a word, by pings with a deadline. Whatever comes is a sign of
 * life. While nothing is read, nothing can be heard, so that nothing is concluded either: pings go on
 * and ask nothing. Their answers, which lie unread until later, tell nothing of the time they are read.
 */
export class Liveness {
  readonly #options: LivenessOptions;
  #asked: { id: number; at: number; measured: boolean; heard: number } | undefined;
  /** Whether something was sent behind the newest question. */
  #typed = false;
  #id = 0;
  #heardAt = 0;
  /** Bytes ahead of the newest question that the system has taken, and when it was last seen to. */
  #taken = 0;
  #tookAt = Number.NEGATIVE_INFINITY;
  #deafSince: number | undefined;
  #running = false;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.#asked = undefined;
    this.#typed = false;
    this.#heardAt = this.#options.clock.now();
    this.#watchTime();
    this.#ask(PONG_DEADLINE_MS);
  }

  stop(): void {
    this.#running = false;
    this.#asked = undefined;
    for (const name of ["ping", "pong", "answer", "tick", "typed"])
      this.#options.timers.cancel(name);
  }

  /** So many bytes came. */
  heard(bytes = 0): void {
    if (this.#asked) this.#asked.heard += bytes;
    this.#heardAt = this.#options.clock.now();
    this.#options.timers.cancel("pong");
  }

  /** An answer came. */
  ponged(id: number): void {
    if (id === NO_QUESTION) return;
    this.heard();
    if (id !== this.#asked?.id) return;
    const { at, measured } = this.#asked;
    this.#asked = undefined;
    this.#options.timers.cancel("answer");
    this.#options.answered(measured ? this.#heardAt - at : undefined);
    this.#askSoon();
  }

  /** Something was sent that should be known to have arrived. */
  typed(): void {
    this.#typed = true;
    this.#askSoon();
  }

  /** Asks at once, and waits for a short time only: lap or the machine stood still. */
  probe(): void {
    if (!this.#running || this.#deaf) return;
    this.#options.timers.cancel("answer");
    this.#ask(PROBE_DEADLINE_MS);
  }

  /** Whether anything is read. Meanwhile no answer can come, so that its time begins anew after. */
  listen(listening: boolean): void {
    const { clock, timers } = this.#options;
    const now = clock.now();
    if (!listening) {
      this.#deafSince = now;
      for (const name of ["pong", "answer"]) timers.cancel(name);
      return;
    }
    const deafFor = now - (this.#deafSince ?? now);
    this.#deafSince = undefined;
    this.#heardAt = now;
    if (!this.#running) return;
    if (this.#asked) {
      this.#asked.measured = false;
      this.#expect(PONG_DEADLINE_MS);
    } else if (deafFor > LONG_DEAF_MS) this.#ask(PONG_DEADLINE_MS);
    else this.#askSoon();
  }

  get #deaf(): boolean {
    return this.#deafSince !== undefined;
  }

  /** Milliseconds without a sign of life since one was asked for; 0 where all is well. */
  get silence(): number {
    if (!this.#asked || this.#deaf) return 0;
    return this.#options.clock.now() - Math.max(this.#asked.at, this.#heardAt);
  }

  /** True where a sign of life is overdue: more should not be entrusted to the link. */
  get silent(): boolean {
    return this.silence >= SILENCE_MS;
  }

  /** One question at a time, so that an answer tells what had arrived before it. */
  #askSoon(): void {
    const { timers } = this.#options;
    if (!this.#typed || this.#asked || this.#deaf || timers.has("typed")) return;
    timers.set("typed", TYPED_PING_MS, () => {
      if (!this.#asked) this.#ask(PONG_DEADLINE_MS);
    });
  }

  #ask(deadlineMs: number): void {
    const { clock, timers, ask, keepOpen } = this.#options;
    this.#askAgain();
    timers.cancel("typed");
    if (this.#deaf) return keepOpen(NO_QUESTION);
    this.#typed = false;
    this.#watchInput();
    this.#tookAt = Number.NEGATIVE_INFINITY;
    this.#asked = { id: ++this.#id, at: clock.now(), measured: true, heard: 0 };
    this.#expect(deadlineMs);
    ask(this.#id);
  }

  #askAgain(): void {
    const { timers } = this.#options;
    timers.set("ping", PING_INTERVAL_MS, () => {
      // A question that is not answered stays the one; only silence counts from here anew.
      if (!this.#asked || this.#deaf) return this.#ask(PONG_DEADLINE_MS);
      this.#askAgain();
      if (!timers.has("pong")) this.#expect(PONG_DEADLINE_MS);
    });
  }

  #expect(deadlineMs: number): void {
    const { clock, timers, lost } = this.#options;
    const since = clock.now();
    const left = () => this.#left(since, deadlineMs);
    const wait = () =>
      timers.set("pong", left(), () =>
        timers.set("pong", UNREAD_MS, () => (left() > 0 ? wait() : lost())),
      );
    wait();
    if (!timers.has("answer")) timers.set("answer", left() + ONE_WAY_MS, () => this.#overdue());
  }

  /** Milliseconds to a deadline that began at `since`, and anew whenever input went on. */
  #left(since: number, deadlineMs: number): number {
    const { clock, ahead, buffered } = this.#options;
    const ms =
      buffered() > 0
        ? Math.max(deadlineMs, PONG_DEADLINE_MS)
        : deadlineMs + Math.floor(Math.min(ahead(), SYSTEM_BYTES) / SLOWEST_RATE);
    return Math.max(since, this.#tookAt) + ms - clock.now();
  }

  #watchInput(): void {
    const { clock, ahead, buffered } = this.#options;
    const taken = ahead() - buffered();
    if (taken > this.#taken) this.#tookAt = clock.now();
    this.#taken = taken;
  }

  /** What came meanwhile may stand before the answer, unless it was too little for that. */
  #overdue(): void {
    const { timers, lost } = this.#options;
    if (!this.#asked) return;
    const behindInput = this.#left(Number.NEGATIVE_INFINITY, PONG_DEADLINE_MS) > 0;
    if (this.#asked.heard < QUEUE_BYTES && !behindInput) return lost();
    this.#asked.heard = 0;
    timers.set("answer", PONG_DEADLINE_MS + ONE_WAY_MS, () => this.#overdue());
  }

  /** Neither clock alone sees every sleep: one stops with the machine on some systems. */
  #watchTime(): void {
    const { clock, timers } = this.#options;
    const [date, now] = [clock.date(), clock.now()];
    timers.set("tick", TICK_MS, () => {
      const passed = Math.max(clock.date() - date, clock.now() - now);
      this.#watchTime();
      this.#watchInput();
      if (passed > TICK_MS + JUMP_MS) this.probe();
    });
  }
}
