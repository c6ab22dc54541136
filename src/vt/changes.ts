/**
 * Everything that a remote can change of a terminal, and how each is undone.
 *
 * Sources: xterm's ctlseqs (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html), kitty's
 * keyboard protocol and pointer shapes (https://sw.kovidgoyal.net/kitty/protocol-extensions/).
 */

export const CSI = "\x1b[";
export const ST = "\x1b\\";
export const SAVE_CURSOR = "\x1b7";
export const RESTORE_CURSOR = "\x1b8";
/**
 * Ends whatever sequence or string was cut. CAN alone does in xterm, xterm.js and WezTerm, and without
 * acting on a half-sent command; ST ends the strings in which kitty, tmux (a DCS) and screen take CAN
 * for content. Where nothing is open both do nothing.
 */
export const ABORT = `\x18${ST}`;

/** The flags that a program left pushed on the screen which is not shown can only be had there. */
export function visitAlternate(sequences: string): string {
  return sequences === "" ? "" : `${CSI}?1049h${sequences}${CSI}?1049l`;
}

/** One thing that can be changed; its state is 0 while the terminal is as it was. */
export interface Row {
  readonly id: string;
  readonly undo: string;
  /** Absent where the content (a colour, a link) is not kept. */
  readonly redo?: (value: number) => string;
  /** A mode that a fresh terminal has on. */
  readonly on?: boolean;
}

function mode(number: number, on = false, mark = "?"): Row {
  const [undo, redo] = on ? ["h", "l"] : ["l", "h"];
  const to = (letter: string) => `${CSI}${mark}${number}${letter}`;
  return { id: `${mark}${number}`, undo: to(undo!), redo: () => to(redo!), on };
}

function osc(id: string, undo: string): Row {
  return { id, undo: `\x1b]${undo}${ST}` };
}

/** How the state holds a key resource that was switched off altogether (CSI > Ps n). */
export const DISABLED = -1;

/** Those of XTMODKEYS; 4 is modifyOtherKeys. */
const KEY_RESOURCES = [0, 1, 2, 3, 4, 6, 7];

function keyResource(resource: number): Row {
  const redo = (value: number) =>
    value === DISABLED ? `${CSI}>${resource}n` : `${CSI}>${resource};${value - 1}m`;
  return { id: `>${resource}`, undo: `${CSI}>${resource}m`, redo };
}

/** Titles are set (0) or told (1) in hexadecimal (XTSMTITLE). */
function titleMode(number: number): Row {
  const to = (final: string) => `${CSI}>${number}${final}`;
  return { id: `title${number}`, undo: to("T"), redo: () => to("t") };
}

function charset(index: number): Row {
  const to = (final: string) => `\x1b${"()*+"[index]}${final}`;
  const redo = (value: number) => (value > 0 ? to(String.fromCharCode(value)) : "");
  return { id: `g${index}`, undo: to("B"), redo };
}

/**
 * What may shift the left half to another set. The last three shift the right half by the
 * standard and in xterm, but the left one in xterm.js.
 */
const SHIFTS = ["\x0f", "\x0e", "\x1bn", "\x1bo", "\x1b~", "\x1b}", "\x1b|"];

/** So many columns get their tab stops back: wide windows have fewer. */
const TAB_COLUMNS = 512;
const TAB_WIDTH = 8;
/** The last ones fall together in the last column, to which a tab goes anyway. Not all know DECST8C (CSI ? 5 W). */
const TAB_STOPS =
  `${SAVE_CURSOR}\r${CSI}3g\x1bH` +
  `${CSI}${TAB_WIDTH}C\x1bH`.repeat(TAB_COLUMNS / TAB_WIDTH) +
  `${CSI}g${CSI}?5W${RESTORE_CURSOR}`;

/** A pair of margins in one integer; both are at most 0x7fff. */
const margins = (final: string) => (value: number) =>
  `${CSI}${value >> 16};${value & 0xffff}${final}`;

// The order of the rows is the order of undoing.

/** Undone at once: the frozen screen first, then all that makes the terminal send reports. */
export const INPUT: readonly Row[] = [
  mode(2026), // synchronized update
  ...[9, 1000, 1001, 1002, 1003, 1005, 1006, 1015, 1016].map((mouse) => mode(mouse)),
  mode(1004), // focus
  mode(2004), // bracketed paste
  mode(2031), // colour-scheme reports
  mode(2048), // in-band resize reports
  mode(7727), // application escape key (mintty)
  mode(9001), // key records of Windows
  mode(1), // application cursor keys
  { id: "?66", undo: "\x1b>", redo: () => "\x1b=" }, // application keypad
  mode(8, true), // auto-repeat
  mode(2, false, ""), // keyboard locked
  ...KEY_RESOURCES.map(keyResource),
  { id: "8-bit", undo: "\x1b F", redo: () => "\x1b G" }, // answers with 8-bit controls
];

