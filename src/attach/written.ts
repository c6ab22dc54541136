import type { Clock } from "../clock.ts";
import type { OwedAnswer } from "../term/terminal.ts";
import { ModeWatcher } from "../vt/modes.ts";
import { OwedAnswers } from "./answers.ts";
import { Unfinished } from "./unfinished.ts";

/** So much is read together, and in so much time: less than what is measured by when it came. */
const BATCH_BYTES = 64 * 1024;
const BATCH_MS = 100;
/** A smaller frame, such as a key's echo, is read at once. */
const BATCHED_FRAME_BYTES = 1024;

/**
 * What has been written to the terminal, as far as it matters later. Large frames are read in batches,
 * which takes less time than one by one, and at the latest when somebody asks.
 */
export class Written {
  readonly #clock: Pick<Clock, "now">;
  readonly #watcher = new ModeWatcher();
  readonly #unfinished = new Unfinished();
  readonly #answers = new OwedAnswers(this.#watcher);
  #outputOnMain = false;
  /** Frames of output that are not read yet, how long they are, and when the first and the last of them came. */
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #unreadSince = 0;
  #unreadAt = 0;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** @param bytes what the remote wrote. They are kept for a while, and must not change. */
  output(bytes: Uint8Array): void {
    const now = this.#clock.now();
    if (this.#unread.length > 0 && now - this.#unreadSince > BATCH_MS) this.#catchUp();
    if (this.#unread.length === 0) this.#unreadSince = now;
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    this.#unreadAt = now;
    if (bytes.length < BATCHED_FRAME_BYTES || this.#unreadBytes >= BATCH_BYTES) this.#catchUp();
  }

  /** What lap wrote on its own account. */
  own(bytes: Uint8Array): void {
    this.#catchUp();
    this.#read([bytes], this.#clock.now());
  }

  get watcher(): ModeWatcher {
    this.#catchUp();
    return this.#watcher;
  }

  /** Whether the main screen shows output of the remote. */
  get outputOnMain(): boolean {
    this.#catchUp();
    return this.#outputOnMain;
  }

  /** As `Unfinished.take`. */
  takeUnfinished(): Uint8Array {
    this.#catchUp();
    return this.#unfinished.take();
  }

  /** As `OwedAnswers.heard`. */
  heard(bytes: Uint8Array): void {
    this.#catchUp();
    this.#answers.heard(bytes);
  }

  /** As `OwedAnswers.take`. */
  takeAnswersOwed(): OwedAnswer | undefined {
    this.#catchUp();
    return this.#answers.take(this.#clock.now());
  }

  #catchUp(): void {
    if (this.#unread.length === 0) return;
    const unread = this.#unread;
    this.#unread = [];
    this.#unreadBytes = 0;
    this.#read(unread, this.#unreadAt);
    this.#outputOnMain ||= !this.#watcher.alternateScreen;
  }

  #read(frames: readonly Uint8Array[], at: number): void {
    this.#watcher.feedAll(frames);
    this.#unfinished.written(frames, this.#watcher.unfinished);
    this.#answers.watched(at);
  }
}
