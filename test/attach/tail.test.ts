import { describe, expect, test } from "bun:test";
import { Farewell } from "../../src/attach/farewell.ts";
import { Tail } from "../../src/attach/tail.ts";
import { Traffic } from "../../src/attach/traffic.ts";
import { Unfinished } from "../../src/attach/unfinished.ts";
import { ModeWatcher } from "../../src/vt/modes.ts";
import { random } from "../support/random.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");

describe("the unfinished end of a stream is kept whole", () => {
  for (const [name, written, tail] of [
    ["of a colour", "text\x1b[38;2;1", "\x1b[38;2;1"],
    ["of a title", "\x1b[1mx\x1b]0;ti", "\x1b]0;ti"],
    ["of a title that ends in a whole character", "\x1b]0;\xc3\xa9", "\x1b]0;\xc3\xa9"],
    ["of a title that ends amid a character", "x\x1b]0;caf\xc3", "\x1b]0;caf\xc3"],
    ["of a title whose end has begun", "x\x1b]0;title\x1b", "\x1b"],
    ["of a long string", `x\x1b]52;c;${"QUJD".repeat(500)}`, `\x1b]52;c;${"QUJD".repeat(500)}`],
    ["of a sequence begun by a C1 control", "x\xc2\x9b38;2", "\xc2\x9b38;2"],
    ["of a sequence that another begins in", "\x1b[38;\x1b[1", "\x1b[1"],
    ["of a sequence with a line feed in it", "x\x1b[3\n1", "\x1b[31"],
    ["of a string with line feeds in it", "x\x1bPq\n1\n", "\x1bPq\n1\n"],
    ["of a string begun by a C1 control", "x\xc2\x90q\n1", "\xc2\x90q\n1"],
    ["of a character of two bytes", "x\xc3", "\xc3"],
    ["of a character of three bytes", "x\xe4\xb8", "\xe4\xb8"],
    ["of a character of four bytes", "\x1b[m\xf0\x9f\x8e", "\xf0\x9f\x8e"],
    ["of nothing", "xyz\x1b[m\x1b]0;x\x07\xc3\xa9", ""],
  ] as const) {
    for (const [size, together] of [
      [1000, 1],
      [1, 1],
      [7, 1],
      [1, 3],
      [7, 1000],
    ] as const) {
      test(`${name}, in frames of ${size} bytes, ${together} at a time`, () => {
        const [watcher, unfinished] = [new ModeWatcher(), new Unfinished()];
        const frames = Array.from({ length: Math.ceil(written.length / size) }, (_, index) =>
          bytes(written.slice(index * size, (index + 1) * size)),
        );
        while (frames.length > 0) {
          const batch = frames.splice(0, together);
          watcher.feedAll(batch);
          unfinished.written(batch, watcher.unfinished);
        }
        expect(Buffer.from(unfinished.take()).toString("latin1")).toBe(tail);
      });
    }
  }

  test("but not without a limit", () => {
    const unfinished = new Unfinished();
    const mib = Buffer.alloc(1024 * 1024, "\x1b]");
    for (let count = 1; count <= 5; count++) unfinished.written([mib], count * mib.length);
    expect(unfinished.take()).toBeEmpty();
  });
});

describe("the last words of a connection", () => {
  const EXITED = "\r\n\x1b[2m[bridge] process exited (code=0, signal=0)\x1b[0m\r\n";
  for (const [name, said, ends, left] of [
    ["a program's own end", EXITED, true, false],
    ["as tmux says it", `[exited]${EXITED}`, true, false],
    [
      "the sandbox's tmux told to detach",
      `\x1b[?1049l[detached (from session lap)]${EXITED}`,
      true,
      true,
    ],
    ["a detach without an end", "[detached (from session lap)]\r\n", false, false],
    [
      "a program that speaks of a detach long before its end",
      `[detached (from session x)]${"y".repeat(300)}${EXITED}`,
      true,
      false,
    ],
    ["text", "text", false, false],
    ["nothing", "", false, false],
    ["the words long before more output", `${EXITED}${"x".repeat(300)}`, false, false],
  ] as const) {
    for (const size of [1000, 1, 7]) {
      test(`${name}, in frames of ${size} bytes`, () => {
        const farewell = new Farewell();
        for (let at = 0; at < said.length; at += size)
          farewell.feed(bytes(said.slice(at, at + size)));
        expect([farewell.said, farewell.left]).toEqual([ends, left]);
      });
    }
  }
});

describe("round trips", () => {
  test("are the newest and the 95th percentile of what was answered", () => {
    const traffic = new Traffic();
    expect(traffic.roundTrip).toBeUndefined();
    for (let trip = 1; trip <= 100; trip++) {
      traffic.measured(trip);
    }
    expect(traffic.roundTrip).toEqual({ now: 100, p95: 95 });
  });
});

test("the end of a stream is what it is, however the stream is cut", () => {
  const below = random(1);
  for (let stream = 0; stream < 200; stream++) {
    const tail = new Tail();
    let all = "";
    for (let chunk = 0; chunk < 30; chunk++) {
      const bytes = Buffer.from(
        Array.from({ length: below(below(4) === 0 ? 600 : 40) }, () => below(256)),
      );
      tail.feed(bytes);
      all += bytes.toString("latin1");
      expect(tail.text).toBe(all.slice(-256));
    }
  }
});
