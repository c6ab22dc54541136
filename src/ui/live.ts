import type { Clock } from "../clock.ts";
import { EXIT, Interrupted, LapError } from "../errors.ts";
import type { Size, Terminal } from "../term/terminal.ts";
import { clean } from "./text.ts";
import { fit } from "../width.ts";

export interface LiveOptions {
  terminal: Terminal;
  clock: Clock;
  signal: AbortSignal;
  /** Between two looks. */
  everyMs: number;
  /** What is shown first. */
  first: readonly string[];
  /** What is to be shown now: lines that may be cut anywhere. */
  look: (signal: AbortSignal) => Promise<readonly string[]>;
}

const SMALLEST: Size = { columns: 80, rows: 24 };
// The screen of full-screen programs, so that what stood there before comes back; without a cursor.
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const SUSPEND_KEY = "\x1a";
const END_KEYS = /[q\x03\x04]/; // oxlint-disable-line no-control-regex

/**
 * Lines on a screen of their own, looked for again and again until q or Ctrl-C. A look that fails
 * leaves what is shown as it is, with a word below.
 *
 * @throws LapError where the platform refuses the key, which no further look would change; the
 *   signal's reason when aborted; Interrupted where the terminal is gone.
 */
export async function showLive(options: LiveOptions): Promise<void> {
  const { terminal, clock, everyMs, look } = options;
  const quit = new AbortController();
  const signal = AbortSignal.any([options.signal, quit.signal]);
  let lines = options.first;
  let fault: string | undefined;
  let suspended = false;
  const draw = () => {
    // A terminal that is behind is not given more to show; the next look will be.
    if (suspended || terminal.pending > 0) return;
    terminal.write(frame(lines, fault, terminal.size() ?? SMALLEST));
  };
  const end = () => quit.abort();
  const suspend = () => {
    if (suspended) return;
    suspended = true;
    terminal.write(LEAVE);
    terminal.suspend().catch(end);
  };
  terminal.open({
    onInput(bytes) {
      const keys = Buffer.from(bytes).toString("latin1");
      if (END_KEYS.test(keys)) return end();
      if (keys.includes(SUSPEND_KEY)) suspend();
    },
    onResize: draw,
    onStop: suspend,
    onContinue() {
      if (suspended) terminal.write(ENTER);
      suspended = false;
      draw();
    },
    onWritten() {},
    onHangup: () => quit.abort(new Interrupted("SIGHUP")),
  });
  terminal.write(ENTER);
  draw();
  try {
    for (;;) {
      await clock.sleep(everyMs, signal);
      try {
        lines = await look(signal);
        fault = undefined;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof LapError) || error.exitCode === EXIT.refused) throw error;
        fault = `! ${clean(error.message)}; trying again`;
      }
      signal.throwIfAborted();
      draw();
    }
  } catch (error) {
    if (error instanceof Interrupted || !quit.signal.aborted) throw error;
  } finally {
    if (!suspended) terminal.write(LEAVE);
    await terminal.close({ undo: LEAVE });
  }
}

/**
 * One picture, drawn over the last: no line is empty for a moment, and terminals that know
 * synchronized output (?2026) show it as a whole.
 */
function frame(lines: readonly string[], fault: string | undefined, size: Size): string {
  const room = Math.max(1, size.rows - (fault === undefined ? 0 : 1));
  const more = lines.length - room;
  const shown = more > 0 ? [...lines.slice(0, room - 1), `… ${more + 1} more`] : [...lines];
  if (fault !== undefined) shown.push(fault);
  // A line as wide as the screen would lose its last letter to the erasing behind it.
  const drawn = shown.map((line) => `${fit(line, Math.max(1, size.columns - 1))}\x1b[K`);
  return `\x1b[?2026h\x1b[H${drawn.join("\r\n")}\x1b[J\x1b[?2026l`;
}
