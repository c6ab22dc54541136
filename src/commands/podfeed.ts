import type { Client } from "../api/client.ts";
import { getPodLog, LOG_LIMITS, type PodLog } from "../api/logs.ts";
import { LogTail, OVERLAP_MS } from "../api/tail.ts";
import type { Context } from "../context.ts";
import { type LogSelection, podWindow } from "./selection.ts";

/** The log of a session's pod as it grows: each read answers what came since the one before. */
export class PodFeed {
  readonly #context: Pick<Context, "clock" | "signal" | "log">;
  readonly #client: Client;
  readonly #id: string;
  readonly #selection: LogSelection;
  #tail: LogTail | undefined;
  #rest = "";
  #elapsed = 0;
  #read: { now: number; date: number } | undefined;

  constructor(
    context: Pick<Context, "clock" | "signal" | "log">,
    client: Client,
    id: string,
    selection: LogSelection,
  ) {
    this.#context = context;
    this.#client = client;
    this.#id = id;
    this.#selection = selection;
  }

  /** The start of a line that has not ended yet. */
  get rest(): string {
    return this.#rest;
  }

  /** The lines that came; the first time those that are wanted of before. */
  async read(): Promise<string[]> {
    if (!this.#tail) return this.#start();
    const askedAt = this.#now();
    const seconds = this.#tail.secondsAt(askedAt);
    const { lines } = await this.#ask(seconds);
    const read = { seconds, askedAt, answeredAt: this.#now() };
    const { lines: fresh, gap } = this.#tail.take(lines, read);
    if (gap)
      this.#context.log.warn(
        "lines may be missing here: more were written than the platform keeps",
      );
    return fresh;
  }

  async #start(): Promise<string[]> {
    const askedAt = this.#now();
    // More than may be wanted, to find its end again in the next window.
    const { seconds } = podWindow(this.#selection);
    const { lines } = await this.#ask(Math.max(seconds, OVERLAP_MS / 1000));
    const read = { askedAt, answeredAt: this.#now() };
    // A pod that was made ready beforehand comes with what it wrote by then.
    if (lines.length === 0) return [];
    const recent = await this.#ask(OVERLAP_MS / 1000);
    this.#tail = new LogTail(lines, recent.lines.length, read);
    const { tail = Infinity } = this.#selection;
    return lines.slice(Math.max(0, lines.length - tail));
  }

  /** Time that passes while this machine sleeps as well, when the pod goes on writing. */
  #now(): number {
    const { clock } = this.#context;
    const read = { now: clock.now(), date: clock.date() };
    const last = this.#read ?? read;
    this.#elapsed += Math.max(read.now - last.now, read.date - last.date);
    this.#read = read;
    return this.#elapsed;
  }

  async #ask(seconds: number): Promise<PodLog> {
    const window = { seconds, lines: LOG_LIMITS.lines };
    const answer = await getPodLog(this.#client, this.#id, window, this.#context.signal);
    // Once the pod is gone there is nothing to read, its last words included.
    if (answer.lines.length > 0 || answer.rest) this.#rest = answer.rest;
    return answer;
  }
}
