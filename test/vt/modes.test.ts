import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Terminal } from "@xterm/headless";
import { ModeWatcher, sharedScanner } from "../../src/vt/modes.ts";
import { FULL_RESET } from "../../src/vt/reset.ts";
import { SCAN_BYTES, Scanner } from "../../src/vt/scan.ts";
import { random } from "../support/random.ts";

const STREAMS = join(import.meta.dir, "streams");
/**
 * Recorded from the real programs at 80x24: each is cut off while the program still runs. `claude` is
 * Claude Code's start, `kitty` a session of it on a terminal with the kitty keyboard.
 */
const RECORDED = readdirSync(STREAMS)
  .toSorted()
  .map((name): [string, Uint8Array] => [name, readFileSync(join(STREAMS, name))]);

/** What Claude Code may write as it starts, with a link and progress; it draws on the main screen. */
const CLAUDE =
  "\x1b[?2004h\x1b[?1004h\x1b[?2031h\x1b[?25l\x1b[>1u\x1b[>4;2m\x1b]0;✳ Claude Code\x07" +
  "\x1b[>0q\x1b[?u\x1b[c\x1b[?2026h\x1b[38;2;215;119;87m╭──────╮\x1b[39m\r\n│ \x1b[1mWelcome\x1b[22m │\r\n" +
  "\x1b]9;4;3;\x07\x1b]8;;https://example.com\x07docs\x1b]8;;\x07\x1b[2m> \x1b[7m \x1b[0m\x1b[?2026l\x1b[31m";

/** A shell with the kitty keyboard on the main screen, and an editor that has its own on the other. */
const KITTY =
  "\x1b[=1u\x1b[>5u$ hx\r\n\x1b[?1049h\x1b[>1u\x1b[>31u\x1b[=2;3u\x1b[?1003h\x1b[?1006h\x1b[6 q" +
  "\x1b[2;20r\x1b[48;5;0m\x1b]22;text\x1b\\\x1b(0lqqk\x1b(B é日😀\x1b[<u";

/** Long enough for the scanner, with lists of modes that it takes in part. */
const LISTS = `${"text ".repeat(20)}\x1b[?1000;1049h\x1b[?1002;2004;1049l\x1b[?1000;1002;1:3h`;
const WRITTEN: [string, Uint8Array][] = [
  ["lists of modes", bytesOf(LISTS)],
  ["claude", bytesOf(CLAUDE)],
  ["kitty", bytesOf(KITTY)],
];

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Every character one byte, so a table can name bytes that are not UTF-8. */
function rawBytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

function watch(...chunks: Uint8Array[]): ModeWatcher {
  const watcher = new ModeWatcher(sharedScanner);
  for (const chunk of chunks) watcher.feed(chunk);
  return watcher;
}

function seen(watcher: ModeWatcher) {
  const { alternateScreen, cursorKept, cursorVisible, unfinished, closing, reports } = watcher;
  const { questions, attributeQuestions, reportsBegun } = watcher;
  const written = { undo: watcher.undo(), redo: watcher.redo() };
  const asked = { questions, attributeQuestions, reportsBegun };
  return {
    ...written,
    ...asked,
    alternateScreen,
    cursorVisible,
    cursorKept,
    unfinished,
    closing,
    reports,
  };
}

const ABORT = "\x18\x1b\\";
/** Where a terminal has no alternate screen, the shell goes on below. */
const LEAVE = "\x1b[9999H\n\x1b[?1049l";
const UNREGION = "\x1b7\x1b[r\x1b8";

