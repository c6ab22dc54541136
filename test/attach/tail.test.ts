import { describe, expect, test } from "bun:test";
import { Farewell } from "../../src/attach/farewell.ts";
import { Traffic } from "../../src/attach/traffic.ts";
import { unfinishedTail } from "../../src/attach/unfinished.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");

describe("the unfinished end of a stream", () => {
  for (const [name, written, tail] of [
    ["of a colour", "text\x1b[38;2;1", "\x1b[38;2;1"],
    ["of a title", "\x1b[1mx\x1b]0;ti", "\x1b]0;ti"],
    ["of a title that ends in a whole character", "\x1b]0;\xc3\xa9", "\x1b]0;\xc3\xa9"],
    ["of a character of two bytes", "x\xc3", "\xc3"],
    ["of a character of three bytes", "x\xe4\xb8", "\xe4\xb8"],
    ["of a character of four bytes", "\x1b[m\xf0\x9f\x8e", "\xf0\x9f\x8e"],
    ["of nothing that is known", "xyz", ""],
  ] as const) {
    test(name, () => expect(unfinishedTail(bytes(written))).toEqual(new Uint8Array(bytes(tail))));
  }
});

describe("a line is left open", () => {
  for (const [output, open] of [
    ["", false],
    ["a\r\n", false],
    ["a\r\n\x1b[0m", false],
    ["a\r\n\x1b[0m\x1b[?25h", false],
    ["a", true],
    ["a\r\nprompt$ \x1b[K", true],
  ] as const) {
    test(`${open ? "by" : "not by"} ${JSON.stringify(output)}`, () => {
      const farewell = new Farewell();
      farewell.feed(bytes(output));
      expect(farewell.midLine).toBe(open);
    });
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
