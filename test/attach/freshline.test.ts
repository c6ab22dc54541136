import { describe, expect, test } from "bun:test";
import { Terminal } from "@xterm/headless";
import { freshLine } from "../../src/attach/freshline.ts";
import { Tail } from "../../src/attach/tail.ts";
import { BOTTOM } from "../../src/vt/modes.ts";

const ROWS = 12;
const FAREWELL = "farewell";

/** The lines that a person sees once lap has said something behind this output. */
async function seen(output: string): Promise<string[]> {
  const terminal = new Terminal({ cols: 40, rows: ROWS, allowProposedApi: true });
  const tail = new Tail();
  tail.feed(Buffer.from(output));
  await new Promise<void>((done) => {
    // CAN, as lap ends what the output was cut in.
    terminal.write(Buffer.from(`${output}\x18${tail.freshLine}${FAREWELL}`), done);
  });
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, row) =>
    active.getLine(row)!.translateToString(true).trimEnd(),
  );
  terminal.dispose();
  return lines.join("\n").trimEnd().split("\n");
}

const BOX = ["+----+", "| > hello, this is     |", "+----+"];
const box = (...moves: string[]) => `${BOX.join("\r\n")}${moves.join("")}`;

describe("what lap says stands below the output of", () => {
  test.each<[what: string, output: string, lines: string[]]>([
    ["nothing", "", []],
    ["a line", "done\r\n", ["done"]],
    ["a line by LF and CR", "done\n\r", ["done"]],
    ["a prompt", "done\r\n$ ", ["done", "$"]],
    ["a CR alone", "done\r", ["done"]],
    ["blank lines", "done\r\n\r\n", ["done", ""]],
    ["colours behind a line", "done\r\n\x1b[0m\x1b[?25h", ["done"]],
    ["a title behind a line", "done\r\n\x1b]0;t\x07", ["done"]],
    ["a title that ST ends", "done\r\n\x1b]0;t\x1b\\", ["done"]],
    ["a title that is cut", "done\r\n\x1b]0;ti", ["done"]],
    ["a sequence that is cut", "done\r\n\x1b[3", ["done"]],
    ["a reset of what is drawn", "done\r\n\x1b(B\x1b[m", ["done"]],
    ["a cursor that was saved and is back", "done\r\n\x1b7\x1b8", ["done"]],
    ["a cursor that was saved as SCO's consoles do", "done\r\n\x1b[s\x1b[12;1H\x1b[u", ["done"]],
    ["kitty's keyboard flags", "done\r\n\x1b[>1u\x1b[<u", ["done"]],
    ["a line whose rest is erased", "done\x1b[K\r", ["done"]],
    ["a line and a screen whose rest is erased", "done\x1b[J\r", ["done"]],
    ["a line whose start is erased", "done\r\x1b[1K", [" one"]],
    ["blanks that are erased", "done\r\n\x1b[5C\x1b[J\r", ["done"]],
    ["a progress line that is erased", "done\r\n 5%\r\x1b[K", ["done"]],
    ["a progress line that is erased whole", "done\r\n 5%\x1b[2K\r", ["done"]],
    ["a prompt of bash's", "\x1b[?2004h$ \x1b[K", ["$"]],
    [
      "a prompt of zsh's",
      "\r\x1b[0m\x1b[J$ \x1b[K\x1b[?1h\x1b=\x1b[20Cright\x1b[26D",
      ["$".padEnd(22) + "right"],
    ],
    ["a prompt of fish's", "~> \x1b[K\r\x1b[3C", ["~>"]],
    [
      "a prompt with completions below",
      "$ l\r\nls  lsof\r\nlscpu\x1b[2A\r\x1b[3C",
      ["$ l", "ls  lsof", "lscpu"],
    ],
    ["a prompt whose completions are gone", "$ l\r\nls\x1b[1A\r\x1b[3C\x1b[J", ["$ l"]],
    [
      "a long command in whose first row the cursor is",
      `$ ${"x".repeat(50)}\x1b[A\r\x1b[5Cy`,
      ["$ xxxy".padEnd(40, "x"), "x".repeat(12)],
    ],
    ["a cleared screen", "old\r\n\x1b[H\x1b[2J", []],
    ["a screen cleared before it is placed", "old\r\n\x1b[2J\x1b[H", []],
    ["a screen cleared from amid a line", "older\r\nx\x1b[1;4H\x1b[J\r", ["old"]],
    ["a prompt on a cleared screen", "old\r\n\x1b[H\x1b[2J\x1b[3J$ ", ["$"]],
    ["a prompt on a screen cleared before it is placed", "old\r\n\x1b[2J\x1b[H$ ", ["$"]],
    ["a prompt on a screen cleared from its top", "old\r\n\x1b[H\x1b[J$ ", ["$"]],
    ["a prompt behind a reset", "old\x1b[5;5H\x1bc$ ", ["$"]],
    [
      "a status line that is drawn aside",
      "$ \x1b7\x1b[12;1H 5%\x1b8",
      ["$", FAREWELL, ...Array<string>(9).fill(""), " 5%"],
    ],
    ["a box", box("\r\n"), BOX],
    ["a box of which one line is erased", box("\r\n\x1b[2A\x1b[2K"), [BOX[0]!, "", BOX[2]!]],
    ["a box in which the cursor is", box("\r\n\x1b[2A\x1b[5G"), BOX],
    ["a box in whose last line the cursor was", box("\x1b[A\x1b[5G"), BOX],
    [
      "a box in which something was drawn anew",
      box("\r\n\x1b[2A\x1b[5GHELLO\r\x1b[2B"),
      [BOX[0]!, BOX[1]!.replace("hello", "HELLO"), BOX[2]!],
    ],
    ["a box in which the cursor came by lines", box("\x1b[F\x1b[E\x1bM"), BOX],
    [
      "a box whose lower part is erased",
      box("\r\n\x1b[1A\x1b[2K\x1b[1A\x1b[2K\x1b[G"),
      BOX.slice(0, 1),
    ],
  ])("%s", async (_, output, lines) => {
    expect(await seen(output)).toEqual(lines.includes(FAREWELL) ? lines : [...lines, FAREWELL]);
  });

  test("a cursor behind blanks, which might be what came before", async () => {
    for (const blanks of ["\n", "\r\n\x1b[10C", "\r\n\t", "\r\n\x1b[5G"]) {
      expect(await seen(`done${blanks}`)).toEqual(["done", "", FAREWELL]);
    }
  });

  test("a box at the window's end", async () => {
    const output = `${"\r\n".repeat(ROWS)}${box("\r\n\x1b[2A\x1b[5G")}`;
    expect((await seen(output)).slice(-4)).toEqual([...BOX, FAREWELL]);
  });

  test.each([
    ["in which the cursor is placed", "\x1b[2;5H"],
    ["in which the cursor is placed otherwise", "\x1b[2;5f"],
    ["whose row is placed", "\x1b[2d"],
    ["in which the cursor is back from elsewhere", "\x1b8"],
    ["whose margins are set", "\x1b[2;5r\x1b[r"],
  ])("a box %s, in the window's last line", async (_, place) => {
    const lines = await seen(box(place));
    expect(lines.slice(0, 3)).toEqual(BOX);
    expect(lines).toEqual([...BOX, ...Array<string>(ROWS - 3).fill(""), FAREWELL]);
  });
});

test.each([
  ["a program on the alternate screen", "\x1b[?1049h\x1b[5;5Hx\x1b[?1049l", "\r\n"],
  ["sequences alone, behind what is not known", "\x1b[m".repeat(100), "\r\n"],
  ["a position long ago", `\x1b[5;5H${"text\r\n".repeat(100)}`, ""],
  ["a position on a cleared screen that is drawn on", "\x1b[2J\x1b[Hab\r\ncd\x1b[H", BOTTOM],
  ["a position just now", `${"text\r\n".repeat(100)}\x1b[5;5H`, BOTTOM],
])("the start of a line behind %s", (_, output, expected) => {
  const tail = new Tail();
  tail.feed(Buffer.from(output));
  expect(tail.freshLine).toBe(expected);
  expect(freshLine(output, true)).toBe(expected === "" ? BOTTOM : expected);
});
