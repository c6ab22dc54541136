import type { Stage, Strike, Treatment } from "./faults.ts";
import type { Piece } from "./stages.ts";

/** Bytes that wait beyond which their source is not read. */
const HIGH_WATER_BYTES = 1024 * 1024;

interface Waiting extends Piece {
  /** When it was sent, in milliseconds. */
  at: number;
  /** The end of the stream stands behind the last piece, and is treated like one. */
  end?: boolean;
}

export interface LaneOptions {
  treat(stage: Stage): Treatment;
  /** Writes on. Returns how many bytes were taken; `drained` is to be called for the rest. */
  write(bytes: Buffer): number;
  /** The source has ended, and all that came before was written. */
  finish(): void;
  strike(fault: Strike): void;
  pause(): void;
  resume(): void;
}

/** One direction of a connection: what waits to go on, in order. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  #stage: Stage = "other";
  #paused = false;
  /** Nothing goes on any more. */
  #closed = false;
  #timer: Timer | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  push({ stage, bytes }: Piece, at: number): void {
    if (this.#closed) return;
    this.#stage = stage;
    this.#waiting.push({ stage, bytes, at });
    this.#bytes += bytes.length;
    this.pump();
    this.#flow();
  }

  /** The source ends here. */
  end(at: number): void {
    if (this.#closed || this.#waiting.at(-1)?.end) return;
    this.#waiting.push({ stage: this.#stage, bytes: Buffer.alloc(0), at, end: true });
    this.pump();
  }

  /** Drops what waits, and whatever comes. */
  close(): void {
    this.#closed = true;
    this.#drop();
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    if (this.#paused) this.#options.resume();
  }

  /** Lets go on whatever may. To be called whenever the fault changes or the sink has room again. */
  pump(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    while (this.#step()) {}
    this.#flow();
  }

  /** Returns whether another step may follow at once. */
  #step(): boolean {
    const [front] = this.#waiting;
    if (!front || this.#closed) return false;
    const treatment = this.#options.treat(front.stage);
    switch (treatment.do) {
      case "hold":
        return false;
      case "strike":
      case "last":
        // An end is not worth a fault.
        if (front.end) return this.#send(front);
        if (treatment.do === "strike") this.#take(front, front.bytes.length);
        else if (!this.#send(front)) return false;
        this.#drop();
        this.#options.strike(treatment.fault);
        return true;
      case "later":
        if (this.#waits(front.at + treatment.ms)) return false;
        return this.#send(front);
      case "gather":
        if (this.#waits(front.at + treatment.ms)) return false;
        this.#gather();
        return this.#send(front);
      case "bytewise":
        this.#send(front, 1);
        // The reader gets its turn, or it would see them as one.
        this.#turn = setImmediate(() => this.pump());
        return false;
      case "pass":
        return this.#send(front);
    }
  }

  #send(front: Waiting, most = front.bytes.length): boolean {
    if (front.end) {
      this.#closed = true;
      this.#options.finish();
      return false;
    }
    const written = this.#options.write(front.bytes.subarray(0, most));
    this.#take(front, written);
    return front.bytes.length === 0;
  }

  #take(front: Waiting, bytes: number): void {
    front.bytes = front.bytes.subarray(bytes);
    this.#bytes -= bytes;
    if (front.bytes.length === 0 && !front.end) this.#waiting.shift();
  }

  #drop(): void {
    this.#waiting.length = 0;
    this.#bytes = 0;
  }

  #gather(): void {
    const ended = this.#waiting.findIndex(({ end }) => end);
    const pieces = this.#waiting.splice(0, ended < 0 ? this.#waiting.length : ended);
    const [front] = pieces;
    if (!front) return;
    front.bytes = Buffer.concat(pieces.map(({ bytes }) => bytes));
    this.#waiting.unshift(front);
  }

  #waits(until: number): boolean {
    const ms = until - performance.now();
    if (ms <= 0) return false;
    this.#timer = setTimeout(() => this.pump(), ms);
    return true;
  }

  #flow(): void {
    const full = this.#bytes > HIGH_WATER_BYTES;
    if (full === this.#paused || this.#closed) return;
    this.#paused = full;
    if (full) this.#options.pause();
    else this.#options.resume();
  }
}
