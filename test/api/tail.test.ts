import { describe, expect, test } from "bun:test";
import { LogTail } from "../../src/api/tail.ts";

const words = (text: string) => text.split(" ").filter(Boolean);

/** What is new in a second window, asked for 1.5 s after the first; all lines are of the last 9 s. */
function second(first: string, window: string) {
  const tail = new LogTail(words(first), words(first).length, { askedAt: 0, answeredAt: 0 });
  return tail
    .take(words(window), { seconds: 9, askedAt: 1_500, answeredAt: 1_500 })
    .lines.join(" ");
}

describe("what is new in a window on a log's end", () => {
  test.each([
    ["nothing", "a b c", "a b c", ""],
    ["what stands behind what was read", "a b c", "a b c d e", "d e"],
    ["the same where the window begins later", "a b c", "b c d", "d"],
    ["all of it, where it begins behind what was read", "a b c", "d e", "d e"],
    ["all of it, where nothing was read before", "", "a b", "a b"],
    ["nothing in an empty window", "a b c", "", ""],
    ["a line that is the last one's equal", "a b", "a b b", "b"],
    ["a line that is the first one's equal", "a b c", "a b c a", "a"],
    ["a whole part that comes again", "a b c", "a b c a b c", "a b c"],
    ["one of many equal lines", "a a a", "a a a a", "a"],
    ["equal lines behind others", "x a a", "a a a a", "a a"],
    ["lines of another pod", "a b c", "start a", "start a"],
  ])("is %s", (_, first, window, fresh) => {
    expect(second(first, window)).toBe(fresh);
  });

  test("is told by time where equal lines are older than the window", () => {
    const tail = new LogTail(["tick", "tick", "tick"], 0, { askedAt: 0, answeredAt: 0 });
    const read = { seconds: 3, askedAt: 3_000, answeredAt: 3_000 };
    expect(tail.take(["tick", "tick"], read).lines).toEqual(["tick", "tick"]);
  });

  test("is a line that comes again after a while, for the first time", () => {
    const tail = new LogTail(["start", "healthy"], 0, { askedAt: 0, answeredAt: 0 });
    const read = { seconds: 9, askedAt: 1_500, answeredAt: 1_500 };
    expect(tail.take(["healthy"], read).lines).toEqual(["healthy"]);
  });

  test("is told by time where all that was read is one line over and over", () => {
    const tail = new LogTail(Array(10).fill("tick"), 9, { askedAt: 0, answeredAt: 0 });
    const read = { seconds: 11, askedAt: 1_500, answeredAt: 1_500 };
    expect(tail.take(Array(11).fill("tick"), read).lines).toEqual(["tick", "tick"]);
  });

  test("may miss lines where more came than a window holds, and says so", () => {
    const tail = new LogTail(["old"], 1, { askedAt: 0, answeredAt: 0 });
    const flood = Array.from({ length: 5_000 }, (_, index) => `line ${index}`);
    const read = { seconds: 3, askedAt: 1_500, answeredAt: 1_500 };
    expect(tail.take(flood, read)).toEqual({ lines: flood, gap: true });
    const next = { seconds: 3, askedAt: 3_000, answeredAt: 3_000 };
    const { lines, gap } = tail.take([...flood.slice(1), "one more"], next);
    expect([lines, gap]).toEqual([["one more"], false]);
  });
});

describe("how far a window reaches back", () => {
  test("grows with what was read, to nine seconds and a whole number of them", () => {
    const tail = new LogTail([], 0, { askedAt: 0, answeredAt: 0 });
    const asked: number[] = [];
    for (let askedAt = 1_500; askedAt <= 21_000; askedAt += 1_500) {
      const seconds = tail.secondsAt(askedAt);
      asked.push(seconds);
      tail.take([], { seconds, askedAt, answeredAt: askedAt });
    }
    expect(Math.min(...asked)).toBeGreaterThanOrEqual(3);
    expect(asked.slice(-5)).toEqual([9, 9, 9, 9, 9]);
  });

  test("covers an outage, up to the hour that the platform gives", () => {
    const tail = new LogTail([], 0, { askedAt: 0, answeredAt: 0 });
    expect(tail.secondsAt(60_000)).toBeGreaterThan(60);
    expect(tail.secondsAt(86_400_000)).toBe(3_600);
  });
});

/** A log that grows while it is followed: line and time by its number, up to two minutes. */
function follow(line: (n: number) => string, every: number, outage = 0) {
  // Off the edges of windows, where a jitter decides on which side an equal line stands.
  const log = Array.from({ length: Math.ceil(180_000 / every) }, (_, n) => ({
    at: n * every - 60_000 + 230,
    text: line(n),
  }));
  const read = (now: number, seconds: number) => {
    const from = now - seconds * 1000;
    return log.filter(({ at }) => at >= from && at <= now).slice(-5_000);
  };
  const texts = (lines: typeof log) => lines.map(({ text }) => text);
  // Deterministic jitter of the network, up to 60 ms.
  const delay = (poll: number) => (poll * 37) % 60;
  const tail = new LogTail(texts(read(0, 3_600)), read(0, 9).length, { askedAt: 0, answeredAt: 0 });
  const told: string[] = [];
  let last = 0;
  for (let poll = 1; poll <= 80; poll++) {
    const askedAt = poll * 1_500;
    if (outage > 0 && askedAt > 30_000 && askedAt <= 30_000 + outage) continue;
    const seconds = tail.secondsAt(askedAt);
    last = askedAt + delay(poll) / 2;
    const answeredAt = askedAt + delay(poll);
    told.push(...tail.take(texts(read(last, seconds)), { seconds, askedAt, answeredAt }).lines);
  }
  return { told, written: texts(log.filter(({ at }) => at > 0 && at <= last)) };
}

describe("a log followed for two minutes", () => {
  test.each<[string, (n: number) => string, number, number]>([
    ["of lines that differ", (n) => `line ${n}`, 130, 0],
    ["of lines that differ, with an outage", (n) => `line ${n}`, 130, 20_000],
    ["in a flood", (n) => `line ${n}`, 7, 0],
    ["of two lines in turn", (n) => (n % 2 ? "a" : "b"), 500, 0],
    ["of one line over and over, every second", () => "tick", 1_000, 0],
    ["of one line over and over, seldom", () => "GET /healthz 200", 10_000, 0],
    ["of blocks that come again", (n) => `line ${n % 20}`, 310, 0],
    ["of lines between blank ones", (n) => (n % 2 ? "" : `line ${n}`), 260, 0],
  ])("%s is told without a repeat or a loss", (_, line, every, outage) => {
    const { told, written } = follow(line, every, outage);
    expect(told.length).toBe(written.length);
    expect(told).toEqual(written);
  });
});
