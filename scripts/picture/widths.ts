import type { Terminal } from "@xterm/headless";

/**
 * Gives a terminal the widths of today's Unicode. xterm.js has those of 2010 built in, by which an
 * emoji is one column wide; the terminals that people use show it on two.
 */
export function useModernWidths(terminal: Terminal): void {
  const version = "today";
  const wcwidth = (codePoint: number) =>
    Math.min(2, Bun.stringWidth(String.fromCodePoint(codePoint))) as 0 | 1 | 2;
  terminal.unicode.register({
    version,
    wcwidth,
    // As xterm.js does it: the width in bits 1 and 2, in bit 0 whether it joins what precedes.
    charProperties(codePoint, preceding) {
      const width = wcwidth(codePoint);
      const before = (preceding >> 1) & 3;
      const joins = width === 0 && before !== 0;
      return (joins ? before << 1 : width << 1) | (joins ? 1 : 0);
    },
  });
  terminal.unicode.activeVersion = version;
}
