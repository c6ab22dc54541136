/** One key as a terminal without any keyboard protocol sends it: a single byte. */
export interface Chord {
  /** The legacy byte, which is also what makes two chords the same. */
  readonly byte: number;
  /** As it is written in the config and in a command event: "ctrl-d", "del", "x". */
  readonly name: string;
}

/** Keys to be typed one after the other; empty means switched off. */
export type KeySequence = readonly Chord[];

/** A key name that cannot be used. The message says why, the hint what to write. */
export class KeySyntaxError extends Error {
  override readonly name = "KeySyntaxError";
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

// The order is that of the bytes 0 to 31 (moby/term ascii.go).
const CONTROLS = "@abcdefghijklmnopqrstuvwxyz[\\]^_";
const DEL = 0x7f;

const SEQUENCE_HINT =
  'Write keys as docker does: "ctrl-d", "ctrl-p,ctrl-q", "ctrl-a,d", or "none".';
const ESCAPE_HINT = 'Write one key with Ctrl, such as "ctrl-]" or "ctrl-^", or "none".';

/** Keys that a person needs for typing or that begin other keys, by their byte. */
const NEEDED_FOR_TYPING = new Map([
  [0x08, "is Backspace in some terminals"],
  [0x09, "is Tab"],
  [0x0a, "is a newline"],
  [0x0d, "is Enter"],
  [0x1b, "is Escape, with which every arrow and function key begins"],
  [DEL, "is Backspace"],
]);

/** The name of a byte from 0 to 31: "ctrl-@" to "ctrl-_". */
export function controlName(byte: number): string {
  return `ctrl-${CONTROLS.charAt(byte)}`;
}

/** What the chord's key sends in a terminal without a keyboard protocol. */
export function literal(chord: Chord): Uint8Array {
  return Uint8Array.of(chord.byte);
}

/** Reads docker's syntax for detach keys; `none` gives the empty sequence. */
export function parseKeySequence(text: string): KeySequence {
  if (isNone(text)) return [];
  const chords = text.split(",").map((part) => parseChord(part, text, SEQUENCE_HINT));
  const [first] = chords;
  if (first) refuseAsFirst(first, SEQUENCE_HINT);
  return chords;
}

/** Reads the lap key: one key with Ctrl; `none` gives undefined. */
export function parseEscapeKey(text: string): Chord | undefined {
  if (isNone(text)) return undefined;
  if (text.includes(",")) {
    throw new KeySyntaxError(`the lap key is a single key, not "${text}"`, ESCAPE_HINT);
  }
  const chord = parseChord(text, text, ESCAPE_HINT);
  refuseAsFirst(chord, ESCAPE_HINT);
  return chord;
}

/** The sequence as a person reads it: "Ctrl-P Ctrl-Q". */
export function formatKeySequence(sequence: KeySequence): string {
  if (sequence.length === 0) return "none";
  return sequence.map(formatChord).join(" ");
}

function formatChord({ name }: Chord): string {
  if (name.startsWith("ctrl-")) return `Ctrl-${name.slice("ctrl-".length).toUpperCase()}`;
  if (name === "del") return "Del";
  return name === " " ? "Space" : name;
}

function isNone(text: string): boolean {
  return text.trim().toLowerCase() === "none";
}

function parseChord(part: string, whole: string, hint: string): Chord {
  // A single character is not trimmed: docker takes " " as the space bar.
  const key = part.length > 1 ? part.trim() : part;
  if (key === "") {
    throw new KeySyntaxError(
      whole.trim() === "" ? "no key is named" : `"${whole}" has an empty place between its commas`,
      hint,
    );
  }
  if (/^[ -~]$/.test(key)) return { byte: key.charCodeAt(0), name: key };
  const lower = key.toLowerCase();
  if (lower === "del") return { byte: DEL, name: "del" };
  if (!lower.startsWith("ctrl-")) {
    throw new KeySyntaxError(`"${key}" is not the name of a key`, hint);
  }
  const letter = lower.slice("ctrl-".length);
  const byte = letter.length === 1 ? CONTROLS.indexOf(letter) : -1;
  if (byte < 0) {
    throw new KeySyntaxError(
      `"${key}" cannot be typed: a terminal knows Ctrl with a to z and with @ [ \\ ] ^ _ only`,
      hint,
    );
  }
  return { byte, name: controlName(byte) };
}

function refuseAsFirst(chord: Chord, hint: string): void {
  const use = NEEDED_FOR_TYPING.get(chord.byte);
  if (use) {
    throw new KeySyntaxError(`"${chord.name}" cannot come first because it ${use}`, hint);
  }
  if (chord.byte >= 0x20) {
    throw new KeySyntaxError(
      `"${chord.name}" cannot come first because it would be taken out of ordinary text`,
      hint,
    );
  }
}
