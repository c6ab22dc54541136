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
const TAIL_BYTES = 256;
// oxlint-disable-next-line no-control-regex
const TRAILING_SEQUENCES = /(?:\x1b\[[\x20-\x3f]*[\x40-\x7e])+$/;

/**
 * The end of a sandbox's output, to tell how it ended: a program's own end and a dropped link both
 * close without a code.
 */
export class Farewell {
  #tail = Buffer.alloc(0);

  feed(bytes: Uint8Array): void {
    this.#tail =
      bytes.length >= TAIL_BYTES
        ? Buffer.from(bytes.subarray(-TAIL_BYTES))
        : Buffer.concat([this.#tail, bytes]).subarray(-TAIL_BYTES);
  }

  /** Whether the last that came was the word of the program's end. */
  get said(): boolean {
    return FAREWELL.test(this.#tail.toString("latin1"));
  }

  /** Whether what ended was only the sandbox's tmux client, on the person's own wish. */
  get left(): boolean {
    return this.said && LEFT.test(this.#tail.toString("latin1"));
  }

  /** Whether the output ends in the middle of a line. By itself, neither CR nor LF begins a line. */
  get midLine(): boolean {
    const shown = this.#tail.toString("latin1").replace(TRAILING_SEQUENCES, "");
    return shown !== "" && !/(?:\r\n|\n\r)[\r\n]*$/.test(shown);
  }
}
