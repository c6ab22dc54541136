import { describe, expect, test } from "bun:test";
import { parseEscapeKey, parseKeySequence } from "../../src/keys/chord.ts";
import type { InputEvent } from "../../src/keys/outbox.ts";
import { InputScanner } from "../../src/keys/scanner.ts";
import { random } from "../support/random.ts";

const MIB = 1024 * 1024;
const PASTE = "\x1b[200~";
const PASTE_END = "\x1b[201~";
/** The lap key itself, which is told of too. */
const LAP = "lap ctrl-]";

/** Every encoding in which Ctrl-D is known, and some of a Ctrl-D under other conditions. */
const CTRL_D = [
  "\x04",
  "\x1b[100;5u",
  "\x1b[100;5:1u",
  "\x1b[100;5:2u",
  "\x1b[100;69u",
  "\x1b[100;133u",
  "\x1b[100;197:1u",
  "\x1b[100:68;5u",
  "\x1b[100::100;5u",
  "\x1b[100:68:100;5:1u",
  "\x1b[1074::100;5u",
  "\x1b[1074:1042:100;5:1u",
  "\x1b[100;5;4u",
  "\x1b[100;5:1;100:101u",
  "\x1b[68;5u",
  "\x1b[27;5;100~",
  "\x1b[27;5;68~",
];

const NOT_CTRL_D = [
  "\x1b[100;5:3u",
  "\x1b[100;69:3u",
  "\x1b[100;6u",
  "\x1b[100;7u",
  "\x1b[100;13u",
  "\x1b[100;1u",
  "\x1b[100u",
  "\x1b[100;;4u",
  "\x1b[27;6;68~",
  "\x1b[27;7;100~",
  "\x1b[?100;5u",
  "\x1b[>100;5u",
  "\x1b[101::100;5u",
  "\x1b[100;5~",
  "\x1b[4;5~",
  "\x1b[99999999999;5u",
  "\x1b[27;5;99999999999~",
  "\x1b[100;5",
  "\x1bd",
  "d",
];

type Step = string | Uint8Array | number | boolean;

interface Keys {
  detach?: string;
  escape?: string;
}

/** A scanner whose events are gathered. */
class Gathered {
  readonly scanner: InputScanner;
  utf8Mouse = false;
  /** What is to be done at an event, before the next is told. */
  at: (event: InputEvent) => void = () => {};

  constructor({ detach = "ctrl-d", escape = "ctrl-]" }: Keys = {}) {
    const keys = { detach: parseKeySequence(detach), escape: parseEscapeKey(escape) };
    this.scanner = new InputScanner({ ...keys, utf8Mouse: () => this.utf8Mouse });
  }

  feed(bytes: Uint8Array, now: number): InputEvent[] {
    return this.#events((tell) => this.scanner.feed(bytes, now, tell));
  }

  flush(now: number): InputEvent[] {
    return this.#events((tell) => this.scanner.flush(now, tell));
  }

  expectKey(expected: boolean): void {
    this.scanner.expectKey(expected);
  }

  get deadline(): number | undefined {
    return this.scanner.deadline;
  }

  #events(run: (tell: (event: InputEvent) => void) => void): InputEvent[] {
    const events: InputEvent[] = [];
    run((event) => {
      events.push(event);
      this.at(event);
    });
    return events;
  }
}

