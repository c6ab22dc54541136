import { ESC, type Token } from "./decode.ts";
import { altKey, type Key, keyOfByte } from "./keycode.ts";

/**
 * Whose the keys are: lap's is the lap key, the one behind it, and any while a note waits for one.
 *
 * In a note the lap key is not just any key: the next one is its command, as ever. Pressed once more
 * there it begins again, and is no command by itself: whoever took it for any key means the next one.
 *
 * A key that is held down is no new key. Kitty says so of a repeat, and what it says of a key of lap's
 * is not for the sandbox: repeats and releases are swallowed while a key is awaited, and behind a key
 * of lap's until another is pressed. In that time the release of a key that was down before the lap
 * key is lost as well, and of two keys that roll over each other the first one's release is not.
 *
 * A note covers what is clicked at, so that the mouse is not reported to it.
 */
export class AwaitedKey {
  #behindLapKey: "plainly" | "in a note" | undefined;
  #noted = false;
  #lastWasLaps = false;

  get awaited(): boolean {
    return this.#behindLapKey !== undefined || this.#noted;
  }

  /** Whether a note waits for a key, whatever it is. */
  get noted(): boolean {
    return this.#noted;
  }

  /** Whether there is anything to be made of keys. */
  get watches(): boolean {
    return this.awaited || this.#lastWasLaps;
  }

  note(waits: boolean): void {
    this.#noted = waits;
  }

  /** A key was pressed. Returns what it is to lap: the lap key that begins a command, or one that was awaited. */
  press(isLapKey: boolean): "begins" | "awaited" | undefined {
    const { awaited } = this;
    this.#behindLapKey = isLapKey ? this.#begun() : undefined;
    this.#noted = false;
    this.#lastWasLaps = awaited || isLapKey;
    if (this.#behindLapKey) return "begins";
    return awaited ? "awaited" : undefined;
  }

  #begun(): "plainly" | "in a note" | undefined {
    if (this.#noted || this.#behindLapKey === "in a note") return "in a note";
    return this.#behindLapKey ? undefined : "plainly";
  }

  /**
   * The key that a sequence is of which nothing more came for as long as one is held. `sent`: so many
   * of its bytes are with the sandbox already.
   *
   * Escape is one at any time. Alt and one of `[ ] O P _` begin like what the terminal says by itself,
   * which goes on while a key is awaited too, and so are one only then; what follows decides nothing
   * any more. An answer that is cut just there for that long is taken for the key, and such a key with
   * what an answer goes on with right behind it for an answer.
   */
  keyCut(bytes: Uint8Array, sent: number): Key | undefined {
    const [first, second, ...more] = bytes;
    if (first !== ESC) return undefined;
    if (second === undefined) return keyOfByte(ESC);
    return this.awaited && more.length === 0 && sent === 0 ? altKey(second) : undefined;
  }

  /** Whether what the terminal says goes nowhere. */
  swallows(token: Token): boolean {
    switch (token.type) {
      case "key":
        return token.repeat === true && this.watches;
      case "release":
        return this.watches;
      case "report":
      case "partial":
        return token.mouse === true && this.#noted;
      default:
        return false;
    }
  }
}
