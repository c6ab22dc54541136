import type { Clock } from "../clock.ts";
import type { OutputStream } from "./log.ts";
import { clean, formatDuration } from "./text.ts";
import { fit } from "../width.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 80;
const MIN_LABEL_COLUMNS = 8;
/** What is over sooner needs no word. */
const LATER_MS = 1_000;

/** The lines on each stream, the newest last: that one alone is shown. */
const open = new WeakMap<OutputStream, Progress[]>();

/** What is being waited for. */
export interface Progress {
  /** Names what is done now; its own time starts when the name changes. */
  update(label: string): void;
  /** What stands behind the name on a terminal, while its time goes on; a new name takes it away. */
  detail(text: string): void;
  /** Takes the line away. Safe to call twice. */
  done(): void;
}

/**
 * One live line on a terminal, with the time of what is named; elsewhere a plain line per change,
 * with the time since the start. Not clack's spinner: that takes the keyboard and ends the process on
 * Ctrl-C with exit code 0 (its `block()`), before lap could say which session is left.
 *
 * Of several at a time the newest is shown, until it is done.
 *
 * @param later what is named where nothing else was for a second.
 */
export function startProgress(stderr: OutputStream, clock: Clock, later?: string): Progress {
  const start = clock.now();
  let label = "";
  let behind = "";
  let since = start;
  let frame = 0;
  let cancel: (() => void) | undefined;
  const lines = open.get(stderr) ?? [];
  open.set(stderr, lines);
  const isShown = () => lines.at(-1) === progress;
  const show = (line: string) => (stderr.offer ? stderr.offer(line) : stderr.write(line));
  const draw = () => {
    cancel = clock.after(FRAME_MS, draw);
    if (!isShown()) return;
    const time = formatDuration(clock.now() - since);
    // Beside the frame, its space and two more; a line as wide as the screen might wrap.
    const room = Math.max(MIN_LABEL_COLUMNS, (stderr.columns || 80) - time.length - 5);
    const text = fit(behind ? `${label}  ${behind}` : label, room);
    show(`\r\x1b[2K${FRAMES[frame++ % FRAMES.length]} ${text}  ${time}`);
  };
  const update = (next: string) => {
    cancelLater?.();
    const cleaned = clean(next);
    if (cleaned === label) return;
    label = cleaned;
    behind = "";
    since = clock.now();
    if (!stderr.isTTY && isShown()) stderr.write(`${label}  ${formatDuration(since - start)}\n`);
    if (stderr.isTTY && !cancel) draw();
  };
  const cancelLater = later === undefined ? undefined : clock.after(LATER_MS, () => update(later));
  const progress: Progress = {
    update,
    detail(text) {
      behind = text;
    },
    done() {
      cancelLater?.();
      if (cancel && isShown()) stderr.write("\r\x1b[2K");
      cancel?.();
      cancel = undefined;
      if (lines.includes(progress)) lines.splice(lines.indexOf(progress), 1);
    },
  };
  lines.push(progress);
  return progress;
}
