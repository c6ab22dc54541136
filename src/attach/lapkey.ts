import { type Size, USUAL_SIZE } from "../term/terminal.ts";
import { type Chord, formatKeySequence } from "../keys/chord.ts";
import { formatBytes } from "./bytes.ts";
import { type Covered, hideOverlay, layOut, showOverlay } from "./overlay.ts";
import { BELL, type Screen } from "./screen.ts";
import { SAVE_TITLE, titled, UNTITLED } from "./title.ts";
import type { Traffic } from "./traffic.ts";

export type LapKeyAction = "detach" | "stop" | "suspend" | "literal";

export interface ConnectionInfo {
  sessionId: string;
  /** Where it is, fit to be shown. */
  endpoint: string;
  /** True while there is no connection. */
  away: boolean;
  traffic: Traffic;
}

/** What becomes of what is shown. */
interface Note {
  onAnswer?: (yes: boolean) => void;
  /** Of a strict question: shows it once more. */
  again?: () => void;
  passing?: true;
}

/** `inTitle`: not on the screen at all. */
type Shown = Note & { lines: number; covered: Covered; inTitle?: true };

export interface LapKeyOptions {
  escapeKey: Chord | undefined;
  size: () => Size | undefined;
  info: () => ConnectionInfo;
  screen: Pick<Screen, "alternateScreen" | "cursorKept" | "cursorVisible">;
  /** Whether nothing may be sent: the remote cannot be made to paint its screen again either. */
  readOnly: boolean;
  /** Called before something is drawn: ends what the terminal still waits to see the rest of. */
  interrupt: () => void;
  draw: (text: string) => void;
  /** The same for what moves nothing on the screen, and without `interrupt`. */
  insert: (text: string) => void;
  ring: () => void;
  /** True where lap draws nothing: it is suspended, or about to end. */
  over: () => boolean;
  /** Whether the next key is to come to `press`, whatever it is. */
  expectKey: (expected: boolean) => void;
  /** What was drawn is gone. */
  onClosed: () => void;
  /** Makes the remote paint its screen. */
  repaint: () => void;
  act: (action: LapKeyAction) => void;
}

const ONLY_LOOKING = "You only look on: `lap stop` in a shell of yours stops this session.";
/** The commands that send something. */
const SENDING = ["r", "k", "]"];
const ANY_KEY = "any key goes back";

/**
 * The lap key's commands, and the note that some of them show. Needs nothing from the network.
 *
 * In a note the lap key begins a command too: it takes the note off, and what is asked is answered with
 * no. A strict question is only put aside and asked again behind the command, for its no would lose what
 * it asks about.
 */
export class LapKey {
  readonly #options: LapKeyOptions;
  #shown: Shown | undefined;
  /** The lap key was pressed, and the next key is its command. */
  #begun = false;
  /** The strict question that a command was begun in. */
  #aside: Note | undefined;

  constructor(options: LapKeyOptions) {
    this.#options = options;
  }

  /** True while something of lap's covers the remote's screen. */
  get shown(): boolean {
    return this.#shown !== undefined && !this.#shown.inTitle;
  }

  /** True while what is shown is a remark, which output of the remote's takes off as well as a key. */
  get passing(): boolean {
    return this.#shown?.passing ?? false;
  }

  /** One key, as `InputScanner` tells it: the lap key, its command, or the answer to what is shown. */
  press(key: string, begins: boolean): void {
    if (begins) return this.#begin();
    this.#begun = false;
    // What came up by itself behind the lap key is not taken off unread by the command.
    if (this.#shown) this.#answer(key, this.#shown);
    else this.#command(key);
    this.askAgain();
  }

  /**
   * A paste takes a note off, and goes on to the sandbox. Of questions only one about a paste takes
   * another; answers whether it is taken.
   */
  takePaste(): boolean {
    const { onAnswer, again } = this.#shown ?? {};
    if (onAnswer && !again) {
      this.#options.ring();
      return false;
    }
    if (!onAnswer) this.#takeOff();
    this.askAgain();
    return true;
  }

  #begin(): void {
    this.#begun = true;
    this.putAside();
  }

  /** Takes the note off. A strict question is asked again behind that, any other is answered with no. */
  putAside(): void {
    if (this.#shown?.again) {
      this.#aside = this.#shown;
      this.#takeOff();
    } else this.#dismiss();
  }

