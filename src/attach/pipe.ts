import type { Readable, Writable } from "node:stream";
import type { Clock } from "../clock.ts";
import { LapError } from "../errors.ts";
import type { OutputTerminal } from "../term/terminal.ts";
import { Echo } from "./echo.ts";
import type { Endpoint } from "./endpoint.ts";
import { Feed } from "./feed.ts";
import { Link, type LinkOver } from "./link.ts";
import type { AttachEnd } from "./session.ts";
import { Shown } from "./shown.ts";
import { Timers } from "./timers.ts";
import type { Connect } from "./transport.ts";
import { Warmth, type WarmthPolicy } from "./warmth.ts";
import type { Locate } from "./whereabouts.ts";

/** How long a sandbox must be silent after the end of stdin before it is taken to be done. */
const QUIET_MS = 1_000;
/** The same before it has said anything: a program may take its time to start. */
const FIRST_OUTPUT_MS = 10_000;
/** How often a link is looked at that has not said yet whether the input arrived. */
const ARRIVAL_POLL_MS = 50;

export interface PipeOptions {
  endpoint: Endpoint;
  connect: Connect;
  /** As for attaching, until the first connection is open; lost later, it is not opened again. */
  locate: Locate | undefined;
  waiting: { update(label: string): void; done(): void };
  warmth: WarmthPolicy;
  stdin: Readable;
  stdout: Writable;
  /** The terminal on stdout, if there is one: written to in its place, and at the end as it was. */
  terminal: OutputTerminal | undefined;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Without a terminal: stdin goes to the sandbox as it is, its output to stdout as it is, until the
 * sandbox has been silent for a while after the end of stdin. A reader that goes away (`| head`) is
 * an end like any other. What came is written before this returns, and a terminal that it was written
 * to is as it was.
 *
 * @throws UpgradeError where the connection does not open; LapError where stdin cannot be read or
 * stdout not be written; the signal's reason when aborted.
 */
export async function pipe(options: PipeOptions): Promise<AttachEnd> {
  const { stdin, terminal, clock, signal, waiting } = options;
  const stdout = terminal?.stdout ?? options.stdout;
  const ended = Promise.withResolvers<AttachEnd>();
  const timers = new Timers(clock, (work) => work());
  const warmth = new Warmth({ ...options.warmth, clock, timers, warn: () => {} });
  const echo = new Echo();
  const shown = terminal && new Shown(terminal);
  let inputOver = false;
  let linkEnd: AttachEnd | undefined;
  /** Writes that stdout has not taken yet. */
  let unwritten = 0;
  let paused = false;
  let over = false;

  const detached = (): AttachEnd => ({ kind: "detached", livesMs: warmth.remaining, unsent: 0 });
  /** Silence is the end only of who has heard all: a dead link is silent too, and found out in time. */
  const done = () => {
    if (link.uncertain > 0) timers.set("quiet", ARRIVAL_POLL_MS, done);
    else ended.resolve(detached());
  };
  /** Ends, or waits for the end, once stdout is no longer behind: a sandbox held back is silent too. */
  const settle = () => {
    timers.cancel("quiet");
    if (over || unwritten > 0) return;
    if (linkEnd) ended.resolve(linkEnd);
    else if (inputOver) timers.set("quiet", echo.only ? FIRST_OUTPUT_MS : QUIET_MS, done);
  };
  const stopReading = () => {
    feed.stop();
    stdin.destroy();
  };
  const onStdoutError = (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") ended.resolve(detached());
    else ended.reject(unwritable(error));
  };
  const onWritten = (error?: Error | null) => {
    // Here too: the stream's own event comes later than the last write is answered.
    if (error) return onStdoutError(error);
    unwritten--;
    if (paused && unwritten === 0) {
      paused = false;
      link.resume();
    }
    settle();
  };
  const onData = (bytes: Uint8Array) => {
    warmth.used();
    echo.came(bytes);
    shown?.watch(bytes);
    unwritten++;
    const room = stdout.write(bytes, onWritten);
    if (!room && !paused && unwritten > 0) {
      paused = true;
      link.pause();
    }
    settle();
  };
  const onOver = (end: LinkOver) => {
    if (end.kind === "failed") return ended.reject(end.error);
    if (end.kind === "closed") linkEnd = { ...end, uncertain: link.uncertain + feed.held };
    else linkEnd = end.kind === "left" ? detached() : end;
    stopReading();
    settle();
  };

  const link = new Link(
    { ...options, timers, reconnect: false },
    { onData, onAway() {}, onBack() {}, onCut() {}, onDropped() {}, onUncertain() {}, onOver },
  );
  const feed = new Feed(link, clock);
  await link.open(signal, waiting.update);
  waiting.done();
  warmth.start();
  const onAbort = () => ended.reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  // Never taken off: the event of an error that a write told of already comes after the end.
  stdout.on("error", onStdoutError);
  shown?.start();
  const onSent = (bytes: Uint8Array) => {
    echo.sent(bytes);
    shown?.heard(bytes);
    warmth.used();
  };
  feed.run(stdin, onSent).then(() => {
    inputOver = true;
    settle();
  }, ended.reject);
  let end: AttachEnd;
  try {
    end = await ended.promise;
  } finally {
    over = true;
    stopReading();
    timers.clear();
    warmth.stop();
    signal.removeEventListener("abort", onAbort);
    link.close();
    await shown?.leave();
  }
  // It ended otherwise, but a terminal that did not read held that up until the signal came.
  if (terminal && terminal.pending > 0) signal.throwIfAborted();
  return end;
}

function unwritable(error: Error): LapError {
  return new LapError(`stdout cannot be written to: ${error.message}`, {
    hint: "Part of the sandbox's output is lost. Check where it goes: the disk may be full.",
    cause: error,
  });
}
