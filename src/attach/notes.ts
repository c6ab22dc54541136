import { type Size, USUAL_SIZE } from "../term/terminal.ts";
import { type Covered, hideOverlay, layOut, showOverlay } from "./overlay.ts";
import { BELL, type Screen } from "./screen.ts";
import { SAVE_TITLE, titled, UNTITLED } from "./title.ts";

/** What becomes of what is shown. */
interface Note {
  onAnswer?: (yes: boolean) => void;
  /** Of a strict question: shows it once more. */
  again?: () => void;
  passing?: true;
}

/** `inTitle`: not on the screen at all. */
type ShownNote = Note & { lines: number; covered: Covered; inTitle?: true };

export interface NotesOptions {
  size: () => Size | undefined;
  screen: Pick<Screen, "alternateScreen" | "cursorKept" | "cursorVisible">;
  /** Whether nothing may be sent: the remote cannot be made to paint its screen again either. */
  readOnly: boolean;
  /** Called before something is drawn: ends what the terminal still waits to see the rest of. */
  interrupt: () => void;
  draw: (text: string) => void;
  /** The same for what moves nothing on the screen, and without `interrupt`. */
  insert: (text: string) => void;
  ring: () => void;
  /** True where nothing is asked again: a command is still to come, lap is suspended, or about to end. */
  busy: () => boolean;
  /** Whether the next key is to come to `answer`, whatever it is. */
  expectKey: (expected: boolean) => void;
  /** What was drawn is gone. */
  onClosed: () => void;
  /** Makes the remote paint its screen. */
  repaint: () => void;
}

const ANY_KEY = "any key goes back";

/**
 * What lap says and asks over the remote's screen, one note at a time. Needs nothing from the network.
 *
 * A strict question takes no answer but its own: it is put aside for a command and asked again behind that,
 * for its no would lose what it asks about.
 */
export class Notes {
  readonly #options: NotesOptions;
  #shown: ShownNote | undefined;
  /** The strict question that a command was begun in. */
  #aside: Note | undefined;

  constructor(options: NotesOptions) {
    this.#options = options;
  }

  /** True while a note covers the remote's screen. */
  get shown(): boolean {
    return this.#shown !== undefined && !this.#shown.inTitle;
  }

  /** True while a note stands in the window's title. */
  get inTitle(): boolean {
    return this.#shown?.inTitle ?? false;
  }

  /** True while what is shown is a remark, which output of the remote's takes off as well as a key. */
  get passing(): boolean {
    return this.#shown?.passing ?? false;
  }

  /** Says something that a key takes away. */
  tell(...lines: string[]): void {
    // The answer to one question may let the next be asked.
    while (this.#shown) this.close();
    this.#show([...lines, "", ANY_KEY]);
  }

  /** Says something in passing: output of the remote's takes it away as well. */
  remark(lines: string[]): void {
    this.#dismiss();
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

  /** Gives what is shown a key, as `InputScanner` tells it. Returns false where nothing is. */
  answer(key: string): boolean {
    if (!this.#shown) return false;
    const { onAnswer, again } = this.#shown;
    // What is typed on by mistake should not answer.
    if (again && !["y", "n", "escape"].includes(key.toLowerCase())) {
      this.#options.ring();
      this.#options.expectKey(true);
    } else {
      this.#takeOff();
      onAnswer?.(key.toLowerCase() === "y");
    }
    return true;
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

  /** Takes the note off. A strict question is asked again behind that, any other is answered with no. */
  putAside(): void {
    if (this.#shown?.again) {
      this.#aside = this.#shown;
      this.#takeOff();
    } else this.#dismiss();
  }

  /** Asks again what was put aside for a command, once nothing of that is left to be seen to. */
  askAgain(): void {
    if (this.#shown || this.#options.busy()) return;
    const aside = this.#aside;
    this.#aside = undefined;
    aside?.again?.();
  }

  /** Takes the note off the screen, if one is there. Whatever is asked is answered with no. */
  close(): void {
    const aside = this.#aside;
    this.#aside = undefined;
    this.#dismiss();
    aside?.onAnswer?.(false);
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
    if (inTitle) this.#options.insert(UNTITLED);
    else draw(hideOverlay(covered, screen.cursorVisible, lines));
    this.#options.onClosed();
    if (inTitle) return;
    if (covered === "alternate") this.#options.repaint();
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
