import type { PasteFrame, PastePart } from "./paste.ts";

/** What local input means for the attached session. */
export type InputEvent =
  /** Goes to the sandbox as one binary frame; `paste` where it is pasted, not typed. */
  | { type: "send"; bytes: Uint8Array; paste?: PastePart }
  /** What stood before was sent; what follows is dropped. */
  | { type: "detach" }
  /**
   * A key for lap: the lap key, the one behind it, or one that a note waits for: "d", "escape", "ctrl-]".
   * `begins`: it is the lap key, and the next one is its command.
   */
  | { type: "command"; key: string; begins: boolean }
  /** A paste begins where a note waits for a key. It is sent unless it is refused. */
  | { type: "pasting"; refuse: () => void };

/** Tells events as they come, with the bytes between two of them in a single send. */
export class Outbox {
  readonly #tell: (event: InputEvent) => void;
  #parts: Uint8Array[] = [];

  constructor(tell: (event: InputEvent) => void) {
    this.#tell = tell;
  }

  add(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#parts.push(bytes);
  }

  addAll(parts: readonly Uint8Array[]): void {
    for (const part of parts) this.add(part);
  }

  /** Ends the present send, so that what follows is a frame of its own. */
  cut(): void {
    const [first, ...more] = this.#parts;
    if (!first) return;
    const bytes = more.length === 0 ? first : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#tell({ type: "send", bytes });
  }

  /** Sends a paste, or a part of one, by itself. */
  paste({ bytes, ...paste }: PasteFrame): void {
    this.cut();
    if (bytes.length > 0) this.#tell({ type: "send", bytes, paste });
  }

  push(event: InputEvent): void {
    this.cut();
    this.#tell(event);
  }
}
