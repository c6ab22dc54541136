import { describe, expect, test } from "bun:test";
import { Terminal } from "@xterm/headless";
import { stripForReplay } from "../../src/demo/replay.ts";
import { Scrollback } from "../../src/demo/scrollback.ts";

const ESC = "\x1b";
const ST = `${ESC}\\`;

describe("replayed output loses what a terminal answers to", () => {
  test.each([
    ["DA1", `${ESC}[c`],
    ["DA1 with a parameter", `${ESC}[0c`],
    ["DA2", `${ESC}[>0c`],
    ["DA3", `${ESC}[=c`],
    ["DECID", `${ESC}Z`],
    ["DSR, cursor position", `${ESC}[6n`],
    ["DSR of DEC", `${ESC}[?6n`],
    ["DSR, colour scheme", `${ESC}[?996n`],
    ["XTVERSION", `${ESC}[>q`],
    ["XTVERSION with a parameter", `${ESC}[>0q`],
    ["DECRQM", `${ESC}[?2026$p`],
    ["DECRQM of ANSI modes", `${ESC}[4$p`],
    ["the kitty keyboard query", `${ESC}[?u`],
    ["window reports", `${ESC}[14t${ESC}[16t${ESC}[18;2t${ESC}[21t`],
    ["a window move", `${ESC}[3;10;10t`],
    ["DECREQTPARM", `${ESC}[x`],
    ["XTQMODKEYS", `${ESC}[?4m`],
    ["XTSMGRAPHICS", `${ESC}[?1;1;0S`],
    ["a checksum of the screen", `${ESC}[1;1;1;1;5;5*y`],
    ["a query in C1 form", `\x9b6n`],
    ["a query with a control inside", `${ESC}[\r6\nn`],
    ["a colour", `${ESC}]11;?\x07`],
    ["a colour, with ST", `${ESC}]10;?${ST}`],
    ["a palette colour", `${ESC}]4;1;?\x07`],
    ["the clipboard", `${ESC}]52;c;?\x07`],
    ["DECRQSS", `${ESC}P$qm${ST}`],
    ["XTGETTCAP", `${ESC}P+q544e${ST}`],
    ["a kitty image", `${ESC}_Gi=1,a=q;AAAA${ST}`],
    ["ENQ", "\x05"],
  ])("%s", (_, query) => {
    expect(stripForReplay(`a${query}b`)).toBe("ab");
  });
});

describe("replayed output loses what acts beyond the screen", () => {
  test.each([
    ["the bell", "\x07"],
    ["writing the clipboard", `${ESC}]52;c;aGk=\x07`],
    ["a notification", `${ESC}]9;done\x07${ESC}]777;notify;a;b${ST}`],
    ["a file", `${ESC}]1337;File=name=YQ==:AAAA\x07`],
    ["erasing the scrollback", `${ESC}[3J`],
    ["printing", `${ESC}[5i`],
  ])("%s", (_, effect) => {
    expect(stripForReplay(`a${effect}b`)).toBe("ab");
  });
});

test.each([
  ["text", "é✻🦊 c n q ? $p\r\n"],
  ["colours", `${ESC}[38;5;9;4:3mx${ESC}[m`],
  ["the cursor's moves", `${ESC}[6;1H${ESC}[2J${ESC}[K${ESC}[5S`],
  ["the cursor's shape", `${ESC}[2 q`],
  ["saving and restoring the cursor", `${ESC}[s${ESC}[u${ESC}7${ESC}8`],
  ["modes", `${ESC}[?1049h${ESC}[?2004l${ESC}[!p${ESC}=`],
  ["modes of the keyboard", `${ESC}[>1u${ESC}[<u${ESC}[=5;1u${ESC}[>4;2m${ESC}[>4n`],
  ["pushing and popping the title", `${ESC}[22;0;0t${ESC}[23t`],
  ["a title with a question", `${ESC}]2;what;?\x07`],
  ["a link", `${ESC}]8;;https://a.example/?q=1${ST}x${ESC}]8;;${ST}`],
  ["setting a colour", `${ESC}]11;#000000\x07${ESC}]104${ST}`],
  ["a sixel image", `${ESC}P0;1q#0;2;0;0;0~-${ST}`],
  ["a sequence whose end is still to come", `x${ESC}[38;5`],
  ["a title whose end is still to come", `x${ESC}]2;tit`],
])("replayed output keeps %s", (_, text) => {
  expect(stripForReplay(text)).toBe(text);
});