describe("undo writes just what undoes the change", () => {
  const modes: [string, string][] = [
    ["?9", "mouse clicks"],
    ["?1000", "mouse buttons"],
    ["?9001", "key records of Windows"],
    ["?1001", "mouse highlight"],
    ["?1002", "mouse drags"],
    ["?1003", "mouse moves"],
    ["?1005", "UTF-8 mouse"],
    ["?1006", "SGR mouse"],
    ["?1015", "urxvt mouse"],
    ["?1016", "pixel mouse"],
    ["?1004", "focus reports"],
    ["?2004", "bracketed paste"],
    ["?2026", "synchronized update"],
    ["?2027", "grapheme clusters"],
    ["?2031", "colour-scheme reports"],
    ["?2048", "resize reports"],
    ["?7727", "application escape"],
    ["?1", "application cursor keys"],
    ["?5", "reverse video"],
    ["?12", "cursor blink"],
    ["?45", "reverse wrap"],
    ["2", "a locked keyboard"],
    ["4", "insert"],
    ["20", "newline"],
  ];
  for (const [mode, name] of modes) {
    test(`${name}: CSI ${mode} h`, () => {
      expect(watch(bytesOf(`\x1b[${mode}h`)).undo()).toBe(`\x1b[${mode}l`);
      expect(watch(bytesOf(`\x1b[${mode}h\x1b[${mode}l`)).undo()).toBe("");
      expect(watch(bytesOf(`\x1b[${mode}l`)).undo()).toBe("");
    });
  }
  for (const mode of ["?7", "?8", "?25"]) {
    test(`a mode that is on by default: CSI ${mode} l`, () => {
      expect(watch(bytesOf(`\x1b[${mode}l`)).undo()).toBe(`\x1b[${mode}h`);
      expect(watch(bytesOf(`\x1b[${mode}l\x1b[${mode}h`)).undo()).toBe("");
    });
  }

  const cases: [name: string, stream: string, undo: string][] = [
    ["plain text changes nothing", "ls\r\nREADME.md\tsrc \x07\b é日😀", ""],
    [
      "moving, erasing and asking change nothing",
      "\x1b[2J\x1b[H\x1b[5;3f\x1b[6n\x1b[c\x1b[?2026$p",
      "",
    ],
    [
      "several modes in one sequence",
      "\x1b[?1000;1006;25l\x1b[?1000;1006h",
      "\x1b[?1000l\x1b[?1006l\x1b[?25h",
    ],
    ["an unknown mode is left alone", "\x1b[?4242h\x1b[4242h", ""],
    ["application keypad by ESC =", "\x1b=", "\x1b>"],
    ["application keypad by mode 66", "\x1b[?66h", "\x1b>"],
    ["ESC > ends what mode 66 began", "\x1b[?66h\x1b>", ""],
    [
      "a region of the main screen, which not all terminals lose on the other",
      "\x1b[2;9r\x1b[?1049h\x1b[r",
      `${LEAVE}${UNREGION}`,
    ],
    ["the alternate screen with the cursor", "\x1b[?1049h", LEAVE],
    ["the same, left again", "\x1b[?1049h\x1b[?1049l", ""],
    [
      "it in colour, of which the new line has none",
      "\x1b[?1049h\x1b[41m",
      `\x1b[0m${LEAVE}\x1b[0m`,
    ],
    ["a cursor shape", "\x1b[5 q", "\x1b[0 q"],
    ["a cursor shape put back", "\x1b[5 q\x1b[ q\x1b[4 q\x1b[0 q", ""],
    ["a scroll region, without moving the cursor", "\x1b[2;10r", UNREGION],
    ["a scroll region taken off", "\x1b[2;10r\x1b[r", ""],
    ["a scroll region of one side", "\x1b[3r\x1b[;9r", UNREGION],
    ["a scroll region of zeros is none", "\x1b[2;9r\x1b[0;0r", ""],
    ["a memory lock, which is a scroll region", "\x1bl", UNREGION],
    ["it taken off as one", "\x1bl\x1b[r", ""],
    ["protected text", '\x1b[1"q', '\x1b[0"q'],
    ["it ended", '\x1b[1"q\x1b[2"q', ""],
    ["a guarded area, which ESC W would leave guarded", "\x1bV\x1bW", '\x1b[0"q'],
    ["a cursor restored with its protection", '\x1bV\x1b7\x1b[0"q\x1b8', '\x1b[0"q'],
    ["titles in hexadecimal", "\x1b[>0;1t", "\x1b[>0T\x1b[>1T"],
    ["them as they were", "\x1b[>0t\x1b[>T\x1b[>0T", ""],
    ["them reset without a number, which xterm does not do", "\x1b[>0t\x1b[>T", "\x1b[>0T"],
    ["column margins", "\x1b[?69h\x1b[5;20s", "\x1b7\x1b[?69l\x1b8"],
    ["CSI s without column margins only saves", "\x1b[5;20s", ""],
    ["origin mode, leaving the cursor at the bottom", "\x1b[?6h", "\x1b[?6l\x1b[9999H\n"],
    [
      "origin mode on the alternate screen, undone there",
      "\x1b[?1049h\x1b[?6h",
      `\x1b[?6l${LEAVE}`,
    ],
    [
      "origin mode from before the alternate screen, which comes back with the cursor",
      "\x1b[?6h\x1b[?1049h",
      `\x1b[?6l${LEAVE}\x1b[?6l\x1b[9999H\n`,
    ],
    ["a line-drawing set", "\x1b(0", "\x1b(B"],
    ["a line-drawing set taken back", "\x1b(0\x1b(B", ""],
    ["other sets", "\x1b)0\x1b*A\x1b+<", "\x1b)B\x1b*B\x1b+B"],
    ["a set of two letters", "\x1b(%5", "\x1b(B"],
    ["a set amid whose letters stands a DEL, which is nothing", "\x1b(\x7f0", "\x1b(B"],
    ["a set of 96 characters", "\x1b-A", "\x1b)B"],
    ["shift out", "\x0e", "\x0f"],
    ["shift out and in", "a\x0eb\x0fc", ""],
    ...["n", "o", "|", "}", "~"].map((final): [string, string, string] => [
      `a locking shift, of the left half in xterm.js: ESC ${final}`,
      `\x1b${final}`,
      "\x0f",
    ]),
    ["a locking shift ended by shift in", "\x1b~\x0f", ""],
    ["shift out amid a sequence, where terminals execute it", "\x1b[3\x0e1H", "\x0f"],
    ["shift out in a string is content", "\x1b]0;a\x0eb\x07\x1bPq\x0e\x1b\\", ""],
    ["a stream that left UTF-8", "\x1b%@", "\x1b%G"],
    ["8-bit answers", "\x1b G", "\x1b F"],
    ["a cursor restored with its line-drawing set", "\x1b(0\x1b7\x1b(B\x1b8", "\x1b(B"],
    ["a cursor restored with its colour", "\x1b[1m\x1b[s\x1b[m\x1b[u", "\x1b[0m"],
    ["main-screen colour that ?1049l brings back", "\x1b[1m\x1b[?1049h\x1b[m", `${LEAVE}\x1b[0m`],
    [
      "a mode saved, changed and restored",
      "\x1b[?1000h\x1b[?1000s\x1b[?1000l\x1b[?1000r",
      "\x1b[?1000l",
    ],
    ["a mode restored to off is undone all the same", "\x1b[?5s\x1b[?5h\x1b[?5r", "\x1b[?5l"],
    [
      "modes restored that were not saved, which xterm has off",
      "\x1b[?7;25;5r",
      "\x1b[?7h\x1b[?25h",
    ],
    ["one that was saved as it was", "\x1b[?25s\x1b[?25l\x1b[?25r\x1b[?25h\x1b[?25r", ""],
    [
      "a mouse mode restored under the name of another",
      "\x1b[?1000h\x1b[?1002s\x1b[?1000l\x1b[?1002r",
      "\x1b[?1000l",
    ],
    [
      "two mouse modes saved one by one, not in one place",
      "\x1b[?1002h\x1b[?1002s\x1b[?1002l\x1b[?1000s\x1b[?1002r",
      "\x1b[?1002l",
    ],
    ["the alternate screen restored", "\x1b[?1049h\x1b[?1049s\x1b[?1049l\x1b[?1047r", LEAVE],
    [
      "the main screen restored, which tmux does not do",
      "\x1b[?47s\x1b[?1049h\x1b[?1049r",
      "\x1b7\x1b[?1049l",
    ],
    ["modifyOtherKeys", "\x1b[>4;2m", "\x1b[>4m"],
    ["modifyOtherKeys set to nothing", "\x1b[>4;1m\x1b[>4;m", ""],
    ["modifyOtherKeys set to zero", "\x1b[>4;1m\x1b[>4;0m", ""],
    ["modifyOtherKeys reset", "\x1b[>4;1m\x1b[>4m", ""],
    ["modifyOtherKeys disabled", "\x1b[>4;1m\x1b[>4n", ""],
    ["other key resources", "\x1b[>1;3m\x1b[>2n", "\x1b[>1m\x1b[>2m"],
    ["no such key resource", "\x1b[>5;1m\x1b[>99;1m\x1b[>99n", ""],
    ["asking for a key resource", "\x1b[?4m", ""],
    ["kitty keyboard pushed twice", "\x1b[>1u\x1b[>5u", "\x1b[<2u"],
    ["kitty keyboard pushed and popped", "\x1b[>1u\x1b[>5u\x1b[<2u", ""],
    ["kitty keyboard popped too often", "\x1b[<9u\x1b[>1u\x1b[<u", ""],
    ["kitty keyboard set", "\x1b[=5u", "\x1b[=0u"],
    ["kitty keyboard bits added and taken away", "\x1b[=1u\x1b[=2;2u\x1b[=3;3u", ""],
    ["kitty keyboard set in no known way", "\x1b[=1u\x1b[=1;0u\x1b[=1;9u", "\x1b[=0u"],
    ["kitty keyboard asked for", "\x1b[?u", ""],
    [
      "kitty keyboard on both screens, each popped on its own",
      "\x1b[>1u\x1b[?1049h\x1b[>1u\x1b[>3u",
      `\x1b[<2u${LEAVE}\x1b[<1u`,
    ],
    [
      "kitty keyboard left pushed on an alternate screen which is gone",
      "\x1b[?1049h\x1b[>1u\x1b[?1049l",
      "\x1b[?1049h\x1b[<1u\x1b[?1049l",
    ],
    ["a title pushed", "\x1b[22;0;0t\x1b]0;x\x07", "\x1b[23;0t"],
    [
      "titles pushed as vim does, popped in reverse",
      "\x1b[22;0;0t\x1b[22;2t\x1b[22;1t",
      "\x1b[23;1t\x1b[23;2t\x1b[23;0t",
    ],
    ["a title pushed and popped", "\x1b[22t\x1b[23;0;0t\x1b[23t", ""],
    ["the window's title of a pair popped: xterm has none left", "\x1b[22;0t\x1b[23;2t", ""],
    ["the icon's title of a pair popped", "\x1b[22;0t\x1b[23;1t", "\x1b[23;2t"],
    ["a pair of titles popped one by one", "\x1b[22;0t\x1b[23;2t\x1b[23;1t", ""],
    ["other window operations", "\x1b[14t\x1b[8;24;80t\x1b[22;9t", ""],
    ["a palette colour", "\x1b]4;1;rgb:ff/00/00\x1b\\", "\x1b]104\x1b\\"],
    ["a rendition popped, which may be any", "\x1b[1m\x1b[#{\x1b[0m\x1b[#}", "\x1b[0m"],
    ["it under its other name", "\x1b[1m\x1b[#p\x1b[0m\x1b[#q", "\x1b[0m"],
    [
      "colours popped, which may be any",
      "\x1b[#Q",
      `\x1b]104\x1b\\${Array.from({ length: 10 }, (_, index) => `\x1b]${110 + index}\x1b\\`).join("")}`,
    ],
    ["a palette colour asked for", "\x1b]4;1;?\x07", ""],
    [
      "one palette colour reset may leave others",
      "\x1b]4;1;red;2;blue\x07\x1b]104;1\x07",
      "\x1b]104\x1b\\",
    ],
    ["the palette reset", "\x1b]4;1;red\x07\x1b]104\x07", ""],
    ["the background set", "\x1b]11;#102030\x07", "\x1b]111\x1b\\"],
    [
      "the background and reverse video, in which xterm would take it for the foreground",
      "\x1b]11;red\x07\x1b[?5h",
      "\x1b[?5l\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\",
    ],
    [
      "the background set in reverse video, which is the foreground in xterm now",
      "\x1b[?5h\x1b]11;red\x07\x1b[?5l",
      "\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\",
    ],
    ["reverse video alone", "\x1b[?5h\x1b[?5l\x1b]4;1;red\x07", "\x1b]104\x1b\\"],
    ["three colours in one command", "\x1b]10;red;?;blue\x07", "\x1b]110\x1b\\\x1b]112\x1b\\"],
    ["the cursor's colour set and reset", "\x1b]12;red\x07\x1b]112\x07", ""],
    ["colours asked for", "\x1b]10;?\x07\x1b]11;?\x1b\\", ""],
    ["an open link", "\x1b]8;id=1;https://a\x1b\\text", "\x1b]8;;\x1b\\"],
    ["a closed link", "\x1b]8;;https://a\x07text\x1b]8;;\x07", ""],
    ["progress", "\x1b]9;4;1;50\x07", "\x1b]9;4;0\x1b\\"],
    ["progress ended", "\x1b]9;4;1;50\x07\x1b]9;4;0;\x07", ""],
    ["progress ended by no state at all", "\x1b]9;4;1;50\x07\x1b]9;4;\x07", ""],
    ["a notification is not progress", "\x1b]9;hello\x07", ""],
    ["a pointer shape", "\x1b]22;wait\x07", "\x1b]22;\x1b\\"],
    ["a pointer shape reset or asked for", "\x1b]22;wait\x07\x1b]22;\x07\x1b]22;?wait\x07", ""],
    [
      "commands of no number that is known",
      "\x1b]10.5;red\x07\x1b]1e1;red\x07\x1b];\x07\x1b]133;A\x07",
      "",
    ],
    [
      "a full reset, of which tmux leaves the alternate screen shown",
      "\x1b[?1049h\x1b[>1u\x1b[?1000h\x1b[3;4r\x1b(0\x1b[1m\x1b[>4;2m\x1b[5 q\x1bc",
      "\x1b[?1000l\x1b[>4m\x1b7\x1b[?1049l\x1b7\x1b[r\x1b8\x1b(B\x1b[0m\x1b[0 q",
    ],
    ["colours survive a full reset in xterm.js", "\x1b]11;red\x07\x1bc", "\x1b]111\x1b\\"],
    ["a hidden cursor survives a full reset in xterm.js", "\x1b[?25l\x1bc", "\x1b[?25h"],
    [
      "a soft reset, of which tmux does nothing",
      "\x1b[?1049h\x1b[?1000h\x1b[?1h\x1b=\x1b[?25l\x1b[?6h\x1b[3;4r\x1b(0\x0e\x1b[4h\x1b[1m\x1b[!p",
      `\x1b[?1000l\x1b[?1l\x1b>\x1b[r\x1b[?6l\x1b[0m${LEAVE}${UNREGION}\x1b[4l\x1b(B\x0f\x1b[0m\x1b[?25h`,
    ],
    ["what is changed behind a reset counts", "\x1b[?1h\x1b[1m\x1b[!p\x1b[?1l\x1b[0m", ""],
    ["the alternate screen left behind a reset", "\x1b[?1049h\x1bc\x1b[?1049l", ""],
    [
      "the alternate screen shown again behind one",
      "\x1b[?1049h\x1bc\x1b[?47h",
      "\x1b[?47l\x1b[9999H\n",
    ],
    ["the alternate screen of old", "\x1b[?47h", "\x1b[?47l\x1b[9999H\n"],
    ["the alternate screen of old, left again", "\x1b[?47h\x1b[?47l", ""],
    ["the alternate screen, cleared", "\x1b[?1047h", "\x1b[?1047l\x1b[9999H\n"],
    ["it behind a saved cursor", "\x1b7\x1b[?47h", "\x1b[?47l\x1b8"],
    [
      "it behind a cursor saved in bold",
      "\x1b[1m\x1b[?1048h\x1b[0m\x1b[?1047h",
      "\x1b[?1047l\x1b8\x1b[0m",
    ],
    ["8-bit C1 bytes are text", "\x9b?1000h\x9d0;x\x9c\x90q\x9c", ""],
    ["a C1 control in UTF-8, which xterm.js acts upon", "\xc2\x9b?1049h", LEAVE],
    ["C1 controls amid text", "a\xc2\xa0\xc2\x9b?1000h\xc2\x9b1mb", "\x1b[?1000l\x1b[0m"],
    ["a C1 control amid a sequence", "\x1b[31\xc2\x9b?1000h", "\x1b[?1000l"],
    ["a C1 control behind an Escape", "\x1b\xc2\x9b?1000h", "\x1b[?1000l"],
    ["a C1 control far into the text", `${"a".repeat(500)}\xc2\x9b?5h`, "\x1b[?5l"],
    ["a command begun by a C1 control", "\xc2\x9d11;red\x07", "\x1b]111\x1b\\"],
    ["a UTF-8 character is not a control", "\xc2\xa9\xc2?1000h\xe2\x9c\x9b?1000h", ""],
    ["a sequence begun anew", "\x1b[?10\x1b[?1000h", "\x1b[?1000l"],
    ["a sequence cancelled", "\x1b[?1000\x18h\x1b[?1002\x1ah", ""],
    ["controls amid a sequence", "\x1b[?10\r\n\x0800h", "\x1b[?1000l"],
    ["text amid a sequence ends it", "\x1b[?1000\xc3\xa9h", ""],
    ["a misplaced question mark", "\x1b[10?1000h\x1b[??1000h\x1b[25?l", ""],
    ["a colon is of no mode", "\x1b[?25l\x1b[?1:25h", "\x1b[?1l\x1b[?25h"],
    ["more zeros than are kept", `\x1b[?${"0".repeat(300)}5h`, ""],
    ["more parameters than are kept", `\x1b[${"0;".repeat(33)}m`, "\x1b[0m"],
    ["a link too long to keep", `\x1b]8;id=${"x".repeat(300)};https://a\x07`, "\x1b]8;;\x1b\\"],
    ["tab stops set or cleared, and every eighth again", "\x1bH\x1b[g\x1b[3g\x1b[?5W", ""],
    ["answers of 8 bits ended", "\x1b G\x1b F", ""],
    ["UTF-8 ended", "\x1b%@\x1b%G", ""],
    [
      "a region that the alternate screen may not share",
      "\x1b[2;9r\x1b[?1049h\x1b[r\x1b[?1049l",
      UNREGION,
    ],
    ["the alternate screen shown twice", "\x1b[?1049h\x1b[?47h", LEAVE],
    ["a soft reset forgets the saved cursor", "\x1b[1m\x1b7\x1b[0m\x1b[!p\x1b8", ""],
    ["a full reset forgets the saved cursor", "\x1b[1m\x1b7\x1b[0m\x1bc\x1b8", ""],
    ["a full reset forgets the saved modes", "\x1b[?5h\x1b[?5s\x1b[?5l\x1bc\x1b[?5r", ""],
    ["digits after an intermediate", "\x1b[ 5q", ""],
    ["DEL is ignored", "\x1b\x7f[?1\x7f000h", "\x1b[?1000l"],
    ["a mode in a string", "\x1bP\x1b[?1000h", `${ABORT}\x1b[?1000l`],
    [
      "a mode turned off in a string, which tmux takes for its content",
      "\x1b[?1h\x1b[?1049h\x1bPq\x1b[?1l\x1b[?1049l",
      `${ABORT}\x1b[?1l\x1b7\x1b[?1049l`,
    ],
    ["a mode turned off behind its end", "\x1b[?1h\x1bPq\x1b[?1l\x1b\\\x1b[?1l", ""],
    [
      "the alternate screen left in a string, and again behind its end",
      "\x1b[?1049h\x1b_q\x1b[?1049l\x1b[?1049l\x1b\\\x1b[?1049l",
      "",
    ],
    ["the end of a string amid much else", `\x1bXq\x1b[m${"text".repeat(20)}\x1b\\text`, ""],
    ["BEL does not end a device control string", "\x1bPq\x07\x0e\x1b\\\x1bP\x07\x0e\x1b\\", ""],
    ["a long string cancelled, though not in tmux", `\x1bPqxx\x18\x0e`, `${ABORT}\x0f`],
    ["a long command cancelled", `\x1b]52;c;${"x".repeat(300)}\x1a\x0e`, "\x0f"],
    ["strings of the other kinds", "\x1bX\x07a\x1b\\\x1b^b\x1b\\\x1b_Gq=1;\x1b\\", ""],
    ["a string cancelled is not believed", "\x1b]11;red\x18", ""],
    [
      "parameters too great to hold",
      "\x1b[?99999999999999999999h\x1b[>99999999999999999999u\x1b[<u",
      "",
    ],
  ];
  for (const [name, stream, undo] of cases) {
    test(name, () => {
      expect(watch(rawBytes(stream)).undo()).toBe(undo);
    });
  }
});

