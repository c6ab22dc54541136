/** What opens and closes text in bash; none: a backslash quotes single characters. */
export type Quote = "" | "'" | '"';

/** A command line up to the cursor, as bash sees it. */
export interface BashLine {
  /** The words behind the command and before the one that is being typed, without their quotes. */
  words: string[];
  /** The word that is being typed, without its quotes; empty behind a space. */
  current: string;
  /**
   * How many characters of `current` stand before what readline replaces: it begins behind an open
   * quote, else behind (or at) the last character of COMP_WORDBREAKS that is not quoted.
   */
  kept: number;
  /** The quote that is still open. */
  quote: Quote;
}

/** Breaks that belong to what readline replaces, which begins behind the others: rl_special_prefixes. */
const SPECIAL_PREFIXES = "$@";

/**
 * Reads a line as bash would split it, and expands nothing.
 *
 * @param line from the command on to the cursor.
 * @param breaks COMP_WORDBREAKS.
 */
export function readBashLine(line: string, breaks: string): BashLine {
  const words: string[] = [];
  let current: string | undefined;
  let kept = 0;
  let quote: Quote = "";
  for (let at = 0; at < line.length; at++) {
    const char = line[at] as string;
    const next = line[at + 1];
    if (quote === "" && /\s/.test(char)) {
      if (current !== undefined) words.push(current);
      current = undefined;
      kept = 0;
      continue;
    }
    current ??= "";
    if (quote === "" && (char === "'" || char === '"')) {
      quote = char;
      kept = current.length;
    } else if (char === quote) {
      quote = "";
      kept = 0;
    } else if (char === "\\" && quote === "" && next !== undefined) {
      current += next;
      at++;
    } else if (char === "\\" && quote === '"' && next !== undefined && '$`"\\'.includes(next)) {
      current += next;
      at++;
    } else {
      current += char;
      if (quote === "" && breaks.includes(char)) {
        kept = current.length - (SPECIAL_PREFIXES.includes(char) ? 1 : 0);
      }
    }
  }
  return { words: words.slice(1), current: current ?? "", kept, quote };
}

// Of ASCII, all but what bash takes for itself; beyond, it takes nothing for anything else.
const SPECIAL = /[^\w./:=@%+,\u0080-\uffff-]/g;

/**
 * The text which makes bash read `text`, for a place where `quote` is open. bash puts it in as it is,
 * and closes the quote itself unless the text ends in one.
 */
export function quoteForBash(text: string, quote: Quote): string {
  if (quote === "") return text.replace(SPECIAL, "\\$&");
  const quoted =
    quote === "'"
      ? text.replaceAll("'", "'\\''")
      : // A history expansion takes no notice of double quotes, but of single ones.
        text.replace(/[$`"\\]/g, "\\$&").replaceAll("!", `"'!'"`);
  return quoted.endsWith(quote) ? quoted + quote : quoted;
}
