import type { Clock } from "../clock.ts";
import type { OwedAnswer } from "../term/terminal.ts";
import { ModeWatcher } from "../vt/modes.ts";
import { OwedAnswers } from "./answers.ts";
import { Unfinished } from "./unfinished.ts";

/** So much of a flood is read together, as it takes less time than frame by frame. */
const BATCH_BYTES = 64 * 1024;
/** A smaller frame is no flood's, but a key's echo for one, and read at once. */
const FLOOD_FRAME_BYTES = 1024;

/** What has been written to the terminal, as far as it matters later. A flood is read in batches. */
export class Written {
  readonly #clock: Pick<Clock, "now">;
  readonly #watcher = new ModeWatcher();
  readonly #unfinished = new Unfinished();
  readonly #answers = new OwedAnswers(this.#watcher);
  #outputOnMain = false;
  /** Frames of output that are not read yet, how long they are, and when the last of them came. */
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #unreadAt = 0;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** @param bytes what the remote wrote. They are kept for a while, and must not change. */
  output(bytes: Uint8Array): void {
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    this.#unreadAt = this.#clock.now();
    if (bytes.length < FLOOD_FRAME_BYTES || this.#unreadBytes >= BATCH_BYTES) this.#catchUp();
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