describe("SGR", () => {
  const cases: [string, boolean][] = [
    ["m", false],
    ["0m", false],
    ["31m", true],
    ["0;31m", true],
    ["31;0m", false],
    ["31;m", false],
    ["30m", true],
    ["100m", true],
    ["0;00m", false],
    ["31;0;10m", true],
    ["0:4m", true],
    [":4m", true],
    ["1?5m", false],
    ["%5m", false],
    ["1%5m", false],
    ["38;5;0m", true],
    ["38;5;0;0m", false],
    ["38;2;1;2;0m", true],
    ["48;2;1;2;0;0m", false],
    ["38:2::1:2:0m", true],
    ["58:5:0;0m", false],
    ["4:0m", true],
    ["38m", true],
    [`${"1;".repeat(40)}0m`, true],
    ["?1m", false],
    ["1;2;3 m", false],
  ];
  for (const [sequence, dirty] of cases) {
    test(`CSI ${sequence.slice(0, 20)} leaves it ${dirty ? "changed" : "clean"}`, () => {
      const bytes = bytesOf(`\x1b[${sequence}`);
      const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
      for (const chunks of [[bytes], pieces]) {
        expect(watch(...chunks).undo()).toBe(dirty ? "\x1b[0m" : "");
      }
    });
  }
});

