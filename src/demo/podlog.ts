/** How much of a program's output is kept. */
const KEPT_CHARS = 256 * 1024;

/** A program's recent output as a cluster keeps it: lines, each with the time of its end. */
export class PodLog {
  #chunks: { at: number; text: string }[] = [];
  #kept = 0;

  push(text: string, at: number): void {
    this.#chunks.push({ at, text });
    this.#kept += text.length;
    if (this.#kept <= 2 * KEPT_CHARS) return;
    // Now and then, and not with every chunk: a flood comes in many small ones.
    let from = 0;
    while (this.#kept > KEPT_CHARS) this.#kept -= this.#chunks[from++]?.text.length ?? 0;
    this.#chunks = this.#chunks.slice(from);
  }

  /** The lines since a time (milliseconds since the epoch), and of those the last so many. */
  read({ since, lines }: { since: number; lines: number }): string {
    const found: string[] = [];
    let line = "";
    let last = 0;
    for (const { at, text } of this.#chunks) {
      const [first = "", ...others] = text.split("\n");
      line += first;
      for (const next of others) {
        if (at >= since) found.push(`${line.replace(/\r$/, "")}\n`);
        line = next;
      }
      last = at;
    }
    if (line !== "" && last >= since) found.push(line);
    return found.slice(-lines).join("");
  }
}
