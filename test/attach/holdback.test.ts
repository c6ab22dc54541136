import { describe, expect, test } from "bun:test";
import { Holdback } from "../../src/attach/holdback.ts";
import { FIRST_WINDOW, UNLIMITED, windowFor } from "../../src/attach/window.ts";

const KIB = 1024;
const FRAME = 4 * KIB;

class HeldLink {
  readonly calls: string[] = [];
  readonly limits: number[] = [];

  pause = () => void this.calls.push("pause");
  resume = () => void this.calls.push("resume");
  limit = (bytes: number) => void this.limits.push(bytes);
}

function setUp() {
  const link = new HeldLink();
  const clock = { ms: 0, now: () => clock.ms };
  const holdback = new Holdback(link, clock);
  /** So many KiB come, in frames, and so many bytes are pending after each. */
  const flood = (kib: number, pending = 0, frame = FRAME) => {
    for (let left = kib * KIB; left > 0; left -= frame) holdback.frameCame(frame, pending);
  };
  /** The terminal falls behind and catches up, at so many bytes in a millisecond. */
  const hold = (pace: number, { covered = false, readOn = 0 } = {}) => {
    const [most, least] = [129 * KIB, 63 * KIB];
    holdback.update(most, false);
    for (let read = 0; read < readOn; read += FRAME) holdback.frameCame(FRAME, most);
    if (covered) holdback.update(most, true);
    clock.ms += (most + readOn - least) / pace;
    holdback.update(least, false);
  };
  return { link, clock, holdback, flood, hold };
}

/** Bytes that the terminal has not taken, whether lap covers it, and frames that came before. */
type Step = [pendingKib: number, covered?: boolean, frames?: number];

test.each<[name: string, steps: Step[], calls: string[]]>([
  ["a terminal that keeps up", [[0], [1], [0, false, 5_000]], []],
  ["at the mark", [[128]], []],
  ["behind", [[129], [300]], ["pause"]],
  ["behind, and not yet far enough ahead again", [[129], [64]], ["pause"]],
  ["behind, and up to date", [[129], [63]], ["pause", "resume"]],
  ["behind by tiny frames", [[1, false, 2_001]], ["pause", "resume"]],
  ["not behind by as many", [[1, false, 2_000]], []],
  ["up to date between tiny frames", [[1, false, 2_000], [0], [1, false, 2_000]], []],
  ["covered", [[0, true], [0, true], [0]], ["pause", "resume"]],
  ["covered and behind", [[300, true], [60, true], [300], [60]], ["pause", "resume"]],
])("%s", (_, steps, calls) => {
  const { link, holdback } = setUp();
  for (const [pendingKib, covered = false, frames = 0] of steps) {
    for (let frame = 0; frame < frames; frame++) holdback.frameCame(1, pendingKib * KIB);
    holdback.update(pendingKib * KIB, covered);
    if (frames > 2_000) holdback.update(pendingKib * KIB, covered);
  }
  expect(link.calls).toEqual(calls);
  expect(holdback.holding).toBe(link.calls.at(-1) === "pause");
});

describe("what the system takes in", () => {
  test("is limited once more comes than a screen painted anew, and each time so much came again", () => {
    const { link, flood } = setUp();
    flood(28, 1);
    expect(link.limits).toEqual([]);
    flood(4, 1);
    expect(link.limits).toEqual([FIRST_WINDOW]);
    flood(32, 1);
    expect(link.limits).toEqual([FIRST_WINDOW, FIRST_WINDOW]);
  });

  test("is left alone by echoes, and by screens now and then", () => {
    const { link, flood, clock } = setUp();
    flood(64, 0, 512);
    for (let screen = 0; screen < 9; screen++) {
      flood(16);
      clock.ms += 101;
    }
    expect(link.limits).toEqual([]);
  });

  test("grows for a terminal that keeps up", () => {
    const { link, flood } = setUp();
    flood(32);
    expect(link.limits).toEqual([FIRST_WINDOW]);
    flood(64);
    expect(link.limits.at(-1)).toBe(2 * FIRST_WINDOW);
    flood(4096);
    expect(link.limits.at(-1)).toBe(2 * FIRST_WINDOW);
  });

  test("does not grow for one that does not keep up", () => {
    const { link, flood, hold } = setUp();
    for (let count = 0; count < 100; count++) flood(60, 1);
    for (let count = 0; count < 7; count++) {
      hold(1);
      flood(60);
    }
    expect(new Set(link.limits)).toEqual(new Set([FIRST_WINDOW]));
  });

  test("does not grow by what came before a pause, or behind something of lap's", () => {
    const { link, flood, clock, holdback } = setUp();
    flood(60);
    clock.ms += 101;
    flood(60);
    holdback.update(0, true);
    flood(512);
    holdback.update(0, false);
    flood(60);
    expect(new Set(link.limits)).toEqual(new Set([FIRST_WINDOW]));
  });

  test("follows the pace of a terminal that is behind, up and down", () => {
    const { link, flood, hold } = setUp();
    const limit = () => {
      flood(32, 1);
      return link.limits.at(-1);
    };
    for (let holds = 0; holds < 7; holds++) hold(60_000);
    expect(limit()).toBe(FIRST_WINDOW); // too early to tell
    hold(60_000);
    expect(limit()).toBe(windowFor(60_000, 0));
    for (let holds = 0; holds < 8; holds++) hold(40_000);
    expect(limit()).toBe(windowFor(40_000, 0));
    for (let holds = 0; holds < 8; holds++) hold(10_000);
    expect(limit()).toBe(FIRST_WINDOW);
  });

  test.each<[name: string, meanwhile: (stage: ReturnType<typeof setUp>) => void, limit: number]>([
    ["only by a terminal that stays fast", () => {}, UNLIMITED],
    [
      "not by one that was slow meanwhile",
      ({ hold }) => {
        for (let holds = 0; holds < 8; holds++) hold(40_000);
      },
      windowFor(60_000, 0),
    ],
    [
      "not by bursts, which what stands before it may take",
      ({ clock }) => (clock.ms += 101),
      windowFor(60_000, 0),
    ],
  ])("is without a limit %s", (_, meanwhile, limit) => {
    const stage = setUp();
    const { link, flood, hold } = stage;
    flood(8 * KIB, 1);
    meanwhile(stage);
    flood(8 * KIB, 1);
    for (let holds = 0; holds < 8; holds++) hold(60_000);
    flood(32, 1);
    expect(link.limits.at(-1)).toBe(limit);
  });

  test("takes into account what was read on behind a pause", () => {
    const { link, flood, hold } = setUp();
    hold(40_000, { readOn: 512 * KIB });
    flood(32, 1);
    expect(link.limits.at(-1)).toBe(windowFor(40_000, 0));
  });

  test("is not judged by the time that something of lap's covers the terminal", () => {
    const { link, flood, hold } = setUp();
    for (let holds = 0; holds < 4; holds++) hold(1, { covered: true });
    for (let holds = 0; holds < 8; holds++) hold(40_000);
    flood(32, 1);
    expect(link.limits.at(-1)).toBe(windowFor(40_000, 0));
  });
});