test("a string that is cut off by the next sequence ends there", () => {
  expect(stripForReplay(`a${ESC}]11;?${ESC}[1mb`)).toBe(`a${ESC}[1mb`);
});

const bytes = (text: string) => new TextEncoder().encode(text);

describe("the scrollback", () => {
  test("replays what was written, however it was cut", () => {
    const scrollback = new Scrollback();
    const text = `é✻🦊${ESC}[1mx${ESC}[6n`;
    for (const byte of bytes(text)) scrollback.push(Uint8Array.of(byte));
    expect(scrollback.replay().text).toBe(`é✻🦊${ESC}[1mx`);
  });

  test("leaves an unfinished character to the live output", () => {
    const scrollback = new Scrollback();
    scrollback.push(bytes("a🦊").subarray(0, 3));
    expect(scrollback.replay().text).toBe("a");
  });

  test("keeps the newest 256 to 512 KiB, and never starts inside a sequence", () => {
    const scrollback = new Scrollback();
    const line = `${ESC}[38;2;200;100;50m🦊✻${ESC}]2;a title\x07\r\n`;
    for (let index = 0; index < 40_000; index++) scrollback.push(bytes(line));
    const { text } = scrollback.replay();
    const size = bytes(text).length;
    expect(size).toBeGreaterThan(200 * 1024);
    expect(size).toBeLessThan(513 * 1024);
    expect(text.endsWith(line + line)).toBe(true);
    const units = [`${ESC}[38;2;200;100;50m`, "🦊", "✻", `${ESC}]2;a title\x07`, "\r", "\n"];
    const wholeStarts = units.map((_, index) => units.slice(index).join(""));
    expect(wholeStarts).toContain(text.slice(0, text.indexOf("\n") + 1));
    expect(text).not.toContain("\ufffd");
  });

  test("takes a single chunk that is larger than all it keeps", () => {
    const scrollback = new Scrollback();
    scrollback.push(bytes(`${"x".repeat(3_000_000)}end`));
    expect(scrollback.replay().text.endsWith("xend")).toBe(true);
  });

  test("brings back modes that were turned on before what it still has", () => {
    const scrollback = new Scrollback();
    scrollback.push(bytes(`${ESC}[?1049h${ESC}[?2004h${ESC}[?1000h`));
    scrollback.push(bytes("x".repeat(2_000_000)));
    const { text, alternateScreen, undo } = scrollback.replay();
    const opening = text.slice(0, text.indexOf("x"));
    for (const mode of ["?1049h", "?2004h", "?1000h"]) expect(opening).toContain(mode);
    expect(alternateScreen).toBe(true);
    expect(undo).toContain("?1049l");
  });

  test("knows that the alternate screen was left again", () => {
    const scrollback = new Scrollback();
    scrollback.push(bytes(`${ESC}[?1049hvim${ESC}[?1049l$ `));
    expect(scrollback.replay()).toMatchObject({ alternateScreen: false });
  });
});

test("a real terminal answers the live output, and nothing to its replay", async () => {
  const output = `$ vim\r\n${ESC}[?1049h${ESC}[c${ESC}[>c${ESC}[6n${ESC}[?25$p${ESC}]11;?\x07text`;
  const scrollback = new Scrollback();
  scrollback.push(bytes(output));
  const answersTo = async (text: string) => {
    const terminal = new Terminal({ allowProposedApi: true });
    let answers = "";
    terminal.onData((data) => (answers += data));
    await new Promise<void>((resolve) => terminal.write(text, resolve));
    terminal.dispose();
    return answers;
  };
  expect(await answersTo(output)).not.toBe("");
  expect(await answersTo(scrollback.replay().text)).toBe("");
});