/** These home the cursor, so `undo` places them by hand. */
export const PLACED: readonly Row[] = [
  mode(69), // left and right margins allowed
  { id: "columns", undo: "", redo: margins("s") },
  { id: "region", undo: `${CSI}r`, redo: margins("r") },
  mode(6), // origin
];

/** Undone on the main screen: ?1049l and ESC 8 bring back the rendition of their save. */
export const SCREEN: readonly Row[] = [
  { id: "tabs", undo: TAB_STOPS },
  mode(5), // reverse video
  mode(7, true), // wrap
  mode(45), // reverse wrap
  mode(4, false, ""), // insert
  mode(20, false, ""), // LF is CR LF
  mode(2027), // grapheme clusters
  { id: "utf8", undo: "\x1b%G", redo: () => "\x1b%@" },
  ...[0, 1, 2, 3].map(charset),
  { id: "shift", undo: "\x0f", redo: (shift) => SHIFTS[shift]! },
  osc("link", "8;;"),
  { id: "sgr", undo: `${CSI}0m` },
  // Text is kept from being erased; this frees what ESC V has kept as well, which ESC W does not.
  { id: "protected", undo: `${CSI}0"q`, redo: () => `${CSI}1"q` },
  titleMode(0),
  titleMode(1),
  { id: "shape", undo: `${CSI}0 q`, redo: (shape) => `${CSI}${shape} q` },
  mode(12), // cursor blink
  mode(25, true), // cursor shown
];

/**
 * Set by OSC. xterm.js keeps these through RIS, so they are still undone after one. Undone at the very
 * end: in reverse video xterm takes the background for the foreground.
 */
export const COMMANDS: readonly Row[] = [
  osc("osc4", "104"),
  osc("osc5", "105"),
  ...Array.from({ length: 10 }, (_, index) => osc(`osc${10 + index}`, `${110 + index}`)),
  osc("progress", "9;4;0"),
  osc("pointer", "22;"),
];

export const TABLE = [...INPUT, ...PLACED, ...SCREEN, ...COMMANDS];
const ROW = new Map(TABLE.map((row, index) => [row.id, index]));

/** Throws on a name that is not in the table, which only a slip in this file can cause. */
export function rowOf(id: string): number {
  const row = ROW.get(id);
  if (row === undefined) throw new Error(`no such row: ${id}`);
  return row;
}

/** Mode number to row, for `CSI ? n h` and for `CSI n h`. */
export const PRIVATE_MODES = rowsOf(/^\?(\d+)$/);
export const ANSI_MODES = rowsOf(/^(\d+)$/);
export const TITLE_MODES = rowsOf(/^title(\d+)$/);
/** These change which screen is shown, or save the cursor, and have no rows. */
export const SCREEN_MODES = [47, 1047, 1048, 1049];
/** Key resource to row. */
export const RESOURCES = rowsOf(/^>(\d+)$/);

/** Whether a mode shows one screen or the other. */
export function showsScreen(number: number): boolean {
  return SCREEN_MODES.includes(number) && number !== 1048;
}

function rowsOf(pattern: RegExp): Map<number, number> {
  const found = TABLE.flatMap((row, index) => {
    const match = pattern.exec(row.id);
    return match === null ? [] : [[Number(match[1]), index] as const];
  });
  return new Map(found);
}

/**
 * With these a terminal sends what nobody typed, or keys in a way that only the remote understands. The
 * kitty keyboard's flags do so too.
 */
export const REPORTING = [9, 1000, 1001, 1002, 1003, 1004, 2031, 2048, 7727, 9001]
  .map((number) => `?${number}`)
  .concat(KEY_RESOURCES.map((resource) => `>${resource}`))
  .concat("8-bit")
  .map(rowOf);

/** Saved with the cursor: xterm keeps all but 5 and 7, kitty keeps those two as well. */
export const WITH_CURSOR = [
  "sgr",
  "protected",
  "shift",
  "g0",
  "g1",
  "g2",
  "g3",
  "?5",
  "?6",
  "?7",
].map(rowOf);
/** What RIS resets: not what OSC sets, and xterm.js leaves a hidden cursor hidden. */
export const HARD = [...INPUT, ...PLACED, ...SCREEN]
  .map(({ id }) => rowOf(id))
  .filter((row) => row !== rowOf("?25"));
/** What DECSTR resets in xterm, and in xterm.js too. */
export const SOFT = ["?25", "?7", "?1", "?66", "2", "4", "?69", "columns", "region", "?6"]
  .concat(["sgr", "protected", "shift", "g0", "g1", "g2", "g3"])
  .map(rowOf);
