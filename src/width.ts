// The one use of Bun outside of the edges: which columns a terminal gives to a text is a table of
// Unicode, and the runtime's own is newer than that of any library in the tree.

/** The columns of a terminal that a text takes: wide characters count two, joined emoji once. */
export function width(text: string): number {
  return Bun.stringWidth(text);
}

/** A text cut to at most `columns`, with an ellipsis where something is gone. */
export function fit(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  // A wide character at the cut is kept whole, one column beyond what was asked for.
  return Bun.sliceAnsi(text, 0, columns - 1, "…");
}

/** A text in lines of at most `columns`, broken at words, and within one that is longer. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const [word] of text.matchAll(/\s*\S+/g)) {
    if (width(line + word) <= columns) {
      line += word;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word.trimStart();
    while (width(line) > columns) {
      const part = start(line, columns);
      lines.push(part);
      line = line.slice(part.length);
    }
  }
  return line === "" && lines.length > 0 ? lines : [...lines, line];
}

/** What so many columns hold of a text, and be it too wide, one character: emoji stay joined. */
export function start(text: string, columns: number): string {
  let part = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (part !== "" && width(part + segment) > columns) break;
    part += segment;
  }
  return part;
}
