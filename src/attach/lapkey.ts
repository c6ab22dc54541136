import { type Chord, formatKeySequence } from "../keys/chord.ts";
import { formatBytes } from "./bytes.ts";
import type { Notes } from "./notes.ts";
import type { Screen } from "./screen.ts";
import type { Traffic } from "./traffic.ts";

export type LapKeyAction = "detach" | "stop" | "suspend" | "literal" | "repaint";

export interface ConnectionInfo {
  sessionId: string;
  /** Where it is, fit to be shown. */
  endpoint: string;
  /** True while there is no connection. */
  away: boolean;
  traffic: Traffic;
}

export interface LapKeyOptions {
  escapeKey: Chord | undefined;
  notes: Pick<Notes, "answer" | "ask" | "askAgain" | "putAside" | "tell">;
  info: () => ConnectionInfo;
  screen: Pick<Screen, "alternateScreen">;
  /** Whether nothing may be sent. */
  readOnly: boolean;
  ring: () => void;
  act: (action: LapKeyAction) => void;
}

const ONLY_LOOKING = "You only look on: `lap stop` in a shell of yours stops this session.";
/** The commands that send something. */
const SENDING = ["r", "k", "]"];

/**
 * The lap key's commands. In a note the lap key begins a command too: it takes the note off, and what is
 * asked is answered with no, but for a strict question (see `Notes`).
 */
export class LapKey {
  readonly #options: LapKeyOptions;
  #begun = false;

  constructor(options: LapKeyOptions) {
    this.#options = options;
  }

  /** True while the lap key was pressed, and the next key is its command. */
  get begun(): boolean {
    return this.#begun;
  }

  /** One key, as `InputScanner` tells it: the lap key, its command, or the answer to what is shown. */
  press(key: string, begins: boolean): void {
    const { notes } = this.#options;
    this.#begun = begins;
    if (begins) return notes.putAside();
    // What came up by itself behind the lap key is not taken off unread by the command.
    if (!notes.answer(key)) this.#command(key);
    notes.askAgain();
  }

  #command(key: string): void {
    const { escapeKey, notes, act, info, ring } = this.#options;
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
        return this.#works("r") ? act("repaint") : ring();
      case "i":
        return notes.tell(...infoLines(info()));
      case "k":
        if (!this.#works("k")) return notes.tell(ONLY_LOOKING);
        return notes.ask(
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
        return notes.tell(...this.#helpLines());
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
    return [`${lapKey} then`, ...rows.map(([key, does]) => `  ${key}  ${does}`)];
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
