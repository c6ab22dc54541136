import { controlName } from "./chord.ts";

/** A key that was pressed, in whichever encoding the terminal reported it. */
export interface Key {
  /** What it sends in a terminal without a keyboard protocol, if that is a single byte. */
  readonly byte: number | undefined;
  /** "d", "?", "ctrl-]", "enter", "alt-x", "up". */
  readonly name: string;
}

/** The fields of a kitty key report; sw.kovidgoyal.net/kitty/keyboard-protocol */
interface KeyReport {
  readonly code: number;
  /** The same key with Shift, when the terminal says. */
  readonly shifted?: number | undefined;
  /** The key at this place on a US keyboard, when the terminal says. */
  readonly base?: number | undefined;
  /** Bits of the protocol, already without its offset of one. */
  readonly modifiers: number;
  /** The characters that the key types, when the terminal says. */
  readonly text?: readonly number[];
}

const SHIFT = 1;
const ALT = 2;
const CTRL = 4;
const SUPER = 8 | 16 | 32;
const CAPS_LOCK = 64;
const NUM_LOCK = 128;

const US_PLAIN = "`1234567890-=[]\\;',./";
const US_SHIFTED = '~!@#$%^&*()_+{}|:"<>?';

// Ctrl with these gives a control byte as well, in xterm and in kitty's table ("Legacy ctrl
// mapping of ASCII keys"). People whose layout hides ] behind AltGr rely on Ctrl-5.
const CTRL_ALIASES = new Map([..." 234567/~"].map((key, at) => [key, "@@[\\]^__^".charAt(at)]));

const NAMED_CODES = new Map([
  [9, "tab"],
  [13, "enter"],
  [27, "escape"],
  [127, "backspace"],
  [57414, "enter"],
]);

/** The key that one byte below 0x80 stands for. */
export function keyOfByte(byte: number): Key {
  const name = NAMED_CODES.get(byte);
  if (name) return { byte, name };
  return { byte, name: byte < 0x20 ? controlName(byte) : String.fromCharCode(byte) };
}

/** Alt with the key that one printable byte stands for: Escape and that byte. */
export function altKey(byte: number): Key {
  return { byte: undefined, name: `alt-${String.fromCharCode(byte)}` };
}

/** The key of a kitty or modifyOtherKeys report. */
export function keyOfReport(report: KeyReport): Key {
  const modifiers = report.modifiers & ~(CAPS_LOCK | NUM_LOCK);
  const named = NAMED_CODES.get(report.code);
  if (named) {
    return {
      byte: modifiers === 0 && report.code < 0x80 ? report.code : undefined,
      name: withModifiers(modifiers, named),
    };
  }
  const character = typedCharacter(report);
  if (modifiers & CTRL) return controlled(report, modifiers, character);
  const name = modifiers & (ALT | SUPER) ? withModifiers(modifiers & ~SHIFT, character) : character;
  return { byte: /^[ -~]$/.test(name) ? name.charCodeAt(0) : undefined, name };
}

/** The fields of a key record of Windows (KEY_EVENT_RECORD) that say which key it is. */
interface KeyRecord {
  /** The key's virtual code. */
  readonly virtual: number;
  /** The UTF-16 unit that it types, Ctrl included; 0 for none. */
  readonly unicode: number;
  /** Bits of its control key state. */
  readonly state: number;
}

const RECORD_ALT = 1 | 2;
const RECORD_CTRL = 4 | 8;
/** Shift, Ctrl, Alt, caps lock, both Windows keys, num and scroll lock. */
const MODIFIER_CODES = [16, 17, 18, 20, 91, 92, 144, 145];

/** Whether a key record is that of a modifier by itself. */
export function isModifierRecord(virtual: number): boolean {
  return MODIFIER_CODES.includes(virtual);
}

/** The key of a key record. */
export function keyOfRecord({ virtual, unicode, state }: KeyRecord): Key {
  if (unicode === 0) return { byte: undefined, name: `key-${virtual}` };
  // Ctrl and Alt together are AltGr, and in what it types.
  const alt = (state & RECORD_ALT) !== 0 && (state & RECORD_CTRL) === 0;
  if (alt) return altKey(unicode);
  if (unicode < 0x80) return keyOfByte(unicode);
  return { byte: undefined, name: String.fromCharCode(unicode) };
}

/** Puts the names of the modifiers that are held before the name of a key. */
export function withModifiers(modifiers: number, name: string): string {
  const held = [
    modifiers & CTRL ? "ctrl-" : "",
    modifiers & ALT ? "alt-" : "",
    modifiers & SHIFT ? "shift-" : "",
    modifiers & SUPER ? "super-" : "",
  ];
  return held.join("") + name;
}

function controlled(report: KeyReport, modifiers: number, character: string): Key {
  const plain = plainCharacter(report).toLowerCase();
  const onlyCtrl = modifiers === CTRL;
  // Ctrl-^ is Ctrl-Shift-6 on a US keyboard, but Ctrl-Shift-D is another key than Ctrl-D.
  const shiftedSymbol = modifiers === (CTRL | SHIFT) && /^[@[\\\]^_]$/.test(character);
  const symbol = onlyCtrl ? (CTRL_ALIASES.get(plain) ?? plain) : shiftedSymbol ? character : "";
  if (/^[@a-z[\\\]^_]$/.test(symbol)) {
    const byte = symbol.charCodeAt(0) & 0x1f;
    return { byte, name: controlName(byte) };
  }
  return { byte: undefined, name: withModifiers(modifiers, plain) };
}

/**
 * The key without Shift. The US place of the key counts only where the layout has no ASCII
 * there: on a Dvorak keyboard the key at the place of D is another letter, and means it.
 */
function plainCharacter({ code, base }: KeyReport): string {
  const key = code >= 0x80 && base !== undefined && base < 0x80 ? base : code;
  return isUnnamed(key) ? `key-${key}` : String.fromCodePoint(key);
}

function typedCharacter(report: KeyReport): string {
  const { code, shifted, modifiers, text = [] } = report;
  const plain = plainCharacter(report);
  const ownKey = isUnnamed(code) || plain.codePointAt(0) === code;
  if (ownKey && text.length > 0 && !(modifiers & CTRL)) return String.fromCodePoint(...text);
  if (/^[a-z]$/.test(plain)) {
    const upper = Boolean(modifiers & SHIFT) !== Boolean(modifiers & CAPS_LOCK);
    return upper ? plain.toUpperCase() : plain;
  }
  if (!(modifiers & SHIFT) || isUnnamed(code)) return plain;
  if (ownKey && shifted !== undefined) return String.fromCodePoint(shifted);
  const place = US_PLAIN.indexOf(plain);
  return place < 0 ? plain : US_SHIFTED.charAt(place);
}

/** Control codes, and kitty's own numbers for keys that type nothing. */
function isUnnamed(code: number): boolean {
  return code < 0x20 || (code >= 0xe000 && code <= 0xf8ff);
}