test("undo goes from reports to pops to the main screen to the title", () => {
  const stream =
    "\x1b[?25l\x1b[1m\x1b[2;5r\x1b[22;0t\x1b[>1u\x1b[?1049h\x1b[>3u\x1b[>4;2m\x1b[?1h\x1b[?2004h\x1b[?1003h\x1b[?2026h";
  expect(watch(bytesOf(stream)).undo()).toBe(
    "\x1b[?2026l\x1b[?1003l\x1b[?2004l\x1b[?1l\x1b[>4m" +
      `\x1b[<1u\x1b[r\x1b[0m${LEAVE}\x1b[<1u${UNREGION}\x1b[0m\x1b[?25h\x1b[23;0t`,
  );
});

test("undo is asked for without being changed by it", () => {
  for (const [, stream] of [...WRITTEN, ...RECORDED]) {
    const watcher = watch(stream);
    expect(watcher.undo()).toBe(watcher.undo());
  }
});

describe("what is unfinished", () => {
  const cases: [name: string, stream: string, boundary: boolean, undo: string][] = [
    ["nothing", "", true, ""],
    ["text", "abc", true, ""],
    ["an escape", "\x1b", false, ABORT],
    ["a sequence", "\x1b[?100", false, ABORT],
    ["a designation", "\x1b(", false, ABORT],
    ["a title", "\x1b]0;ab", false, ABORT],
    ["a string whose end has begun", "\x1b]0;ab\x1b", false, ABORT],
    ["a device control string", "\x1bPq123", false, ABORT],
    ["a sequence after a mode", "\x1b[?1000h\x1b[", false, `${ABORT}\x1b[?1000l`],
    ["a finished string", "\x1bPq123\x1b\\", true, ""],
    ["the first byte of two", "a\xc3", false, ""],
    ["the first byte of a C1 control", "a\xc2", false, ""],
    ["a sequence begun by a C1 control", "a\xc2\x9b?1", false, ABORT],
    ["two bytes of three", "a\xe2\x9c", false, ""],
    ["three bytes of four", "\xf0\x9f\x98", false, ""],
    ["a whole character", "\xf0\x9f\x98\x80", true, ""],
    ["stray continuation bytes", "\x80\x80\x80\x80\x80", true, ""],
    ["a character cut off by text", "\xe2a", true, ""],
  ];
  for (const [name, stream, boundary, undo] of cases) {
    test(`${name}: ${boundary ? "at" : "not at"} a boundary`, () => {
      const watcher = watch(rawBytes(stream));
      expect(watcher.atBoundary).toBe(boundary);
      expect(watcher.undo()).toBe(undo);
    });
  }
});

describe("the end of a string has begun", () => {
  test.each<[what: string, stream: string, closing: boolean]>([
    ["behind the ESC of a title's", "\x1b]0;ab\x1b", true],
    ["behind that of a device control string's", "\x1bPq123\x1b", true],
    ["not amid the string", "\x1b]0;ab", false],
    ["not behind the whole end", "\x1b]0;ab\x1b\\", false],
    ["not in a character behind the whole end", "\x1b]0;ab\x1b\\\xc3", false],
    ["not behind an ESC by itself", "\x1b", false],
    ["not where another sequence goes on", "\x1b]0;ab\x1b(", false],
    ["not behind a control in its place", "\x1b]0;ab\x1b\x0f", false],
    ["not behind another ESC", "\x1b]0;ab\x1b\x1b", false],
  ])("%s", (_, stream, closing) => {
    expect(watch(rawBytes(stream)).closing).toBe(closing);
  });
});

describe("questions to the terminal are counted", () => {
  const cases: [stream: string, questions: number, attributes?: number][] = [
    ["\x1b[c", 1, 1],
    ["\x1b[0c\xc2\x9bc", 2, 2],
    ["\x1b[1c\x1b[?1;2c\x1b[>1c", 0],
    ["\x1b[>c\x1b[>0c\x1b[=c", 3],
    ["\x1b[5n\x1b[6n\x1b[?6n\x1b[?996n", 4],
    ["\x1b[0n\x1b[n\x1b[>4n", 0],
    ["\x1b[?2026$p\x1b[4$p\x1b[!p", 2],
    ["\x1b[>q\x1b[>0q\x1b[2 q\x1b[q", 2],
    ["\x1b[?u\x1b[u\x1b[>1u\x1b[<u\x1b[=1u", 1],
    [[11, 13, 14, 15, 16, 18, 19, 20, 21].map((number) => `\x1b[${number}t`).join(""), 9],
    ["\x1b[14;2t", 1],
    ["\x1b[22t\x1b[23t\x1b[8;24;80t\x1b[t\x1b[12t", 0],
    ["\x1b]4;1;?;2;red;3;?\x07\x1b]5;0;?\x07", 3],
    ["\x1b]10;?\x07\x1b]11;?\x1b\\\x1b]12;?;?\x07", 4],
    ["\x1b]21;foreground=?;cursor=red\x07\x1b]22;?wait\x07", 2],
    ["\x1b]52;c;?\x07\x1b]52;c;Pz8/\x07", 1],
    ["\x1b]0;?\x07\x1b]8;;http://a?b\x07\x1b]11;red\x07\x1b]9;?\x07", 0],
    ["\x1b]11;?\x18", 0],
    ["\x1b]0011;?\x07\x1b]00011;?\x07", 1],
    ["\x1bP$qm\x1b\\\x1bP+q544e\x1b\\", 2],
    ["\x1bPq$q\x1b\\\x1bP$\x1b\\\x1b^$q\x1b\\\x1bX+q\x1b\\\x1bP$qm\x18", 0],
    ["\x1b_Gi=31,s=1,v=1,a=q;AAAA\x1b\\", 1],
    ["\x1b[?4m\x1b[?2;1;0S\x1b[x\x1b[3S", 3],
    ["\x1b]50;?\x07\x1b]1337;ReportCellSize\x07\x1b]1337;File=a\x07", 2],
    ["\x1b]1337;ReportVariable=bmFtZQ==\x07\x1b]1337;ReportCellSizes\x07", 1],
    ["\x1b]99;i=1:p=?;\x07\x1b]99;i=1;done?\x07\x1b]99;\x07", 1],
    ["\x1b]5522;type=read;Lg==\x07\x1b]5522;type=write\x07", 1],
    ["\x1bZ\xc2\x9a", 2],
    ["\x1b[1;1;1;1;24;80*y\x1b[1$w\x1b[2$w\x1b[&u\x1b[1'w\x1b[2;1y", 4],
    ["plain ? text\x1b[2J\x1b[H", 0],
  ];
  for (const [stream, questions, attributes = 0] of cases) {
    test(JSON.stringify(stream), () => {
      for (let cut = 0; cut < stream.length; cut++) {
        const bytes = rawBytes(stream);
        const watcher = watch(bytes.subarray(0, cut), bytes.subarray(cut));
        expect([watcher.questions, watcher.attributeQuestions]).toEqual([questions, attributes]);
      }
    });
  }

  test("a reset does not forget them, and undo and redo ask nothing", () => {
    const watcher = watch(bytesOf("\x1b[c\x1b[6n\x1bc"));
    expect([watcher.questions, watcher.attributeQuestions]).toEqual([2, 1]);
    watcher.feed(bytesOf(FULL_RESET));
    for (const [, stream] of [...WRITTEN, ...RECORDED]) {
      const changed = watch(stream);
      watcher.feed(bytesOf(changed.undo() + changed.redo()));
    }
    expect(watcher.questions).toBe(2);
  });
});

