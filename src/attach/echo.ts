/** What a terminal holds of a line that nobody reads yet; it gives back no more than that. */
const MOST_ECHO_BYTES = 4096;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const DEL = 0x7f;

/**
 * Tells what a program says from what its terminal gives back of the input by itself, which comes at
 * once, however long the program takes to start.
 */
export class Echo {
  #expected: number[] = [];
  #answered = false;

  /** True while nothing has come but the echo of what was sent. */
  get only(): boolean {
    return !this.#answered;
  }

  sent(bytes: Uint8Array): void {
    if (this.#answered) return;
    const room = Math.max(0, MOST_ECHO_BYTES - this.#expected.length);
    this.#expected.push(...Array.from(bytes.subarray(0, room), echoOf).flat());
  }

  came(bytes: Uint8Array): void {
    if (this.#answered) return;
    const echo = this.#expected.splice(0, bytes.length);
    this.#answered = echo.length < bytes.length || echo.some((byte, at) => byte !== bytes[at]);
    if (this.#answered) this.#expected = [];
  }
}

/** As a terminal does that nobody has set up: CR LF for an end of line, and `^A` for a control. */
function echoOf(byte: number): number[] {
  if (byte === LF || byte === CR) return [CR, LF];
  if (byte === DEL || (byte < 0x20 && byte !== TAB)) return ["^".charCodeAt(0), byte ^ 0x40];
  return [byte];
}
