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