test.each<[stream: string, reports: boolean]>([
  ["", false],
  ["\x1b[?2004h\x1b[?25l\x1b[?1h\x1b[?1049h\x1b[31mtext", false],
  ["\x1b[?1006h", false],
  ["\x1b[?9h", true],
  ["\x1b[?1000h", true],
  ["\x1b[?1001h", true],
  ["\x1b[?7727h", true],
  ["\x1b[>1;3m", true],
  ["\x1b G", true],
  ["\x1b[?1002;1006h", true],
  ["\x1b[?1003h\x1b[?1003l", false],
  ["\x1b[?1004h", true],
  ["\x1b[?1004h\x1bc", false],
  ["\x1b[?2031h", true],
  ["\x1b[?2048h", true],
  ["\x1b[>4;2m", true],
  ["\x1b[>4;2m\x1b[>4m", false],
  ["\x1b[>5u", true],
  ["\x1b[>5u\x1b[<u", false],
  ["\x1b[=1u", true],
  // The main screen's flags are not in force on the alternate one.
  ["\x1b[>1u\x1b[?1049h", false],
  ["\x1b[?1049h\x1b[>1u", true],
])("after %j the terminal sends by itself, or other keys: %p", (stream, reports) => {
  expect(watch(bytesOf(stream)).reports).toBe(reports);
});

test.each([
  ["\x1b[?1000h\x1b[?1000l", true],
  ["\x1b[?1000;1006h".padEnd(100) + "\x1b[?1000;1006l", true],
  ["\x1b[>1u\x1b[<u", true],
  ["\x1b[=1u\x1b[=0u", true],
  ["\x1b[>4;2m\x1b[>4m", true],
  ["\x1b[?25l\x1b[?1049h\x1b[?1000l\x1b[>0u\x1b[=0u\x1b[>4;0m", false],
])("in %j the terminal was made to send by itself, though it is over: %p", (stream, begun) => {
  const watcher = watch(bytesOf(stream));
  expect([watcher.reports, watcher.reportsBegun > 0]).toEqual([false, begun]);
});

test("the alternate screen is known", () => {
  expect(watch(bytesOf("\x1b[?1049h")).alternateScreen).toBe(true);
  expect(watch(bytesOf("\x1b[?1049h\x1b[?47l")).alternateScreen).toBe(false);
  expect(watch(bytesOf("\x1b[?1048h")).alternateScreen).toBe(false);
});

test.each<[stream: string, kept: boolean]>([
  ["", false],
  ["\x1b7", true],
  ["\x1b[s", true],
  ["\x1b[?1048h", true],
  ["\x1b7\x1b8", true],
  ["\x1b[?1049h", false],
  ["\x1b[?1049h\x1b7", false],
  ["\x1b7\x1b[?1049h\x1b[?1049l", false],
  ["\x1b7\x1b[?47h\x1b7\x1b[?47l", true],
  ["\x1b[?69h\x1b[2;9s", false],
  ["\x1b7\x1bc", false],
])("after %j a program on the main screen has saved its cursor: %p", (stream, kept) => {
  expect(watch(bytesOf(stream)).cursorKept).toBe(kept);
});

test("strings without end keep nothing", () => {
  const watcher = watch(bytesOf("\x1b]52;c;"));
  const block = new Uint8Array(1 << 20).fill(0x41);
  for (let count = 0; count < 32; count++) watcher.feed(block);
  watcher.feed(bytesOf("\x07\x1b[?1000h"));
  expect(watcher.undo()).toBe("\x1b[?1000l");
});

test("a parameter list without end keeps nothing, and the sequence after it counts", () => {
  const watcher = watch(bytesOf("\x1b["));
  for (let count = 0; count < 1000; count++) watcher.feed(bytesOf("1;2;3;4;5;".repeat(100)));
  watcher.feed(bytesOf("m\x1b[?1000h"));
  expect(watcher.undo()).toBe("\x1b[?1000l\x1b[0m");
});

describe("cut at every byte, the state is the same", () => {
  const shuffled = soup(random(7), 120);
  for (const [name, stream] of [...WRITTEN, ["soup", shuffled] as const]) {
    test(name, () => {
      const whole = seen(watch(stream));
      for (let cut = 0; cut <= stream.length; cut++) {
        expect(seen(watch(stream.subarray(0, cut), stream.subarray(cut)))).toEqual(whole);
      }
    });
    test(`${name}, byte by byte, at every byte`, () => {
      const slow = new ModeWatcher(sharedScanner);
      for (let length = 1; length <= stream.length; length++) {
        slow.feed(stream.subarray(length - 1, length));
        expect(seen(slow)).toEqual(seen(watch(stream.subarray(0, length))));
      }
    });
  }
});

describe("cut at random, a recorded stream gives the same state", () => {
  for (const [name, stream] of RECORDED) {
    test(name, () => {
      const below = random(1);
      for (let round = 0; round < 40; round++) {
        const end = round === 0 ? stream.length : below(stream.length);
        const prefix = stream.subarray(0, end);
        const pieces = new ModeWatcher(sharedScanner);
        for (let at = 0, size = 0; at < end; at += size) {
          size = 1 + below(round % 2 === 0 ? 5 : 300);
          pieces.feed(prefix.subarray(at, Math.min(at + size, end)));
        }
        expect(seen(pieces)).toEqual(seen(watch(prefix)));
      }
    });
  }
});

test("cut at random, bytes that are hardly a stream give the same state", () => {
  const alphabet = rawBytes(
    "\x1b\x1b\x1b[[[]P^_X()*+-./789=>0123459;;::?><mhlrsutcqnpHKJM%$! \x07\x18\x1a\x0e\x0f\x7f\nab\xc2\x9b\x9d\xe4\xb8\x96\xff",
  );
  const below = random(7);
  for (let round = 0; round < 4000; round++) {
    const bytes = Uint8Array.from(
      { length: 1 + below(80) },
      () => alphabet[below(alphabet.length)]!,
    );
    const pieces = new ModeWatcher(sharedScanner);
    for (let at = 0, size = 0; at < bytes.length; at += size) {
      size = 1 + below(1 + (round % 5));
      pieces.feed(bytes.subarray(at, at + size));
    }
    expect(seen(pieces)).toEqual(seen(watch(bytes)));
  }
});