function scannerWith(keys: Keys = {}): Gathered {
  return new Gathered(keys);
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

function show(event: InputEvent): string {
  if (event.type === "send") return `> ${Buffer.from(event.bytes).toString("latin1")}`;
  return event.type === "command" ? `lap ${event.key}` : event.type;
}

/**
 * Feeds text; a number lets that many milliseconds pass, with the timer that a caller keeps, and
 * true shows a note that waits for a key, which false takes off.
 */
function play(steps: readonly Step[], keys?: Keys): string[] {
  const scanner = scannerWith(keys);
  const shown: string[] = [];
  let now = 1000;
  for (const step of steps) {
    if (typeof step === "boolean") {
      scanner.expectKey(step);
      continue;
    }
    if (typeof step !== "number") {
      const bytes = typeof step === "string" ? bytesOf(step) : step;
      shown.push(...scanner.feed(bytes, now).map(show));
      continue;
    }
    const until = now + step;
    for (let due = scanner.deadline; due !== undefined && due <= until; due = scanner.deadline) {
      now = Math.max(now, due);
      shown.push(...scanner.flush(now).map(show));
    }
    now = until;
  }
  return shown;
}

type Case = [sentence: string, steps: Step[], expected: string[], keys?: Keys];

function table(cases: Case[]): void {
  // Not test.each: with a row shorter than its parameters Bun passes a `done` callback.
  for (const [sentence, steps, expected, keys] of cases) {
    test(sentence, () => expect(play(steps, keys)).toEqual(expected));
  }
}

function joined(shown: readonly string[]): string {
  return shown.map((line) => line.replace(/^> /, "")).join("");
}

describe("ordinary input goes on as it is", () => {
  table([
    ["text of one read is one send", ["hello"], ["> hello"]],
    ["invalid UTF-8 and NULs are kept", ["\xff\xc3\x00\x80"], ["> \xff\xc3\x00\x80"]],
    ["arrows are sent at once", ["\x1b[A", "\x1bOB"], ["> \x1b[A", "> \x1bOB"]],
    ["an Alt key is sent at once", ["\x1bx"], ["> \x1bx"]],
    ["an empty read says nothing", [""], []],
    ["a stray end of a paste is text", [`a${PASTE_END}b`], [`> a${PASTE_END}b`]],
  ]);

  test("a read with no key of interest is handed on as the very same buffer", () => {
    const bytes = bytesOf("ls -l\r");
    const [event] = scannerWith().feed(bytes, 0);
    expect(event?.type === "send" && event.bytes === bytes).toBe(true);
  });

  test("nothing is held after ordinary input", () => {
    const scanner = scannerWith();
    scanner.feed(bytesOf("hello\x1b[A"), 0);
    expect(scanner.deadline).toBeUndefined();
    expect(scanner.flush(1e9)).toEqual([]);
  });
});

describe("the detach key", () => {
  test.each(CTRL_D)("%j detaches, alone and amid a burst", (encoding) => {
    expect(play([encoding])).toEqual(["detach"]);
    expect(play([`before${encoding}after`])).toEqual(["> before", "detach"]);
  });

  test.each(NOT_CTRL_D)("%j is not Ctrl-D", (encoding) => {
    expect(joined(play([`a${encoding}`, 30]))).toBe(`a${encoding}`);
  });

  const others: [key: string, encodings: string[]][] = [
    ["ctrl-^", ["\x1e", "\x1b[54;5u", "\x1b[54;6u", "\x1b[54:94;6u", "\x1b[27;6;94~"]],
    ["ctrl-\\", ["\x1c", "\x1b[92;5u", "\x1b[52;5u", "\x1b[27;5;92~"]],
    ["ctrl-_", ["\x1f", "\x1b[45;6u", "\x1b[45:95;6u", "\x1b[47;5u", "\x1b[27;6;95~"]],
    ["ctrl-@", ["\x00", "\x1b[32;5u", "\x1b[50;6u", "\x1b[50:64;6u", "\x1b[27;5;32~"]],
    ["ctrl-]", ["\x1d", "\x1b[93;5u", "\x1b[53;5u", "\x1b[57:93;6u", "\x1b[27;6;93~"]],
    ["ctrl-g", ["\x07", "\x1b[103;5u", "\x1b[27;5;103~"]],
  ];
  test.each(others)("%s is known in every encoding", (detach, encodings) => {
    for (const encoding of encodings) {
      expect(play([`a${encoding}b`], { detach, escape: "none" })).toEqual(["> a", "detach"]);
    }
  });

  table([
    ["after it everything is dropped", ["\x04", "more", 5000, "\x1b"], ["detach"]],
    ["after an Escape it still detaches", ["\x1b\x04"], ["> \x1b", "detach"]],
    ["within a broken sequence it still detaches", ["\x1b[1;\x04"], ["> \x1b[1;", "detach"]],
    ["after a cut X10 mouse report it still detaches", ["\x1b[M \x04"], ["> \x1b[M ", "detach"]],
    [
      "none switches it off in every encoding",
      ["\x04\x1b[100;5u"],
      ["> \x04\x1b[100;5u"],
      { detach: "none" },
    ],
    [
      "the bell that ends an answer of the terminal is no Ctrl-G",
      ["\x1b]11;rgb:0/0/0\x07a", "\x07"],
      ["> \x1b]11;rgb:0/0/0\x07a", "detach"],
      { detach: "ctrl-g" },
    ],
    [
      "nor when the answer comes in pieces",
      ["\x1b]11;rg", "b:0/0/0", "\x07", "\x07"],
      ["> \x1b]11;rg", "> b:0/0/0", "> \x07", "detach"],
      { detach: "ctrl-g" },
    ],
    ["amid a burst behind Alt-O", ["\x1bO\x04"], ["> \x1bO", "detach"]],
    [
      "an answer without its end does not shut lap in",
      ["\x1b]11;rgb", "\x04"],
      ["> \x1b]11;rgb", "detach"],
    ],
    [
      "NULs in an X10 mouse report are no Ctrl-@",
      ["\x1b[M \x00\x00"],
      ["> \x1b[M \x00\x00"],
      { detach: "ctrl-@" },
    ],
  ]);

  test("after it there is no deadline", () => {
    const scanner = scannerWith();
    scanner.feed(bytesOf("\x04\x1b"), 0);
    expect(scanner.deadline).toBeUndefined();
  });
});

describe("a sequence of keys", () => {
  const keys = { detach: "ctrl-p,ctrl-q" };
  const through = { detach: "ctrl-p,ctrl-],x" };
  const p = "\x1b[112;5u";
  const pUp = "\x1b[112;5:3u";
  const ctrlDown = "\x1b[57442;5u";
  table([
    ["typed whole detaches", ["a\x10\x11b"], ["> a", "detach"], keys],
    ["typed slowly detaches", ["\x10", 499, "\x11"], ["detach"], keys],
    ["is sent on after 500 ms", ["\x10", 500, "\x11"], ["> \x10", "> \x11"], keys],
    ["is sent on in its own encoding", [p, 500], [`> ${p}`], keys],
    ["may mix its encodings", [p, "\x11"], ["detach"], keys],
    ["broken by another key is sent on with it", ["\x10", "x"], ["> \x10x"], keys],
    ["broken by UTF-8 is sent on with it", ["\x10", "\xc3\xa9"], ["> \x10\xc3\xa9"], keys],
    ["broken by Latin-1 is sent on with it", ["\x10\xe9\x11"], ["> \x10\xe9\x11"], keys],
    ["begun again detaches and sends the first key", ["\x10\x10\x11"], ["> \x10", "detach"], keys],
    ["begun again in pieces does the same", ["\x10", "\x10", "\x11"], ["> \x10", "detach"], keys],
    ["may be a key typed twice", ["\x10", "\x10"], ["detach"], { detach: "ctrl-p,ctrl-p" }],
    [
      "gives up no more of its start than it must",
      ["\x01\x01\x01", "b"],
      ["> \x01", "detach"],
      { detach: "ctrl-a,ctrl-a,b" },
    ],
    [
      "gives up as little again and again",
      ["\x01\x01\x01", "\x01", "\x01", "b"],
      ["> \x01", "> \x01", "detach"],
      { detach: "ctrl-a,ctrl-a,ctrl-a,b" },
    ],
    [
      "counts the time from its last key",
      ["\x01", 400, "b", 400, "c"],
      ["detach"],
      { detach: "ctrl-a,b,c" },
    ],
    ["may end in a printable key", ["\x01", "d"], ["detach"], { detach: "ctrl-a,d" }],
    [
      "may end in a reported printable key",
      ["\x01", "\x1b[100u"],
      ["detach"],
      { detach: "ctrl-a,d" },
    ],
    ["tells D from d", ["\x01", "D"], ["> \x01D"], { detach: "ctrl-a,d" }],
    ["may end in Escape", ["\x01", "\x1b", 20], ["detach"], { detach: "ctrl-a,ctrl-[" }],
    [
      "is not broken by key releases and bare modifiers",
      [p, pUp, ctrlDown, "\x1b[113;5u"],
      ["detach"],
      keys,
    ],
    [
      "is not broken by any modifier by itself",
      ["\x10", ...[57358, 57360, 57441, 57448, 57454].map((code) => `\x1b[${code};5u`), "\x11"],
      ["detach"],
      keys,
    ],
    ["is broken by a key next to them", ["\x10", "\x1b[57440u"], ["> \x10\x1b[57440u"], keys],
    ["may go through the lap key", ["\x10", "\x1d", "x"], ["detach"], through],
    ["broken behind that one sends it on", ["\x10", "\x1d", "y"], ["> \x10\x1dy"], through],
    [
      "started before a note leaves the lap key there what it is",
      ["\x10", true, "\x1d", "d"],
      [LAP, "> \x10", "lap d"],
      through,
    ],
    ["is not broken by a mouse report", ["\x10", "\x1b[<35;5;5M", "\x11"], ["detach"], keys],
    [
      "given up sends all that came meanwhile in order",
      [p, pUp, ctrlDown, "x"],
      [`> ${p}${pUp}${ctrlDown}x`],
      keys,
    ],
    [
      "begun again keeps what came meanwhile in order",
      [`${p}${pUp}`, `${p}${pUp}`, "\x11"],
      [`> ${p}${pUp}`, "detach"],
      keys,
    ],
    ["does not let a release put off the 500 ms", [p, 400, pUp, 100], [`> ${p}${pUp}`], keys],
    ["is broken by an arrow", ["\x10", "\x1b[A"], ["> \x10\x1b[A"], keys],
    ["is broken by an Escape within 20 ms", ["\x10\x1b", 20], ["> \x10\x1b"], keys],
    ["is broken by the lap key, which works", ["\x10\x1dd"], ["> \x10", LAP, "lap d"], keys],
    [
      "is broken by a paste",
      [`\x10${PASTE}\x11${PASTE_END}`],
      ["> \x10", `> ${PASTE}\x11${PASTE_END}`],
      keys,
    ],
    ["is held while it may complete", ["\x10", 499], [], keys],
    ...["O", "]", "P", "_"].map((letter): Case => [
      `is broken by Alt-${letter}, which may begin an answer`,
      ["\x10", `\x1b${letter}`, 60, "\x11"],
      [`> \x10\x1b${letter}\x11`],
      keys,
    ]),
    ["is broken by Alt-[", ["\x10", "\x1b[", 60, "\x11"], ["> \x10\x1b[", "> \x11"], keys],
    [
      "is not broken by a colour that the terminal tells, however it is cut",
      ["\x10", "\x1b]11;rgb:0/", "0/0\x1b", "\\", "\x11x"],
      ["detach"],
      keys,
    ],
    [
      "keeps the colour in its place",
      ["\x10", "\x1b]11;rgb:0/0/0\x07x"],
      ["> \x10\x1b]11;rgb:0/0/0\x07x"],
      keys,
    ],
    [
      "and an answer that does not end are sent on in time",
      ["\x10", "\x1b]11;rgb:0", 500, "/0/0\x07"],
      ["> \x10\x1b]11;rgb:0", "> /0/0\x07"],
      keys,
    ],
    ["completes with a key that is cut", ["\x10", "\x1b[11", 20, "3;5ux"], ["detach"], keys],
    [
      "keeps a cut sequence that is no key in its place",
      ["\x10", "\x1b[11", 480, "x", 500],
      ["> \x10\x1b[11x"],
      keys,
    ],
  ]);

  test("typed in time detaches although it was read late, as after kill -STOP", () => {
    const scanner = scannerWith(keys);
    scanner.feed(bytesOf("\x10"), 0);
    expect(scanner.deadline).toBe(500);
    expect(scanner.feed(bytesOf("\x11"), 700).map(show)).toEqual(["detach"]);
  });
});

describe("a partial sequence", () => {
  table([
    ["a lone Escape is sent after 20 ms", ["\x1b", 19, 1], ["> \x1b"]],
    ["text before it is sent at once", ["ab\x1b"], ["> ab"]],
    ["is joined with its rest", ["\x1b[1", ";5", "A"], ["> \x1b[1;5A"]],
    ["is not held longer when more of it comes", ["\x1b[1", 15, ";", 5], ["> \x1b[1;"]],
    ["sent on still completes a detach key", ["\x1b[100", 20, ";5u"], ["> \x1b[100", "detach"]],
    [
      "sent on twice still completes a detach key",
      ["\x1b[1", 20, "00", 20, ";5u"],
      ["> \x1b[1", "> 00", "detach"],
    ],
    [
      "sent on and then something else goes on",
      ["\x1b[100", 20, ";1u\x04"],
      ["> \x1b[100", "> ;1u", "detach"],
    ],
    ["sent on is forgotten after 5 s", ["\x1b[100", 5020, ";5u"], ["> \x1b[100", "> ;5u"]],
    ["a lone Escape may begin a key of lap's", ["\x1b", 20, "[100;5ux"], ["> \x1b", "detach"]],
    [
      "a lone Escape may begin a key that comes byte by byte",
      ["\x1b", 40, "[", 40, "1", 40, "00;", 40, "5u"],
      ["> \x1b", "> [", "> 1", "> 00;", "detach"],
    ],
    [
      "a lone Escape may begin the lap key",
      ["\x1b", 30, "[27;5;93~", "d"],
      ["> \x1b", LAP, "lap d"],
    ],
    [
      "a lone Escape may begin a paste",
      ["\x1b", 30, "[200~a\x04\x1b[201~"],
      ["> \x1b", "> [200~a\x04\x1b[201~"],
    ],
    ["a lone Escape is forgotten after 500 ms", ["\x1b", 520, "[100;5u"], ["> \x1b", "> [100;5u"]],
    [
      "a lone Escape is forgotten once another key came",
      ["\x1b", 20, "x", "[100;5u"],
      ["> \x1b", "> x", "> [100;5u"],
    ],
    ["a lone Escape and [A by hand go on", ["\x1b", 100, "[A"], ["> \x1b", "> [A"]],
    ["so do [ and A one by one", ["\x1b", 100, "[", 100, "A"], ["> \x1b", "> [", "> A"]],
    ["so does a d", ["\x1b", 100, "d"], ["> \x1b", "> d"], { detach: "ctrl-a,d" }],
    ["so does a ]", ["\x1b", 100, "]", 100, "0"], ["> \x1b", "> ]", "> 0"]],
    [
      "by hand, a Ctrl-D behind them detaches",
      ["\x1b", 100, "[", 9, "\x04"],
      ["> \x1b", "> [", "detach"],
    ],
    ["two Escapes are one and a lone one", ["\x1b\x1b", 20], ["> \x1b", "> \x1b"]],
    ["of a mouse report is not held", ["\x1b[<0;1", "0;5M"], ["> \x1b[<0;1", "> 0;5M"]],
    ["of an X10 mouse report is not held", ["\x1b[M ", "!!x"], ["> \x1b[M ", "> !!x"]],
    ["of an answer is not held", ["\x1b[?62", ";c"], ["> \x1b[?62", "> ;c"]],
    ["of an OSC answer is not held", ["\x1b]11;rgb:", "0/0/0"], ["> \x1b]11;rgb:", "> 0/0/0"]],
  ]);

  test("that never ends is passed on", () => {
    const endless = `\x1b[${"1;".repeat(500)}`;
    expect(joined(play([endless, 20]))).toBe(endless);
  });

  test("has a deadline 20 ms after its first byte", () => {
    const scanner = scannerWith();
    scanner.feed(bytesOf("\x1b"), 100);
    scanner.feed(bytesOf("["), 110);
    expect(scanner.deadline).toBe(120);
    expect(scanner.flush(119)).toEqual([]);
    expect(scanner.flush(120).map(show)).toEqual(["> \x1b["]);
    expect(scanner.deadline).toBeUndefined();
  });
});

test("a key that is expected comes as a command, until it is expected no more", () => {
  const scanner = scannerWith();
  scanner.expectKey(true);
  expect(scanner.feed(bytesOf("xy"), 0).map(show)).toEqual(["lap x", "> y"]);
  scanner.expectKey(true);
  scanner.expectKey(false);
  expect(scanner.feed(bytesOf("xy"), 0).map(show)).toEqual(["> xy"]);
});

describe("a bracketed paste", () => {
  const keys = `\x04\x1b[100;5u\x1d\x1b[27;5;100~\xff{"type":"resize"}`;
  const paste = `${PASTE}${keys}${PASTE_END}`;
  table([
    ["goes as one send without key recognition", [paste], [`> ${paste}`]],
    [
      "is apart from what is typed around it",
      [`a${paste}b\x04`],
      ["> a", `> ${paste}`, "> b", "detach"],
    ],
    ["stays apart from another", [paste + paste], [`> ${paste}`, `> ${paste}`]],
    ["may be empty", [PASTE + PASTE_END], [`> ${PASTE}${PASTE_END}`]],
    ["may hold a start marker", [`${PASTE}${paste}`, "\x04"], [`> ${PASTE}${paste}`, "detach"]],
    ["waits for its end", [`${PASTE}ab`, 4999, PASTE_END], [`> ${PASTE}ab${PASTE_END}`]],
    [
      "that stalls for 5 s is sent, and goes on as a paste up to its end",
      [`${PASTE}ab\x04`, 5000, "c\x04", `\x1d${PASTE_END}\x04`],
      [`> ${PASTE}ab\x04`, "> c\x04", `> \x1d${PASTE_END}`, "detach"],
    ],
    [
      "that stalls amid its end marker still ends there",
      [`${PASTE}ab\x1b[20`, 5000, "1~\x04"],
      [`> ${PASTE}ab\x1b[20`, "> 1~", "detach"],
    ],
    [
      "that stalled is left by the detach key alone",
      [`${PASTE}ab`, 5000, "c\x04", 5000, "\x1b[100;5u"],
      [`> ${PASTE}ab`, "> c\x04", "detach"],
    ],
    [
      "that stalled is left by the lap key alone",
      [`${PASTE}ab`, 5000, "\x1d", "d", "\x04"],
      [`> ${PASTE}ab`, LAP, "lap d", "detach"],
    ],
    [
      "that stalled is left by the first key of the detach sequence alone",
      [`${PASTE}ab`, 5000, "\x10", "\x11"],
      [`> ${PASTE}ab`, "detach"],
      { detach: "ctrl-p,ctrl-q" },
    ],
    [
      "is left by the detach key pressed again and again",
      [`${PASTE}ab`, 2000, "\x04", 2000, "\x1d", 1000, "\x04"],
      [`> ${PASTE}ab\x04\x1d`, "detach"],
    ],
    [
      "that stalled is not left by another key alone",
      [`${PASTE}ab`, 5000, "x", "\x1b", "\x1b[100;5:3u"],
      [`> ${PASTE}ab`, "> x", "> \x1b", "> \x1b[100;5:3u"],
    ],
    [
      "after one that stalled waits for its own end",
      [`${PASTE}a`, 5000, PASTE_END, `${PASTE}b`, "\x04", PASTE_END],
      [`> ${PASTE}a`, `> ${PASTE_END}`, `> ${PASTE}b\x04${PASTE_END}`],
    ],
    [
      "is known when its start was sent on in part",
      ["\x1b[20", 20, "0~\x04", PASTE_END],
      ["> \x1b[20", `> 0~\x04${PASTE_END}`],
    ],
  ]);

  test("is marked as one, every part of it, and nothing else is", () => {
    const scanner = scannerWith();
    const events = [
      ...scanner.feed(bytesOf(`a${PASTE}b${PASTE_END}c${PASTE}d`), 0),
      ...scanner.flush(5000),
      ...scanner.feed(bytesOf(`e${PASTE_END}`), 5001),
      ...scanner.feed(bytesOf("f"), 5002),
    ];
    const marked = events.map((event) => [show(event), event.type === "send" && event.paste]);
    expect(marked).toEqual([
      ["> a", undefined],
      [`> ${PASTE}b${PASTE_END}`, { begins: true, ends: true }],
      ["> c", undefined],
      [`> ${PASTE}d`, { begins: true, ends: false }],
      [`> e${PASTE_END}`, { begins: false, ends: true }],
      ["> f", undefined],
    ]);
  });

  test("cut anywhere goes as one send", () => {
    for (let cut = 1; cut < paste.length; cut++) {
      const shown = play([`a${paste.slice(0, cut)}`, `${paste.slice(cut)}b`]);
      expect(shown).toEqual(["> a", `> ${paste}`, "> b"]);
    }
    expect(play([...paste])).toEqual([`> ${paste}`]);
  });

  test("read late goes on, as after kill -STOP: its keys do not detach", () => {
    const scanner = scannerWith();
    scanner.feed(bytesOf(`${PASTE}ab`), 0);
    expect(scanner.deadline).toBe(5000);
    expect(scanner.feed(bytesOf("\x04c"), 5600)).toEqual([]);
    expect(scanner.deadline).toBe(10_600);
    const [whole] = scanner.feed(bytesOf(PASTE_END), 5600).map(show);
    expect(whole).toBe(`> ${PASTE}ab\x04c${PASTE_END}`);
  });

  test("that stalled has no deadline", () => {
    const scanner = scannerWith();
    scanner.feed(bytesOf(`${PASTE}ab`), 0);
    scanner.flush(5000);
    expect(scanner.deadline).toBeUndefined();
    scanner.feed(bytesOf("cd"), 5001);
    expect(scanner.deadline).toBeUndefined();
  });

  test("of 1 MiB goes as one send, however it is read", () => {
    const whole = bytesOf(PASTE + keys.repeat(MIB / keys.length).padEnd(MIB, "\x04") + PASTE_END);
    for (const size of [whole.length, 65536, 1000, 7]) {
      const scanner = scannerWith();
      const events: InputEvent[] = [];
      for (let at = 0; at < whole.length; at += size) {
        events.push(...scanner.feed(whole.subarray(at, at + size), 0));
      }
      expect(events.length).toBe(1);
      expect(events[0]?.type === "send" && Buffer.compare(events[0].bytes, whole)).toBe(0);
    }
  });

  test("of more than 1 MiB streams on in pieces, and keys work after it", () => {
    const whole = bytesOf(`${PASTE}${"\x04".repeat(2 * MIB)}${PASTE_END}`);
    for (const size of [whole.length, 65536, 65521]) {
      const scanner = scannerWith();
      const sent: Uint8Array[] = [];
      for (let at = 0; at < whole.length; at += size) {
        for (const event of scanner.feed(whole.subarray(at, at + size), 0)) {
          if (event.type === "send") sent.push(event.bytes);
        }
        if (at > 1.1 * MIB) expect(sent.length).toBeGreaterThan(1);
      }
      expect(Buffer.compare(Buffer.concat(sent), whole)).toBe(0);
      expect(scanner.feed(bytesOf("\x04"), 1).map(show)).toEqual(["detach"]);
    }
  });
});

describe("the lap key", () => {
  const encodings = ["\x1d", "\x1b[93;5u", "\x1b[93;5:1u", "\x1b[93;197u", "\x1b[27;5;93~"];
  test.each(encodings)("%j is recognised", (encoding) => {
    expect(play([`a${encoding}db`])).toEqual(["> a", LAP, "lap d", "> b"]);
  });

  const answers: [bytes: string, key: string][] = [
    ["d", "d"],
    ["?", "?"],
    [" ", " "],
    ["]", "]"],
    ["\xc3\xa9", "\xe9"],
    ["\xe2\x82\xac", "\u20ac"],
    ["\r", "enter"],
    ["\t", "tab"],
    ["\x7f", "backspace"],
    ["\x03", "ctrl-c"],
    ["\x05", "ctrl-e"],
    ["\x1d", "ctrl-]"],
    ["\x00", "ctrl-@"],
    ["\x1bx", "alt-x"],
    ["\x1b\x1b", "escape"],
    ["\x1b[A", "up"],
    ["\x1bOA", "up"],
    ["\x1b[1;5C", "ctrl-right"],
    ["\x1b[Z", "shift-tab"],
    ["\x1b[15~", "f5"],
    ["\x1b[[A", "f1"],
    ["\x1b[[E", "f5"],
    ["\x1b[100u", "d"],
    ["\x1b[100;129u", "d"],
    ["\x1b[100;65u", "D"],
    ["\x1b[100;66u", "d"],
    ["\x1b[100;2u", "D"],
    ["\x1b[100:68;2;68u", "D"],
    ["\x1b[97;;229u", "\xe5"],
    ["\x1b[0;;229u", "\xe5"],
    ["\x1b[1074::100u", "d"],
    ["\x1b[1074u", "\u0432"],
    ["\x1b[63;2u", "?"],
    ["\x1b[47:63;2u", "?"],
    ["\x1b[47;2u", "?"],
    ["\x1b[47:63;2:1;63u", "?"],
    ["\x1b[223:63;2u", "?"],
    ["\x1b[27;2;63~", "?"],
    ["\x1b[27u", "escape"],
    ["\x1b[27;1:1u", "escape"],
    ["\x1b[13u", "enter"],
    ["\x1b[27;5;13~", "ctrl-enter"],
    ["\x1b[57414u", "enter"],
    ["\x1b[93;5u", "ctrl-]"],
    ["\x1b[27;5;93~", "ctrl-]"],
    ["\x1b[99;5u", "ctrl-c"],
    ["\x1b[99;6u", "ctrl-shift-c"],
    ["\x1b[120;3u", "alt-x"],
    ["\x1b[107;9u", "super-k"],
    ["\x1b[57376u", "key-57376"],
  ];
  test.each(answers)("and then %j is the command %j", (bytes, key) => {
    const expected = bytes === "\x1b\x1b" ? [`lap ${key}`, "> \x1b"] : [`lap ${key}`];
    expect(play(["\x1d", bytes, 20])).toEqual([LAP, ...expected]);
    if (bytes === "\x1b\x1b") return;
    for (let cut = 2; cut < bytes.length; cut++) {
      const shown = play([`a\x1d${bytes.slice(0, cut)}`, `${bytes.slice(cut)}b`]);
      const sent = joined(shown.filter((line) => line.startsWith(">")));
      expect(sent).toBe("ab");
      expect(shown).toContain(`lap ${key}`);
    }
  });

  const forwarded = [
    "\x1b[<35;10;5M",
    "\x1b[<0;10;5m",
    "\x1b[M !!",
    "\x1b[35;10;5M",
    "\x1b[I",
    "\x1b[O",
    "\x1b[?62;22c",
    "\x1b[>0;276;0c",
    "\x1b[12;40R",
    "\x1b[?2026;2$y",
    "\x1b[8;24;80t",
    "\x1b[?1u",
    "\x1b[?997;1n",
    "\x1b]11;rgb:1c1c/1c1c/1c1c\x1b\\",
    "\x1b]11;rgb:1c1c/1c1c/1c1c\x07",
    "\x1bP>|kitty(0.31)\x1b\\",
    "\x1bP1+r524742=38\x1b\\",
    "\x1b_Gi=1;OK\x1b\\",
    "\x1b[57441;2u",
    "\x1b[57441;1:3u",
    "\x1b[57358u",
    "\x80",
    `${PASTE}d${PASTE_END}`,
  ];
  test.each(forwarded)("%j is no key: it is sent and lap goes on waiting", (bytes) => {
    expect(play([`\x1d${bytes}d`])).toEqual([LAP, `> ${bytes}`, "lap d"]);
    for (let cut = 1; cut < bytes.length; cut++) {
      const shown = play(["\x1d", bytes.slice(0, cut), bytes.slice(cut), "d"]);
      expect(joined(shown.slice(1, -1))).toBe(bytes);
      expect(shown.at(-1)).toBe("lap d");
    }
  });

  table([
    ["waits without a limit", ["\x1d", 3_600_000, "d"], [LAP, "lap d"]],
    [
      "swallows key releases while it waits",
      ["\x1d", "\x1b[93;5:3u\x1b[97;1:3u\x1b[1;1:3A", "d"],
      [LAP, "lap d"],
    ],
    ["takes a lone Escape after 20 ms", ["\x1d", "\x1b", 20, "d"], [LAP, "lap escape", "> d"]],
    ["takes one key only", ["\x1dii"], [LAP, "lap i", "> i"]],
    ["may be used again", ["\x1di\x1dd"], [LAP, "lap i", LAP, "lap d"]],
    ["gives way to the detach key", ["a\x1d\x04b"], ["> a", LAP, "detach"]],
    ["gives way to it in every encoding", ["\x1d\x1b[100;5u"], [LAP, "detach"]],
    [
      "takes the first of several detach keys as a command, and detaches at the last",
      ["\x1d\x10", 499, "\x11b"],
      [LAP, "lap ctrl-p", "detach"],
      { detach: "ctrl-p,ctrl-q" },
    ],
    [
      "sends nothing on of detach keys that began as a command",
      ["\x1d\x10", "x", "\x1d\x10", 500, "\x11"],
      [LAP, "lap ctrl-p", "> x", LAP, "lap ctrl-p", "> \x11"],
      { detach: "ctrl-p,ctrl-q" },
    ],
    [
      "keeps in its place what is held when it begins to wait",
      ["\x10\x1dd"],
      ["> \x10", LAP, "lap d"],
      { detach: "ctrl-p,ctrl-q" },
    ],
    ["is not known in a paste", [`${PASTE}\x1dd${PASTE_END}`], [`> ${PASTE}\x1dd${PASTE_END}`]],
    ["is not known on release", ["\x1b[93;5:3ud"], ["> \x1b[93;5:3ud"]],
    ["is not Ctrl-Shift-]", ["\x1b[93;6ud"], ["> \x1b[93;6ud"]],
    ["none switches it off", ["\x1dd"], ["> \x1dd"], { escape: "none" }],
    [
      "other than the default works",
      ["\x1dd\x1ed"],
      ["> \x1dd", "lap ctrl-^", "lap d"],
      { escape: "ctrl-^" },
    ],
    [
      "does not take half an answer that was held too long for a key",
      ["\x1d", "\x1b[12", 20, ";4R", "d"],
      [LAP, "> \x1b[12", "> ;4R", "lap d"],
    ],
    [
      "does not take the end of an answer for an Escape",
      ["\x1d", "\x1b]11;rgb:0/0/0\x1b", 20, "\\", "d"],
      [LAP, "> \x1b]11;rgb:0/0/0", "> \x1b", "> \\", "lap d"],
    ],
    ["is not shut in by Alt-]", ["\x1d", "\x1b]", 20, "d"], [LAP, "lap alt-]", "> d"]],
    [
      "takes half a character that never ends as no key",
      ["\x1d", "\xc3", 20, "d"],
      [LAP, "> \xc3", "lap d"],
    ],
    [
      "takes a character whose half was sent on as no key",
      ["\x1d", "\xc3", 20, "\xa9", "d"],
      [LAP, "> \xc3", "> \xa9", "lap d"],
    ],
    ["yields where the detach sequence begins alike", ["\x1d"], ["detach"], { detach: "ctrl-]" }],
  ]);

  test("is served before the rest of the read is looked at", () => {
    const scanner = scannerWith();
    scanner.at = (event) => scanner.expectKey(event.type === "command" && event.key === "i");
    const shown = scanner.feed(bytesOf("a\x1dixb"), 0).map(show);
    expect(shown).toEqual(["> a", LAP, "lap i", "lap x", "> b"]);
  });
});

describe("a note that waits for a key", () => {
  const up = "\x1b[93;5:3u";
  table([
    ["is gone with any one", [true, "xy"], ["lap x", "> y"]],
    ["lets what behind it is no answer go on", [true, "x", false, "y"], ["lap x", "> y"]],
    ["may be kept by who shows it", [true, "x", true, "y"], ["lap x", "lap y"]],
    ["gives way to the detach key", [true, "\x04"], ["detach"]],
    ["is not the lap key's end when it goes", [true, "\x1d", false, "d"], [LAP, "lap d"]],
    ["does not end the lap key that came before it", ["\x1d", true, false, "d"], [LAP, "lap d"]],
    [
      "is told of a lap key in the read that opened it",
      ["\x1di\x1dd"],
      [LAP, "lap i", LAP, "lap d"],
    ],
    [
      "takes the lap key again for the same beginning",
      [true, "\x1d", false, "\x1d\x1dd"],
      [LAP, LAP, LAP, "lap d"],
    ],
    ["takes no release for a key", [true, up, "d"], ["lap d"]],
    [
      "takes a [ for a key, though an Escape was sent just before it came up",
      ["\x1b", 20, true, "[", 20],
      ["> \x1b", "lap ["],
    ],
  ]);

  test.each(["\x1d", "\x1b[93;5u", "\x1b[93;5:1u", "\x1b[27;5;93~"])(
    "takes the lap key as %j for the beginning of a command",
    (encoding) => {
      expect(play([true, `${encoding}db`])).toEqual([LAP, "lap d", "> b"]);
      for (let cut = 1; cut < encoding.length; cut++) {
        const read = [encoding.slice(0, cut), encoding.slice(cut)];
        expect(play([true, ...read, false, "d"])).toEqual([LAP, "lap d"]);
      }
    },
  );

  describe("knows Alt and a key with which answers begin, once no more comes", () => {
    for (const letter of ["]", "[", "O", "P", "_"]) {
      test(`Alt-${letter}`, () => {
        const alt = `\x1b${letter}`;
        expect(play([true, alt, 19])).toEqual([]);
        expect(play([true, alt, 20, false, "0abc"])).toEqual([`lap alt-${letter}`, "> 0abc"]);
        expect(play([true, "\x1b", 15, letter, 5])).toEqual([`lap alt-${letter}`]);
        expect(play(["\x1d", alt, 20, "d"])).toEqual([LAP, `lap alt-${letter}`, "> d"]);
      });
    }

    table([
      ["not where no key is awaited", ["\x1b]", 20, "0"], ["> \x1b]", "> 0"]],
      ["not where the note went meanwhile", [true, "\x1b]", false, 20], ["> \x1b]"]],
      [
        "not where the rest of an answer comes in time",
        [true, "\x1b]", 19, "11;rgb:0/0/0\x07", "x"],
        ["> \x1b]11;rgb:0/0/0\x07", "lap x"],
      ],
    ]);
  });

  describe("knows a key that is held down by what kitty says of it", () => {
    const again = "\x1b[93;5:2u";
    table([
      ["the lap key", ["\x1b[93;5u", again, again, up, "d"], [LAP, "lap d"]],
      ["the lap key in a note", [true, "\x1b[93;5u", again, false, again, "d"], [LAP, "lap d"]],
      [
        "a command's",
        ["\x1d", "i", true, "\x1b[105;1:2u\x1b[105;1:2u", "\x1b[105;1:3u", "x"],
        [LAP, "lap i", "lap x"],
      ],
      [
        "a command's that shows nothing",
        ["\x1d", "r", "\x1b[114;1:2u", "\x1b[114;1:3u", "xy"],
        [LAP, "lap r", "> xy"],
      ],
      [
        "the answer's",
        [true, "\x1b[120u", false, "\x1b[120;1:2u", "\x1b[120;1:3u", "y\x1b[121;1:3u"],
        ["lap x", "> y\x1b[121;1:3u"],
      ],
      ["an arrow's", [true, "\x1b[A", false, "\x1b[1;1:2A", "\x1b[1;1:3A"], ["lap up"]],
      ["one from before", ["\x1b[106u", true, "\x1b[106;1:2u", false], ["> \x1b[106u"]],
      [
        "and lets it go on elsewhere",
        ["j\x1b[106;1:2u", "\x1b[106;1:3u"],
        ["> j\x1b[106;1:2u", "> \x1b[106;1:3u"],
      ],
      [
        "and breaks no detach sequence with it",
        [true, "\x1b[112;5u", "\x1b[112;5:2u", "\x1b[113;5u"],
        ["lap ctrl-p", "detach"],
        { detach: "ctrl-p,ctrl-q" },
      ],
    ]);
  });

  const mouse = ["\x1b[<0;10;5M", "\x1b[<0;10;5m", "\x1b[M !!", "\x1b[M !\x00", "\x1b[35;10;5M"];
  test.each(mouse)("keeps the click %j from what it covers", (click) => {
    expect(play([true, `${click}x`])).toEqual(["lap x"]);
    for (let cut = 1; cut < click.length; cut++) {
      expect(play([true, click.slice(0, cut), 9, click.slice(cut), "x"])).toEqual(["lap x"]);
    }
    expect(play([true, "x", false, click])).toEqual(["lap x", `> ${click}`]);
  });

  test.each([
    "\x1b[I",
    "\x1b[O",
    "\x1b[?62;22c",
    "\x1b[12;40R",
    "\x1b[>4;2m",
    "\x1b]11;rgb:0/0/0\x07",
  ])("lets %j through, cut anywhere", (report) => {
    for (let cut = 1; cut <= report.length; cut++) {
      const shown = play([true, report.slice(0, cut), 9, report.slice(cut), "x"]);
      expect(joined(shown)).toBe(`${report}lap x`);
    }
  });

  table([
    ["drops half a click with its rest", [true, "\x1b[<0;1", 20, "0;5M", "x"], ["lap x"]],
    ["drops half a click of old terminals", [true, "\x1b[M ", 20, "!!", "x"], ["lap x"]],
  ]);

  test("is not answered by a click in UTF-8 (mode 1005), whose last byte would be a key", () => {
    const scanner = scannerWith();
    scanner.utf8Mouse = true;
    scanner.expectKey(true);
    expect(scanner.feed(bytesOf("\x1b[M \xc2\x84"), 0)).toEqual([]);
    expect(scanner.feed(bytesOf("yx"), 1).map(show)).toEqual(["lap x"]);
  });

  describe("is told of a paste before that is sent", () => {
    const paste = `${PASTE}y\x04\x1d${PASTE_END}`;
    const ways = {
      sent: (scanner: Gathered) => scanner.expectKey(false),
      "sent where the note stays": () => {},
      refused: (_scanner: Gathered, event: InputEvent) =>
        event.type === "pasting" && event.refuse(),
    };
    for (const [way, answer] of Object.entries(ways)) {
      for (const reads of [
        [`${paste}x`],
        [paste.slice(0, 9), `${paste.slice(9)}x`],
        [...paste, "x"],
      ]) {
        test(`and it is ${way}, in ${reads.length} reads`, () => {
          const scanner = scannerWith();
          scanner.at = (event) => event.type === "pasting" && answer(scanner, event);
          scanner.expectKey(true);
          const shown = reads.flatMap((read) => scanner.feed(bytesOf(read), 0).map(show));
          const sent = way === "refused" ? [] : [`> ${paste}`];
          expect(shown).toEqual(["pasting", ...sent, way === "sent" ? "> x" : "lap x"]);
        });
      }
    }

    test("which stays refused where it stalls", () => {
      const scanner = scannerWith();
      scanner.at = (event) => event.type === "pasting" && event.refuse();
      scanner.expectKey(true);
      const shown = [
        ...scanner.feed(bytesOf(`${PASTE}a`), 0),
        ...scanner.flush(5000),
        ...scanner.feed(bytesOf(`b${PASTE_END}x`), 5001),
      ].map(show);
      expect(shown).toEqual(["pasting", "lap x"]);
    });

    table([
      ["each by itself", [true, paste + paste], ["pasting", `> ${paste}`, "pasting", `> ${paste}`]],
      ["but not behind the lap key", ["\x1d", paste, "d"], [LAP, `> ${paste}`, "lap d"]],
    ]);
  });
});

describe("of a key that is swallowed behind a command, what has begun to go out goes whole", () => {
  table([
    [
      "a release",
      ["\x1dr\x1b[114;", 60, "1:3u", "h"],
      [LAP, "lap r", "> \x1b[114;", "> 1:3u", "> h"],
    ],
    [
      "a repeat",
      ["\x1dr\x1b[114;", 60, "1:2u", "h"],
      [LAP, "lap r", "> \x1b[114;", "> 1:2u", "> h"],
    ],
  ]);
});

describe("properties", () => {
  const below = random(3);
  const pieces = [
    "\x1b",
    "\x1b[",
    "\x1b[200~",
    "\x1b[201~",
    "\x1b]11;",
    "\x1b[<0;1;",
    "\x1bO",
    "\x07",
  ];
  const noise = (avoid: readonly number[]) => {
    const bytes: number[] = [];
    while (bytes.length < 400) {
      const known = pieces[below(pieces.length * 4)];
      bytes.push(...(known ? bytesOf(known) : [below(3) ? below(256) : 48 + below(10)]));
    }
    return Uint8Array.from(bytes.filter((byte) => !avoid.includes(byte)));
  };
  /** Feeds random cuts, some of them after the time in which a partial sequence is held. */
  const cutAtRandom = (bytes: Uint8Array): Step[] => {
    const steps: Step[] = [];
    for (let at = 0; at < bytes.length;) {
      const size = 1 + below(below(2) ? 4 : 60);
      steps.push(bytes.subarray(at, at + size));
      if (below(3) === 0) steps.push(below(60));
      at += size;
    }
    return [...steps, 10_000];
  };

  test("random bytes cut at random come out the same with the keys switched off", () => {
    for (let round = 0; round < 500; round++) {
      const bytes = noise([]);
      const shown = play(cutAtRandom(bytes), { detach: "none", escape: "none" });
      expect(joined(shown)).toBe(Buffer.from(bytes).toString("latin1"));
    }
  });

  test("random bytes without the keys come out the same with the keys switched on", () => {
    for (let round = 0; round < 500; round++) {
      // Without "u" and "~" no report of a key can come about; pastes are then left out as well.
      const avoid = round % 2 ? [0x04, 0x1d, 0x75] : [0x04, 0x1d, 0x75, 0x7e];
      const bytes = noise(avoid);
      const shown = play(cutAtRandom(bytes));
      expect(joined(shown)).toBe(Buffer.from(bytes).toString("latin1"));
    }
  });

  test("a started sequence that never completes loses nothing either", () => {
    for (let round = 0; round < 500; round++) {
      const bytes = noise([0x02, 0x75]).map((byte) => (byte % 5 === 0 ? 0x01 : byte));
      const shown = play(cutAtRandom(bytes), { detach: "ctrl-a,ctrl-a,ctrl-b", escape: "none" });
      expect(joined(shown)).toBe(Buffer.from(bytes).toString("latin1"));
    }
  });

  test("text that is not fed, as it need not be, changes nothing of what the rest gives", () => {
    let texts = 0;
    for (let round = 0; round < 500; round++) {
      const [fed, spared] = [
        scannerWith({ detach: "ctrl-a,b" }),
        scannerWith({ detach: "ctrl-a,b" }),
      ];
      const bytes = noise([]).map((byte) => (byte % 50 === 0 ? 0x01 : byte));
      let now = 0;
      for (const step of cutAtRandom(bytes)) {
        if (typeof step === "number") {
          now += step;
          expect(spared.flush(now)).toEqual(fed.flush(now));
        } else {
          expect(spared.scanner.isText(new Uint8Array(0))).toBe(false);
          const isText = spared.scanner.isText(step as Uint8Array);
          if (isText) texts++;
          const rest = isText
            ? [{ type: "send", bytes: step }]
            : spared.feed(step as Uint8Array, now);
          expect(rest).toEqual(fed.feed(step as Uint8Array, now));
        }
        expect(spared.deadline).toEqual(fed.deadline);
      }
    }
    expect(texts).toBeGreaterThan(1_000);
  });

  test("every encoding cut at every byte detaches and sends exactly what stood before", () => {
    for (const encoding of CTRL_D) {
      const input = `before\x1b[A${encoding}after`;
      for (let cut = 1; cut < input.length; cut++) {
        const shown = play([input.slice(0, cut), 19, input.slice(cut)]);
        expect(shown.at(-1)).toBe("detach");
        expect(joined(shown.slice(0, -1))).toBe("before\x1b[A");
      }
      const byteByByte = play([...input]);
      expect(byteByByte.at(-1)).toBe("detach");
      expect(joined(byteByByte.slice(0, -1))).toBe("before\x1b[A");
    }
  });
});
