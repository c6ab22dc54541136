import { Tail } from "./tail.ts";

const COLOURS = "(?:\\x1b\\[\\d*m)*";
/**
 * What the harness says before it closes because its program ended (PROTOCOL 6.5): the very last that
 * it says, and in a line of its own. A program may print the same, amid other output.
 */
const FAREWELL = new RegExp(
  ["(?:^|\\n)", "\\[bridge\\] process exited(?: \\(code=[^)\\n]*\\))?", "\\r?\\n?$"].join(COLOURS),
);
/** What its tmux says where the person told that to detach (tmux's own default keys, `C-b d`). */
const LEFT = /\[detached \(from session /;

/**
 * The end of a sandbox's output, to tell how it ended: a program's own end and a dropped link both
 * close without a code.
 */
export class Farewell {
  readonly #tail = new Tail();

  feed(bytes: Uint8Array): void {
    this.#tail.feed(bytes);
  }

  /** Whether the last that came was the word of the program's end. */
  get said(): boolean {
    return FAREWELL.test(this.#tail.text);
  }

  /** Whether what ended was only the sandbox's tmux client, on the person's own wish. */
  get left(): boolean {
    return this.said && LEFT.test(this.#tail.text);
  }
}