  #answer(key: string, { onAnswer, again }: Shown): void {
    // What is typed on by mistake should not answer.
    if (again && !["y", "n", "escape"].includes(key.toLowerCase())) {
      this.#options.ring();
      return this.#options.expectKey(true);
    }
    this.#takeOff();
    onAnswer?.(key.toLowerCase() === "y");
  }

  #command(key: string): void {
    const { escapeKey, act, ring } = this.#options;
    if (key === "]" || (escapeKey && key === escapeKey.name)) {
      return this.#works("]") ? act("literal") : ring();
    }
    // Caps lock changes the name of a letter, not its meaning here.
    switch (key.toLowerCase()) {
      case "d":
        return act("detach");
      case "z":
        return this.#works("z") ? act("suspend") : ring();
      case "r":
        return this.#works("r") ? this.#options.repaint() : ring();
      case "i":
        return this.#show(infoLines(this.#options.info()));
      case "k":
        if (!this.#works("k")) return this.#show([ONLY_LOOKING, "", ANY_KEY]);
        return this.ask(
          [
            "Stop this session? What runs in it is lost.",
            "",
            "y stops it, any other key goes back",
          ],
          (yes) => yes && act("stop"),
        );
      case "escape":
        return;
      default:
        return this.#show(this.#helpLines());
    }
  }

  /** Who only looks on sends nothing: no key, no stop, and no size, which alone brings a full screen back. */
  #works(key: string): boolean {
    const { readOnly, screen } = this.#options;
    if (!readOnly) return true;
    return key === "z" ? !screen.alternateScreen : !SENDING.includes(key);
  }

  #helpLines(): string[] {
    const { escapeKey } = this.#options;
    const lapKey = escapeKey ? formatKeySequence([escapeKey]) : "";
    const rows = lapKeyRows(lapKey).filter(([key]) => this.#works(key));
    return [`${lapKey} then`, ...rows.map(([key, does]) => `  ${key}  ${does}`), "", ANY_KEY];
  }

  /** Takes the note off the screen, if one is there. Whatever is asked is answered with no. */
  close(): void {
    const aside = this.#aside;
    this.#aside = undefined;
    this.#dismiss();
    aside?.onAnswer?.(false);
  }

  /** Asks again what was put aside for a command, once nothing of that is left to be seen to. */
  askAgain(): void {
    if (this.#shown || this.#begun || this.#options.over()) return;
    const aside = this.#aside;
    this.#aside = undefined;
    aside?.again?.();
  }

  #dismiss(): void {
    const onAnswer = this.#shown?.onAnswer;
    this.#takeOff();
    onAnswer?.(false);
  }

  #takeOff(): void {
    if (!this.#shown) return;
    const { covered, lines, inTitle } = this.#shown;
    const { screen, draw } = this.#options;
    this.#shown = undefined;
    this.#options.expectKey(false);
    if (inTitle) return this.#options.insert(UNTITLED);
    draw(hideOverlay(covered, screen.cursorVisible, lines));
    this.#options.onClosed();
    if (covered === "alternate") this.#options.repaint();
  }

  /** Says something that a key takes away. */
  tell(text: string): void {
    // The answer to one question may let the next be asked.
    while (this.#shown) this.close();
    this.#show([text, "", ANY_KEY]);
  }

  /** Says something in passing: output of the remote's takes it away as well. */
  remark(lines: string[]): void {
    this.#show(lines, { passing: true });
  }

  /**
   * Asks something: `y` is yes, any other key no; `strict`, other keys than `n` and Escape are no
   * answer. Where something is asked already the answer is no.
   */
  ask(lines: string[], onAnswer: (yes: boolean) => void, { strict = false } = {}): void {
    if (this.#shown?.onAnswer) return onAnswer(false);
    this.#dismiss();
    const question: Note = { onAnswer };
    if (strict) question.again = () => this.#show(lines, question);
    this.#show(lines, question);
  }

  #show(lines: string[], how: Note = {}): void {
    const { screen, draw, size, expectKey, interrupt } = this.#options;
    if (screen.alternateScreen && this.#options.readOnly) return this.#entitle(lines, how);
    const drawn = layOut(lines, size() ?? USUAL_SIZE);
    const covered = screen.alternateScreen ? "alternate" : screen.cursorKept ? "kept" : "main";
    this.#shown = { lines: drawn.length, covered, ...how };
    interrupt();
    draw(showOverlay(drawn, covered));
    expectKey(true);
  }

  /** The remote cannot be made to paint its screen again, so that the window's title says it. */
  #entitle(lines: string[], how: Note): void {
    const { insert, expectKey } = this.#options;
    // A title is easily overlooked; with a remark it has rung already.
    const bell = how.passing ? "" : BELL;
    const words = lines.map((line) => line.trim().replace(/ {2,}/g, " ")).filter(Boolean);
    insert(bell + SAVE_TITLE + titled(words.join(" · ")));
    this.#shown = { lines: 0, covered: "alternate", inTitle: true, ...how };
    expectKey(true);
  }
}

function infoLines({ sessionId, endpoint, away, traffic }: ConnectionInfo): string[] {
  const trip = traffic.roundTrip;
  return [
    `session     ${sessionId}`,
    `endpoint    ${endpoint}${away ? " (connection lost)" : ""}`,
    `round trip  ${trip ? `${trip.now.toFixed(1)} ms now, ${trip.p95.toFixed(1)} ms p95` : "not measured yet"}`,
    `bytes       ${formatBytes(traffic.received)} received, ${formatBytes(traffic.sent)} sent`,
    `reconnects  ${traffic.reconnects}`,
    "",
    ANY_KEY,
  ];
}

/** What may follow the lap key, and what it does then. */
export function lapKeyRows(lapKey: string): (readonly [key: string, does: string])[] {
  return [
    ["d", "detach; the session lives on"],
    ["i", "connection info"],
    ["r", "repaint the screen"],
    ["z", "suspend lap; fg returns"],
    ["k", "stop the session"],
    ["]", `send ${lapKey} itself`],
    ["?", "this help"],
  ];
}
