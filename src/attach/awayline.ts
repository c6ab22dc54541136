import type { Clock } from "../clock.ts";
import { type Size, USUAL_SIZE } from "../term/terminal.ts";
import { start, width } from "../width.ts";
import type { Away } from "./reconnect.ts";
import type { Screen } from "./screen.ts";
import type { Timers } from "./timers.ts";
import { SAVE_TITLE, titled, UNTITLED } from "./title.ts";
import { formatBytes } from "./bytes.ts";

const COUNTDOWN_MS = 1_000;
/** The remote may have been cut off amid an update, in another character set, with colours on. */
const PLAIN = "\x1b[?2026l\x1b(B\x0f\x1b[0m";

export interface AwayLineOptions {
  clock: Clock;
  timers: Timers;
  screen: Pick<Screen, "alternateScreen">;
  size: () => Size | undefined;
  /** True while something else of lap's is on the screen. */
  covered: () => boolean;
  /** Whether a note stands in the window's title, which is left to it. */
  entitled: () => boolean;
  /** As `Screen.freshLine`, of the main screen: the line is drawn then. */
  freshLine: () => string;
  /** Bytes typed since that wait. */
  kept: () => number;
  /** Whether an Enter goes to the sandbox as well, and ends there what was typed. */
  inLine: () => boolean;
  /** How to detach: `Ctrl-D: detach`. */
  wayOut: string;
  draw: (text: string) => void;
}

/**
 * Says on the screen that the connection is lost, in one line, and in the title.
 *
 * On the alternate screen the line covers the topmost one: the remote paints everything when it is
 * back. On the main screen, which nobody paints again, it is a line of its own below the output.
 */
export class AwayLine {
  readonly #options: AwayLineOptions;
  #away: Away | undefined;
  /** Dropped since the loss. */
  #dropped = 0;
  /** Sent before the link fell silent. */
  #uncertain = 0;
  #titled = false;
  #hidden = false;
  /** The screen on which it stands. */
  #drawn: "main" | "alternate" | undefined;

  constructor(options: AwayLineOptions) {
    this.#options = options;
  }

  show(away: Away): void {
    this.#away = away;
    if (!this.#hidden) this.#tick();
  }

  /** Takes it off, until it is drawn anew. */
  hide(): void {
    this.#hidden = true;
    this.#erase();
  }

  /** Draws it anew, behind something that covered it. */
  redraw(): void {
    this.#hidden = false;
    this.#tick();
  }

  /** Connected again: what stands there stays until it is cleared, and is drawn no more. */
  back(): void {
    this.#away = undefined;
    this.#options.timers.cancel("countdown");
  }

  /** Input that was kept had to go. */
  dropped(bytes: number): void {
    this.#dropped += bytes;
    if (!this.#hidden) this.#tick();
  }

  /** Of input that was sent, so much may not have arrived. */
  uncertain(bytes: number): void {
    this.#uncertain = bytes;
  }

  /** Takes it off. What it covered on the alternate screen is for the remote to paint, if that can. */
  clear(): void {
    this.#away = undefined;
    this.#dropped = 0;
    this.#uncertain = 0;
    this.#erase();
  }

  #erase(): void {
    this.#options.timers.cancel("countdown");
    if (this.#drawn === "main") this.#options.draw("\r\x1b[2K");
    else if (this.#drawn === "alternate") this.#options.draw(onTop("\x1b[2K"));
    this.#drawn = undefined;
    if (this.#titled) this.#options.draw(UNTITLED);
    this.#titled = false;
  }

  #tick(): void {
    if (!this.#away) return;
    this.#draw();
    this.#options.timers.cancel("countdown");
    if (this.#away.kind === "waiting") {
      this.#options.timers.set("countdown", COUNTDOWN_MS, () => this.#tick());
    }
  }

  #draw(): void {
    const { clock, screen, size, covered, entitled, freshLine, kept, inLine, wayOut, draw } =
      this.#options;
    const away = this.#away as Away;
    const state = awayWords(away, clock.now());
    // The most telling first: what the width has no room for is left out whole.
    const words = [
      state,
      this.#dropped > 0 ? `${formatBytes(this.#dropped)} dropped` : "",
      kept() > 0 ? `${formatBytes(kept())} kept` : "",
      this.#uncertain > 0 ? `${formatBytes(this.#uncertain)} lost?` : "",
      inLine() ? "Enter: now, and sent" : "Enter: now",
      wayOut,
    ];
    const title = entitled() ? "" : (this.#titled ? "" : SAVE_TITLE) + titled(`lap: ${state}`);
    this.#titled ||= title !== "";
    if (covered()) return draw(title);
    const { columns } = size() ?? USUAL_SIZE;
    const text = ` ${fitting(words.filter(Boolean), columns - 3)} `;
    const line = `\x1b[2K\x1b[7m${text}\x1b[27m`;
    if (screen.alternateScreen) {
      draw(title + onTop(line));
      this.#drawn = "alternate";
    } else {
      const newline = this.#drawn === "main" ? "" : freshLine();
      draw(`${title}${PLAIN}${newline || "\r"}${line}`);
      this.#drawn = "main";
    }
  }
}

/** Draws in the topmost line, and leaves the cursor where it is. */
function onTop(line: string): string {
  return `\x1b7${PLAIN}\x1b[?6l\x1b[1;1H${line}\x1b8`;
}

/** As many of the words as so many columns hold; of the first at least a part. */
function fitting([first = "", ...more]: string[], columns: number): string {
  let line = columns > 0 ? start(first, columns) : "";
  for (const word of more) {
    if (width(line) + width(word) + 3 <= columns) line += ` · ${word}`;
  }
  return line;
}

/** What is being done about the connection, in words; `now` by the clock of `until`. */
export function awayWords(away: Away, now: number): string {
  switch (away.kind) {
    case "waiting": {
      const seconds = Math.max(1, Math.ceil((away.until - now) / 1000));
      return `connection lost, next try in ${seconds} s`;
    }
    case "trying":
      return "connection lost, trying";
    case "starting":
      return `the sandbox is starting again: ${away.label}`;
    case "exposed":
      return away.label;
  }
}
