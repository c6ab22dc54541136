import { expect, test } from "bun:test";
import { Writable } from "node:stream";
import { Shown } from "../../src/attach/shown.ts";
import type { Closing, OutputTerminal } from "../../src/term/terminal.ts";

/** A terminal that notes what becomes of it. */
class NotedTerminal implements OutputTerminal {
  readonly pending = 0;
  written = "";
  silenced = false;
  closing: Closing | undefined;
  readonly stdout = new Writable({
    write: (bytes: Buffer, _encoding, done) => {
      this.written += bytes.toString();
      done();
    },
  });

  silence(): void {
    this.silenced = true;
  }

  async close(closing: Closing): Promise<void> {
    this.closing = closing;
  }
}

test.each<[output: string, silenced: boolean, owed: Closing["answersOwed"], newline: boolean]>([
  ["a line\r\n", false, undefined, false],
  ["half a line", false, undefined, true],
  ["\x1b[?1049hfull-screen", false, undefined, false],
  ["\x1b[c", true, { attributes: 1, sure: true }, false],
  ["\x1b[?1000h", true, { attributes: 0, sure: false }, false],
  ["\x1b[?1000h\x1b[?1000l", true, { attributes: 0, sure: false }, false],
])("after %j", async (output, silenced, owed, newline) => {
  const terminal = new NotedTerminal();
  const shown = new Shown(terminal);
  shown.watch(Buffer.from(output));
  expect(terminal.silenced).toBe(silenced);
  await shown.leave();
  expect(terminal.closing?.answersOwed).toEqual(owed);
  expect(terminal.closing?.undo).toBe(terminal.written);
  expect(terminal.written.endsWith("\r\n")).toBe(newline);
});