describe("chunks fed all at once give the state of their bytes in one", () => {
  function together(
    chunks: readonly Uint8Array[],
    scannerFor: (fed: number) => Scanner | undefined = sharedScanner,
  ): ModeWatcher {
    const watcher = new ModeWatcher(scannerFor);
    watcher.feedAll(chunks);
    return watcher;
  }

  for (const [name, stream] of [...WRITTEN, ...RECORDED]) {
    test(`${name}, cut at every byte`, () => {
      const whole = seen(watch(stream));
      for (let cut = 0; cut <= stream.length; cut++) {
        const chunks = [stream.subarray(0, cut), stream.subarray(cut)];
        expect(seen(together(chunks))).toEqual(whole);
      }
    });
  }

  test("sequences in any order, cut at random, between other chunks", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const below = random(seed);
      const stream = soup(below, 1 + (seed % 60));
      const watcher = new ModeWatcher(seed % 5 === 0 ? () => undefined : sharedScanner);
      for (let at = 0; at < stream.length;) {
        const chunks = Array.from({ length: 1 + below(6) }, () => {
          const from = at;
          at += below(40);
          return stream.subarray(from, at);
        });
        watcher.feedAll(chunks);
      }
      expect(seen(watcher)).toEqual(seen(watch(stream)));
    }
  });

  test("more than the scanner takes at once, whatever stands at the seam", () => {
    const end = bytesOf("\x1b[1;4m\x1b[?2004h\x1b(0\x1b[?25l\x1b]0;title\x07\x1b[4 q");
    const half = SCAN_BYTES / 2;
    for (let back = 0; back <= end.length; back++) {
      const rest = [end.subarray(0, back), end.subarray(back), Buffer.alloc(half, "y")];
      const chunks = [Buffer.alloc(half, "x"), Buffer.alloc(half - back, "x"), ...rest];
      expect(seen(together(chunks))).toEqual(seen(watch(end)));
    }
    const long = Buffer.concat([Buffer.alloc(3 * SCAN_BYTES, "x"), end]);
    expect(seen(together([end, long, end]))).toEqual(seen(watch(end)));
  });

  test("an empty chunk is nothing, even amid a character", () => {
    const empty = new Uint8Array();
    const halves = [rawBytes("a\xc2"), empty, rawBytes("\x9b?5h")];
    expect(watch(...halves).undo()).toBe("\x1b[?5l");
    expect(together([empty, ...halves, empty]).undo()).toBe("\x1b[?5l");
    expect(together([empty]).unfinished).toBe(0);
  });

  test("a scan takes as many chunks as fit", () => {
    const asked: number[] = [];
    const quarter = Buffer.alloc(SCAN_BYTES / 4, "x");
    together([quarter, quarter, quarter, quarter, quarter, quarter], (fed) => {
      asked.push(fed);
      return sharedScanner();
    });
    expect(asked).toEqual([0, SCAN_BYTES]);
  });
});

describe("read without a scanner, as on old processors, the state is the same", () => {
  function unscanned(bytes: Uint8Array): ModeWatcher {
    const watcher = new ModeWatcher(() => undefined);
    watcher.feed(bytes);
    return watcher;
  }

  for (const [name, stream] of [...WRITTEN, ...RECORDED]) {
    test(`${name}, wherever it stops`, () => {
      for (let end = 0; end <= stream.length; end++) {
        const bytes = stream.subarray(0, end);
        expect(seen(unscanned(bytes))).toEqual(seen(watch(bytes)));
      }
    });
  }

  test("sequences in any order, at any distance from each other", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const below = random(seed);
      const pieces = Array.from({ length: 1 + (seed % 30) }, () => [
        soup(below, 1 + below(6)),
        bytesOf("é·text ".repeat(below(12))),
      ]);
      const stream = Buffer.concat(pieces.flat());
      expect(seen(unscanned(stream))).toEqual(seen(watch(stream)));
    }
  });

  test("more than the scanner takes at once, whatever stands at the seam", () => {
    const end = bytesOf("\x1b[1;4m\x1b[?2004h\x1b(0\x1b[?25l\x1b]0;title\x07\x1b[4 q");
    for (let back = 0; back <= end.length; back++) {
      const stream = Buffer.concat([Buffer.alloc(SCAN_BYTES - back, "x"), end]);
      expect(seen(watch(stream))).toEqual(seen(watch(end)));
    }
  });

  test("as many modes as one scan can note", () => {
    const stream = Buffer.concat([Buffer.alloc(SCAN_BYTES - 6, "\x1b[?1h"), bytesOf("\x1b[?25l")]);
    expect(watch(stream).undo()).toBe("\x1b[?1l\x1b[?25h");
    expect(seen(unscanned(stream))).toEqual(seen(watch(stream)));
  });

  test("as many sequences as one scan can find, whatever is put off before each", () => {
    for (const unit of [
      "\x1b=",
      "\x1b[31m\x1b(0\x1b[2;9r\x1b[?1;5;6;7;8;9;1h\x1b7",
      "\x1b[?1;1;1;1;1;1;1;1h",
    ]) {
      const stream = Buffer.concat([
        Buffer.alloc(SCAN_BYTES - 26, unit),
        bytesOf("\x18\x1b[?25l\x1b8"),
      ]);
      expect(seen(watch(stream))).toEqual(seen(unscanned(stream)));
    }
  });

  /** What matters, or seems to, amid many sequences that do not. */
  const AMID: readonly string[] = [
    "\x1b[31m",
    "\x1b[31m\x1b7\x1b[m\x1b8",
    "\x1b[31m\x1b(0\x1b7\x1b[m\x1b(B",
    "\x1b[?25l",
    "\x1b[?25h\x1b[?2004;1006;1h",
    "\x1b[?2004;1049h",
    "\x1b[?1:5h",
    "\x1b[?4096;5h",
    "\x1b[?4294967321l",
    "\x1b[?1;2;3;4;5;6;7;8;9h",
    "\x1b[25?l",
    "\x1b[?25 l",
    "\x1b[2;9r\x1b[?1049h\x1b[r",
    "\x1b[4h",
    "\x1b[22;2t\x1b[>4;2m\x1b[?4m\x1b[c",
    "\x1b[>1u\x1b=\x1bM\x1b[4 q",
    "\x1b[3S\x1b[?2;1;0S\x1b[5d\x1b[3b",
    "\x1b[#{\x1b[m\x1b[#}\x1b[m",
    "\x1b[m\x1b[1#q\x1b[3Q\x1b[2#Q",
    '\x1bl\x1b[r\x1bV\x1b[0"q\x1bW',
    "\x1b[>0;1t\x1b[2T\x1b[>1T",
    "\x1b(0",
    "\x1b(%5\x1b)0",
    "\x1b[3\x1b[?5h",
    "\x1b[3\x1b(0",
    "\x1b[3\x0e1m\x0f\x0e",
    "\x1b[31\u00e9\u00a0\u009b?5h",
    "\u00e9\u00a0m[31m",
    "\x1b\x1b[?5h",
    "\x1b]8;;http://a\x1b\\",
    "\x1bP$qm\x1b\\",
    `\x1b[${"0;".repeat(9)}1m`,
    `\x1b[${"0;".repeat(40)}m`,
    `\x1b[${"0;".repeat(40)}5r`,
    `\x1b[${"0".repeat(300)}m`,
    `\x1b[?${"0".repeat(70)}5h`,
    `\x1b[1m\x1b[${"0".repeat(300)}H`,
  ];
  for (const amid of AMID) {
    test(`${JSON.stringify(amid).slice(0, 40)} amid many sequences, at every offset, wherever it ends`, () => {
      for (let offset = 0; offset < 64; offset++) {
        const before = bytesOf("x".repeat(offset) + "\x1b[1;5H\x1b[2K\x1b[A".repeat(12));
        const all = Buffer.concat([before, bytesOf(`${amid}\x1b[5G\x1b[1;5H\x1b[2K${amid}`)]);
        const step = all.length - before.length > 200 ? 31 : 1;
        for (let end = before.length; end <= all.length; end += step) {
          const stream = all.subarray(0, end);
          expect(seen(watch(stream))).toEqual(seen(unscanned(stream)));
        }
      }
    });
  }

  test("few sequences amid text, many, and few again", () => {
    const few = (sequence: string) => `${sequence}${"x".repeat(100)}`;
    const many = "\x1b[1;5H".repeat(30);
    for (const sequence of ["\x1b[31m", "\x1b(0", "\x1b[2;9r", "\x1b[?25l"]) {
      const one = seen(watch(bytesOf(sequence)));
      expect(seen(watch(bytesOf(few(sequence) + many)))).toEqual(one);
      expect(seen(watch(bytesOf(many + few(sequence))))).toEqual(one);
      expect(seen(watch(bytesOf(few("") + sequence + many + few("") + many)))).toEqual(one);
    }
    const saved = watch(bytesOf(few("\x1b[31m") + few("\x1b7") + few("\x1b[m") + few("\x1b8")));
    expect(saved.undo()).toBe("\x1b[0m");
  });

  test("is asked for with all but a few bytes, by how many stood before", () => {
    const asked: number[] = [];
    const watcher = new ModeWatcher((fed) => void asked.push(fed));
    watcher.feed(bytesOf("a few bytes"));
    expect(asked).toEqual([]);
    watcher.feed(Buffer.alloc(2 * SCAN_BYTES, "many"));
    expect(asked).toEqual([11, 11 + SCAN_BYTES]);
  });

  test("which begins late, the state is the same", () => {
    const early = bytesOf("\x1b[1;4m\x1b[?2004h\x1b[?1049h");
    const late = bytesOf("\x1b(0\x1b[?25l\x1b[0m\x1b[4 q\x1b[>1u");
    const stream = Buffer.concat([early, Buffer.alloc(256 * 1024, "text "), late]);
    const watcher = new ModeWatcher();
    for (let at = 0; at < stream.length; at += 4096) watcher.feed(stream.subarray(at, at + 4096));
    expect(seen(watcher)).toEqual(seen(watch(Buffer.concat([early, late]))));
  });

  test("this machine has one to compare with", () => {
    const rules = { finals: [], escapes: [], noted: new Map(), stops: [] };
    expect(Scanner.create(rules)).toBeInstanceOf(Scanner);
  });
});

