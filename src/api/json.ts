import { TooLarge } from "../net/body.ts";

/** A pod as Kubernetes writes it is some 20 deep; a stack without end is nowhere. */
const DEEPEST = 200;
/** A page of 200 agents has some ten thousand; each takes up to 200 bytes of memory, however short it is. */
const MOST_VALUES = 500_000;

/**
 * The value of a JSON text from a server, which is looked at before anything is made of it: 30 MiB of
 * `[` or of `{},` would take gigabytes.
 *
 * @throws TooLarge where it is nested too deep or holds too many values, SyntaxError where it is no JSON.
 */
export function parseBounded(text: string): unknown {
  let [depth, values, quoted] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (quoted) {
      if (char === BACKSLASH) at++;
      else if (char === QUOTE) quoted = false;
    } else if (char === QUOTE) quoted = true;
    else if (char === COMMA) values++;
    else if (char === BRACE || char === BRACKET) {
      values++;
      if (++depth > DEEPEST) throw new TooLarge(`more than ${DEEPEST} levels`);
    } else if (char === BRACE_END || char === BRACKET_END) depth--;
    if (values > MOST_VALUES) throw new TooLarge(`more than ${MOST_VALUES} values`);
  }
  return JSON.parse(text);
}

const [QUOTE, COMMA, BRACKET, BACKSLASH, BRACKET_END, BRACE, BRACE_END] = [
  0x22, 0x2c, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d,
];
