import type { Clock } from "../clock.ts";
import type { OutputStream } from "./log.ts";
import { clean, formatDuration } from "./text.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 80;

/** What is being waited for. */
export interface Progress {
  /** Names what is done now; its own time starts when the name changes. */
  update(label: string): void;
  /** Takes the line away. */
  done(): void;
}

/**
 * One live line on a terminal, with the time of what is named; elsewhere a plain line per change,
 * with the time since the start. Not clack's spinner: that takes the
 * keyboard and ends the process on Ctrl-C with exit code 0 (its `block()`), before lap could say which
 * session is left.
 */
export function startProgress(stderr: OutputStream, clock: Clock): Progress {
  const start = clock.now();
  let label = "";
  let since = start;
  let frame = 0;
  let cancel: (() => void) | undefined;
  const draw = () => {
    const width = Math.max(10, (stderr.columns ?? 80) - 3);
    const line = `${label}  ${formatDuration(clock.now() - since)}`.slice(0, width);
    stderr.write(`\r\x1b[2K${FRAMES[frame++ % FRAMES.length]} ${line}`);
    cancel = clock.after(FRAME_MS, draw);
  };
  return {
    update(next) {
      const cleaned = clean(next);
      if (cleaned === label) return;
      label = cleaned;
      since = clock.now();
      if (!stderr.isTTY) stderr.write(`${label}  ${formatDuration(since - start)}\n`);
      if (stderr.isTTY && !cancel) draw();
    },
    done() {
      if (cancel) stderr.write("\r\x1b[2K");
      cancel?.();
    },
  };
}
