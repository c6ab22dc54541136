const ESC = "\\x1b";
/** Ends a string sequence: BEL, ST, the C1 form of ST, a cancel, or the next sequence's ESC. */
const STRING = `[^\\x07\\x18\\x1a\\x1b\\x9c]*`;
const STRING_END = `(?:\\x07|${ESC}\\\\|[\\x18\\x1a\\x9c]|(?=${ESC}))`;

/**
 * Complete sequences, in the grammar of ECMA-48 with xterm's strings, both as ESC pairs and as C1
 * characters. C0 controls inside a CSI are part of the match, as a terminal acts on both.
 */
const SEQUENCE = new RegExp(
  [
    `(?:${ESC}\\[|\\x9b)([\\x00-\\x17\\x19\\x1c-\\x1f0-?]*)([ -/]*)([@-~])`,
    `(?:${ESC}\\]|\\x9d)(${STRING})${STRING_END}`,
    `(?:${ESC}P|\\x90)(${STRING})${STRING_END}`,
    // APC (kitty's images), SOS and PM.
    `(?:${ESC}[_X^]|[\\x9f\\x98\\x9e])${STRING}${STRING_END}`,
    // DECID, the oldest "who are you", and its C1 form.
    `(?:${ESC}Z|\\x9a)`,
    // ENQ asks for the answerback text, BEL rings.
    `[\\x05\\x07]`,
  ].join("|"),
  "g",
);

/** CSI by parameters' prefix, intermediates and final byte: see `asksOrActs`. */
const UNSAFE_CSI: RegExp[] = [
  /^[<=>?]?c$/, // DA1, DA2, DA3
  /^\??n$/, // DSR and its DEC forms; with ">" it sets a mode
  /^>q$/, // XTVERSION
  /^\??\$p$/, // DECRQM
  /^\?u$/, // kitty keyboard query
  /^\$[uw]$/, // DECRQTSR, DECRQPSR
  /^[<=>?]?t$/, // window reports, moves and sizes
  /^x$/, // DECREQTPARM
  /^\*y$/, // DECRQCRA
  /^'\|$/, // DECRQLP
  /^["&][uv]$/, // DECRQDE, DECRQUPSS
  /^#[R|]$/, // XTREPORTCOLORS, XTREPORTSGR
  /^\?[mgS]$/, // XTQMODKEYS, XTQFMTKEYS, XTSMGRAPHICS
  /^\??i$/, // media copy: prints
];

/** OSC that draw or describe: title, hyperlink, directory, prompt marks. */
const PLAIN_OSC = new Set(["0", "1", "2", "7", "8", "133", "633"]);
/** OSC that set a colour, or ask for it when a value is "?". */
const COLOUR_OSC = /^(?:4|5|1\d|10[45]|11\d)$/;

/**
 * Recorded output made safe to show again: what only draws stays, what would make a terminal answer
 * goes (the answer would be typed into the program), and so does what acts beyond the screen: the
 * bell, the clipboard, notifications, files, printing, the window, the scrollback's erasure.
 */
export function stripForReplay(text: string): string {
  return text.replaceAll(SEQUENCE, (sequence, params, intermediates, final, osc, dcs) => {
    if (final !== undefined) return isSafeCsi(params, intermediates + final) ? sequence : "";
    if (osc !== undefined) return isSafeOsc(osc) ? sequence : "";
    // Sixel draws; every other device control string asks, or sets what is not the screen.
    if (dcs !== undefined) return /^[\d;]*q/.test(dcs) ? sequence : "";
    return "";
  });
}

function isSafeCsi(params: string, ending: string): boolean {
  // oxlint-disable-next-line no-control-regex -- controls inside a sequence are not part of it
  const clean = params.replaceAll(/[\x00-\x1f]/g, "");
  const prefix = /^[<=>?]/.exec(clean)?.[0] ?? "";
  // XTWINOPS 22 and 23 push and pop the title: a push that is shown again may yet be popped.
  if (ending === "t" && /^2[23](?:;|$)/.test(clean)) return true;
  if (UNSAFE_CSI.some((form) => form.test(prefix + ending))) return false;
  // ED 3 erases the scrollback, the person's own lines from before the session included.
  return !(ending === "J" && clean.split(";").some((param) => Number(param) === 3));
}

function isSafeOsc(body: string): boolean {
  const [number = "", ...values] = body.split(";");
  if (PLAIN_OSC.has(number)) return true;
  return COLOUR_OSC.test(number) && !values.includes("?");
}