/** Sequences whose effect xterm.js knows or ignores, in any order, with text between. */
const SWITCHED =
  "?1000 ?1002 ?1003 ?1004 ?1006 ?1016 ?2004 ?2026 ?1 ?5 ?6 ?7 ?12 ?25 ?45 ?66 ?47 ?1047 ?1048 ?1049 4";
const OTHERS =
  "E= E> E7 E8 E[s E[u E[!p E(0 E(B E)0 En Eo E[31m E[1;38;5;0m E[m E[0;4:3m E[3;10r E[r E[5Sq E[0Sq " +
  "E[>1u E[<u E[=3u E[>4;2m E[22;0t E[23;0t E]0;titleE\\ E]11;redE\\ EP$qmE\\ E[5;5H EH E[g E[3g é日😀 \x0e \x0f \r\n " +
  'EV El E[1"q E[0"q E[>0t E[#} E[?25r E[?1000s E[?1000r ' +
  "Ec E~ E} E| \u009b?1049h \u009b?25l \u009b1m \u0085 \u009d0;titleE\\ \u00a0";
const PIECES = [
  ...SWITCHED.split(" ").flatMap((mode) => [`\x1b[${mode}h`, `\x1b[${mode}l`]),
  ...OTHERS.split(" ").map((piece) => piece.replaceAll("E", "\x1b").replace("S", " ")),
];

function soup(below: (limit: number) => number, length: number): Uint8Array {
  return bytesOf(Array.from({ length }, () => PIECES[below(PIECES.length)]!).join(""));
}

interface Core {
  coreService: { isCursorHidden: boolean; decPrivateModes: Record<string, unknown> };
  _charsetService: { charset: unknown; glevel: number };
  _inputHandler: { _curAttrData: { fg: number; bg: number; extended: { urlId: number } } };
  coreMouseService: { activeProtocol: string; activeEncoding: string };
  buffer: { scrollTop: number; scrollBottom: number; tabs: Record<number, boolean> };
}

/** What is left of a stream in a terminal: all that xterm.js tells, and what it keeps to itself. */
async function left(terminal: Terminal) {
  const { coreService, coreMouseService, _charsetService, _inputHandler, buffer } = (
    terminal as unknown as { _core: Core }
  )._core;
  const { fg, bg, extended } = _inputHandler._curAttrData;
  return {
    modes: { ...terminal.modes },
    screen: terminal.buffer.active.type,
    cursorHidden: coreService.isCursorHidden,
    privateModes: { ...coreService.decPrivateModes },
    mouse: [coreMouseService.activeProtocol, coreMouseService.activeEncoding],
    charset: _charsetService.charset,
    shift: _charsetService.glevel,
    rendition: [fg, bg, extended.urlId],
    region: [buffer.scrollTop, buffer.scrollBottom],
    // In the last column, to which a tab goes anyway, one more or less is the same.
    tabs: Object.keys(buffer.tabs).filter((column) => Number(column) < terminal.cols - 1),
  };
}

async function judge(...written: (string | Uint8Array)[]) {
  const terminal = new Terminal({ cols: 80, rows: 24, allowProposedApi: true });
  for (const data of written) await write(terminal, data);
  const result = await left(terminal);
  terminal.dispose();
  return result;
}

function write(terminal: Terminal, data: string | Uint8Array): Promise<void> {
  return new Promise((done) => terminal.write(data, done));
}

describe("after undo, xterm.js is as a fresh one", () => {
  for (const [name, stream] of [...WRITTEN, ...RECORDED]) {
    test(`after ${name}, wherever it stops`, async () => {
      const fresh = await judge();
      const below = random(2);
      const ends = Array.from({ length: 60 }, () => below(stream.length + 1));
      for (const end of [stream.length, ...ends]) {
        const prefix = stream.subarray(0, end);
        expect({ end, ...(await judge(prefix, watch(prefix).undo())) }).toEqual({ end, ...fresh });
      }
    });
    test(`after ${name}, by a full reset, wherever it stops`, async () => {
      const fresh = await judge();
      const below = random(3);
      for (const end of Array.from({ length: 30 }, () => below(stream.length + 1))) {
        expect({ end, ...(await judge(stream.subarray(0, end), FULL_RESET)) }).toEqual({
          end,
          ...fresh,
        });
      }
    });
  }

  test("after sequences in any order, whole or cut short", async () => {
    const fresh = await judge();
    for (let seed = 1; seed <= 200; seed++) {
      const below = random(seed);
      const whole = soup(below, 1 + (seed % 40));
      const stream = whole.subarray(0, seed % 2 === 0 ? whole.length : below(whole.length));
      const text = JSON.stringify(Buffer.from(stream).toString());
      expect({ text, ...(await judge(stream, watch(stream).undo())) }).toEqual({ text, ...fresh });
      expect({ text, ...(await judge(stream, FULL_RESET)) }).toEqual({ text, ...fresh });
    }
  });

  test("the judge sees what is not undone", async () => {
    const fresh = await judge();
    const changes = [
      "\x1b[?1h",
      "\x1b[?25l",
      "\x1b[1m",
      "\x1b(0",
      "\x1b[3;4r",
      "\x1b[?1049h",
      "\x1b[?2004h",
      "\x1b[3g",
    ];
    for (const change of changes) expect(await judge(change)).not.toEqual(fresh);
  });
});

test("what undo writes leaves nothing to undo", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const watcher = watch(soup(random(seed), 1 + (seed % 60)));
    watcher.feed(bytesOf(watcher.undo()));
    expect(watcher.undo()).toBe("");
  }
});

describe("behind what was cut off, a full reset", () => {
  test.each([
    ["a title", "\x1b]0;half a ti"],
    ["a device control string", "\x1bP+q54"],
    ["a sequence", "\x1b[3"],
    ["an escape", "\x1b"],
  ])("acts upon nothing of %s", async (_, cut) => {
    const titles: string[] = [];
    const terminal = new Terminal({ cols: 80, rows: 24, allowProposedApi: true });
    terminal.onTitleChange((title) => titles.push(title));
    await write(terminal, `\x1b[?1000h\x1b[?2004h${cut}`);
    await write(terminal, FULL_RESET);
    expect({ titles, ...(await left(terminal)) }).toEqual({ titles: [], ...(await judge()) });
    terminal.dispose();
  });
});

// A stack deeper than a reset pops leaves flags in force, which turn Ctrl-D into a report.
test.each([
  ["main", ""],
  ["alternate", "\x1b[?1049h"],
])("a full reset turns the keyboard's flags off on the %s screen, however many", (_, enter) => {
  const pushed = bytesOf(enter + "\x1b[>5u".repeat(120));
  const watcher = watch(pushed, bytesOf(FULL_RESET), bytesOf(enter));
  expect(watcher.reports).toBe(false);
});

test("a full reset leaves nothing to undo but pushed titles", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const watcher = watch(soup(random(seed), 1 + (seed % 60)), bytesOf(FULL_RESET));
    expect(watcher.undo().replaceAll(/.\[23;\dt/g, "")).toBe("");
  }
});

describe("the cursor and the screen", () => {
  async function position(...written: (string | Uint8Array)[]) {
    const terminal = new Terminal({ cols: 80, rows: 24, allowProposedApi: true });
    for (const data of written) await write(terminal, data);
    const { cursorX, cursorY, baseY } = terminal.buffer.active;
    const first = terminal.buffer.active.getLine(baseY)?.translateToString(true);
    terminal.dispose();
    return { cursorX, cursorY, first };
  }

  test("undo of a region leaves the cursor and the text where they are", async () => {
    const stream = "hello\x1b[3;10r\x1b[7;9H\x1b[1m\x1b[?25l";
    expect(await position(stream, watch(bytesOf(stream)).undo())).toEqual({
      cursorX: 8,
      cursorY: 6,
      first: "hello",
    });
  });

  test("undo of the alternate screen goes back to where it was entered", async () => {
    const stream = "hello\x1b[7;9H\x1b[?1049h\x1b[2J\x1b[3;10r\x1b[20;20Hx";
    expect(await position(stream, watch(bytesOf(stream)).undo())).toEqual({
      cursorX: 8,
      cursorY: 6,
      first: "hello",
    });
  });

  test.each([
    ["where it was saved", "\x1b7\x1b[?47h", 8, 6, "hello"],
    ["to a new last line where it was not", "\x1b[?47h", 0, 23, ""],
  ])("undo of the one of old goes back %s", async (_, enter, cursorX, cursorY, first) => {
    const stream = `hello\x1b[7;9H${enter}\x1b[2J\x1b[20;20Hx`;
    expect(await position(stream, watch(bytesOf(stream)).undo())).toEqual({
      cursorX,
      cursorY,
      first,
    });
  });

  test.each([80, 100])("tab stops are every eighth from %d columns on, too", async (columns) => {
    const terminal = new Terminal({ cols: columns, rows: 24, allowProposedApi: true });
    await write(terminal, `\x1b[3g${watch(bytesOf("\x1b[3g")).undo()}`);
    terminal.resize(132, 24);
    await write(terminal, `\r${"\t".repeat(13)}`);
    expect(terminal.buffer.active.cursorX).toBe(13 * 8);
    terminal.dispose();
  });

  test("a full reset leaves the main screen's cursor and text where they are", async () => {
    for (const change of ["", "\x1b[?6h\x1b[7;9H", "\x1b[5;20r\x1b[7;9H"]) {
      expect(await position(`hello\x1b[7;9H${change}`, FULL_RESET)).toEqual({
        cursorX: 8,
        cursorY: 6,
        first: "hello",
      });
    }
  });
});

describe("redo sets a fresh terminal to the watched state", () => {
  for (const [name, stream] of [...WRITTEN, ...RECORDED]) {
    test(`a watcher fed with the redo of ${name} has the same redo`, () => {
      const redo = watch(stream).redo();
      expect(watch(bytesOf(redo)).redo()).toBe(redo);
    });
  }

  test("xterm.js fed with it has the modes of the stream", async () => {
    for (const [name, stream] of RECORDED) {
      const { rendition: _, ...wanted } = await judge(stream);
      const { rendition: __, ...got } = await judge(watch(stream).redo());
      expect({ name, ...got }).toEqual({ name, ...wanted });
    }
  });

  test("it is empty where nothing is changed, and ASCII where much is", () => {
    expect(watch(bytesOf("abc")).redo()).toBe("");
    expect(watch(bytesOf(KITTY)).redo()).toBe(
      "\x1b[=1u\x1b[>5u\x1b[?1049h\x1b[>1u\x1b[2;20r\x1b[?1003h\x1b[?1006h\x1b[6 q",
    );
    const many = "\x1b[?69h\x1b[2;70s\x1b[3;9r\x1b[>2n\x1b[>4;1m\x1b)0\x0e\x1b[?7l\x1b=\x1b[22;2t";
    expect(watch(bytesOf(many)).redo()).toBe(
      "\x1b[22;2t\n\x1b7\x1b[?69h\x1b[2;70s\x1b[3;9r\x1b8\x1b[A\x1b=\x1b[>2n\x1b[>4;1m\x1b[?7l\x1b)0\x0e",
    );
  });
});

test.each([
  ["in the window's last line, which is below it", 24, 23],
  ["in a line of it", 10, 10],
])(
  "a scroll region that redo sets has the output go on where the shell was, %s",
  async (_, from, to) => {
    const terminal = new Terminal({ cols: 80, rows: 24, allowProposedApi: true });
    const redo = watch(bytesOf("\x1b[1;23r")).redo();
    await new Promise<void>((done) => terminal.write(`\x1b[${from}H${redo}`, done));
    expect(terminal.buffer.active.cursorY + 1).toBe(to);
  },
);

describe("renew sets again what may be off", () => {
  test.each([
    ["nothing where nothing is changed", "abc", ""],
    [
      "modes and the cursor's shape",
      "\x1b[?2004h\x1b[?1h\x1b=\x1b[6 q",
      "\x1b[?2004h\x1b[?1h\x1b=\x1b[6 q",
    ],
    ["the keyboard flags in force, pushed once", "\x1b[>1u\x1b[>5u", "\x1b[=5u"],
    [
      "those of the screen that is shown, and no other screen",
      "\x1b[>1u\x1b[?1049h\x1b[>3u",
      "\x1b[=3u",
    ],
    [
      "neither titles nor what places the cursor",
      "\x1b[22;2t\x1b[2;20r\x1b[?6h\x1b[?1000h",
      "\x1b[?1000h",
    ],
  ])("%s", (_, stream, renewed) => {
    expect(watch(bytesOf(stream)).renew()).toBe(renewed);
  });

  test("and leaves a terminal that has it on as it is", async () => {
    for (const [name, stream] of RECORDED) {
      const again = Buffer.concat([stream, bytesOf(watch(stream).renew())]);
      expect({ name, ...(await judge(again)) }).toEqual({ name, ...(await judge(stream)) });
    }
  });
});

test("undo, redo and the full reset are ASCII", () => {
  // oxlint-disable-next-line no-control-regex
  const ascii = /^[\x00-\x7f]*$/;
  for (const [, stream] of [...WRITTEN, ...RECORDED]) {
    expect(watch(stream).undo()).toMatch(ascii);
    expect(watch(stream).redo()).toMatch(ascii);
  }
  expect(FULL_RESET).toMatch(ascii);
});
