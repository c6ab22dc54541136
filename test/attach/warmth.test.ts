import { describe, expect, test } from "bun:test";
import { Timers } from "../../src/attach/timers.ts";
import { Warmth, type WarmthPolicy } from "../../src/attach/warmth.ts";
import { ManualClock } from "../support/clock.ts";
import { never } from "../support/fake-sandbox.ts";

const MINUTE = 60_000;

/** A terminal in use or not, and what the platform was told when, in minutes. */
class Visit {
  readonly clock = new ManualClock();
  readonly bumps: number[] = [];
  readonly warnings: { at: number; ms: number }[] = [];
  bump: (signal: AbortSignal) => Promise<void> = async () => {};
  readonly warmth: Warmth;

  constructor({ bump, ...policy }: Partial<WarmthPolicy> = {}) {
    this.bump = bump ?? this.bump;
    this.warmth = new Warmth({
      idleTimeoutMs: 15 * MINUTE,
      always: false,
      ...policy,
      bump: (signal) => {
        this.bumps.push(this.minute);
        return this.bump(signal);
      },
      clock: this.clock,
      timers: new Timers(this.clock, (work) => work()),
      warn: (ms) => void this.warnings.push({ at: this.minute, ms }),
    });
    this.warmth.start();
  }

  get minute(): number {
    return this.clock.now() / MINUTE;
  }

  async pass(minutes: number): Promise<void> {
    await this.clock.advance(minutes * MINUTE);
  }

  /** Something comes or goes every second. */
  async use(minutes: number): Promise<void> {
    for (let second = 0; second < minutes * 60; second++) {
      this.warmth.used();
      await this.clock.advance(1000);
    }
  }
}

describe("a session", () => {
  test("is told of at once: joining it is use", async () => {
    const visit = new Visit();
    await visit.pass(0);
    expect(visit.bumps).toEqual([0]);
  });

  test("that was come back to is told of at once, and as ever after that", async () => {
    const visit = new Visit();
    await visit.pass(2);
    visit.warmth.start();
    await visit.use(5.5);
    expect(visit.bumps).toEqual([0, 2, 7]);
  });

  test("that is used is kept warm at each third of its timeout, and no oftener", async () => {
    const visit = new Visit();
    await visit.use(16);
    expect(visit.bumps).toEqual([0, 5, 10, 15]);
    expect(visit.warnings).toEqual([]);
  });

  test("of another platform's timeout is kept warm by that", async () => {
    const visit = new Visit({ idleTimeoutMs: 3 * MINUTE });
    await visit.use(3.5);
    expect(visit.bumps).toEqual([0, 1, 2, 3]);
  });

  test("of a platform that does not say it is taken for one of 15 minutes", async () => {
    const visit = new Visit({ idleTimeoutMs: undefined });
    await visit.use(5.5);
    expect(visit.bumps).toEqual([0, 5]);
    expect(visit.warmth.remaining).toBe(14.5 * MINUTE);
  });

  test("that never ends by itself is left alone", async () => {
    const visit = new Visit({ idleTimeoutMs: null });
    await visit.use(20);
    expect([visit.bumps, visit.warmth.remaining, visit.clock.waiting]).toEqual([[], undefined, 0]);
  });

  // It was given the whole of its time, whenever that had begun.
  test("that could not be told lives for nobody knows how long", async () => {
    const visit = new Visit({ bump: () => Promise.reject(new Error("502")) });
    await visit.pass(1);
    expect(visit.warmth.remaining).toBeUndefined();
  });

  test("that was used since is told of once more, then let go", async () => {
    const visit = new Visit();
    await visit.pass(1);
    visit.warmth.used();
    await visit.pass(120);
    expect(visit.bumps).toEqual([0, 5]);
  });

  test("that is quiet lives for at least a whole timeout after its last use", async () => {
    for (const usedAt of [0.1, 3, 4.9, 5.1, 9, 12.9]) {
      const visit = new Visit();
      await visit.pass(usedAt);
      visit.warmth.used();
      await visit.pass(13);
      const [last = 0] = visit.bumps.slice(-1);
      expect(last + 15).toBeGreaterThanOrEqual(usedAt + 15);
    }
  });

  test("that is quiet is kept for ever where that is wanted, without a warning", async () => {
    const visit = new Visit({ always: true });
    await visit.pass(60);
    expect(visit.bumps).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60]);
    expect(visit.warnings).toEqual([]);
  });

  test("with a timeout of months makes no noise", async () => {
    const visit = new Visit({ idleTimeoutMs: 365 * 24 * 60 * MINUTE });
    const delays: number[] = [];
    const after = visit.clock.after.bind(visit.clock);
    visit.clock.after = (ms, work) => {
      delays.push(ms);
      return after(ms, work);
    };
    await visit.pass(100 * 24 * 60);
    visit.warmth.used();
    // What a timer takes for at once, and would make a bump a millisecond.
    expect(delays.every((ms) => ms < 2 ** 31)).toBe(true);
    expect([visit.bumps.length, visit.warnings]).toEqual([2, []]);
  });
});

describe("the warning", () => {
  test("comes once, two minutes before the end", async () => {
    const visit = new Visit();
    await visit.pass(60);
    expect(visit.warnings).toEqual([{ at: 13, ms: 2 * MINUTE }]);
  });

  test("counts from the last use that the platform was told of", async () => {
    const visit = new Visit();
    await visit.use(1);
    await visit.pass(60);
    expect(visit.warnings).toEqual([{ at: 18, ms: 2 * MINUTE }]);
  });

  test("of a short timeout comes with its last quarter", async () => {
    const visit = new Visit({ idleTimeoutMs: 4 * MINUTE });
    await visit.pass(60);
    expect(visit.warnings).toEqual([{ at: 3, ms: MINUTE }]);
  });

  test("is heeded by any use, and comes again after the next quiet", async () => {
    const visit = new Visit();
    await visit.pass(14);
    visit.warmth.used();
    await visit.pass(60);
    expect(visit.bumps).toEqual([0, 14]);
    expect(visit.warnings.map(({ at }) => at)).toEqual([13, 27]);
  });

  test("is called off by use before it", async () => {
    const visit = new Visit();
    await visit.pass(12);
    visit.warmth.used();
    await visit.pass(14);
    expect([visit.bumps, visit.warnings]).toEqual([[0, 12], [{ at: 25, ms: 2 * MINUTE }]]);
  });
});

const unreachable = async () => {
  throw new Error("unreachable");
};

describe("a platform that cannot be told", () => {
  test("is told again every half a minute, and then as ever", async () => {
    const visit = new Visit({ bump: unreachable });
    await visit.pass(1.9);
    visit.bump = async () => {};
    await visit.pass(30);
    expect(visit.bumps).toEqual([0, 0.5, 1, 1.5, 2]);
    expect(visit.warnings).toEqual([{ at: 15, ms: 2 * MINUTE }]);
  });

  test("is not told at every key", async () => {
    const visit = new Visit({ bump: unreachable });
    await visit.use(1);
    expect(visit.bumps).toHaveLength(3);
  });

  test("is told one thing at a time, however long that takes", async () => {
    const answer = Promise.withResolvers<void>();
    const visit = new Visit({ bump: () => answer.promise });
    await visit.use(7);
    visit.warmth.start();
    expect(visit.bumps).toEqual([0]);
    answer.resolve();
    await visit.pass(0.1);
    // What came and went meanwhile counts.
    expect(visit.bumps).toHaveLength(2);
  });
});

describe("after a sleep of the machine", () => {
  test("its first use is told of at once: the platform's clock went on", async () => {
    const visit = new Visit();
    await visit.pass(1);
    visit.warmth.used();
    visit.clock.jump(4.5 * MINUTE);
    await visit.use(4);
    expect(visit.bumps).toEqual([0, 1]);
  });

  test("a platform that cannot be told is still not told at every key", async () => {
    const visit = new Visit();
    await visit.pass(1);
    visit.bump = unreachable;
    visit.clock.jump(10 * MINUTE);
    await visit.use(1);
    expect(visit.bumps).toEqual([0, 1, 1.5, 2]);
  });

  test("the warning comes by the platform's clock", async () => {
    const visit = new Visit();
    await visit.pass(1);
    visit.clock.jump(3 * MINUTE);
    await visit.pass(20);
    expect(visit.warnings).toEqual([{ at: 10, ms: 2 * MINUTE }]);
  });

  test("no time is promised that is over", async () => {
    const visit = new Visit();
    await visit.pass(1);
    visit.clock.jump(10 * MINUTE);
    expect(visit.warmth.remaining).toBe(4 * MINUTE);
  });
});

describe("what is left", () => {
  test("counts from when the platform was last told", async () => {
    const visit = new Visit();
    await visit.pass(4);
    visit.warmth.used();
    expect(visit.warmth.remaining).toBe(11 * MINUTE);
    await visit.pass(2);
    expect(visit.warmth.remaining).toBe(14 * MINUTE);
    await visit.pass(60);
    expect(visit.warmth.remaining).toBe(0);
  });

  test("counts from when the platform was asked, not from when it answered", async () => {
    const visit = new Visit();
    await visit.pass(1);
    visit.bump = () => visit.clock.sleep(3_000);
    visit.warmth.used();
    await visit.pass(5);
    expect(visit.bumps).toEqual([0, 5]);
    expect(visit.warmth.remaining).toBe(14 * MINUTE);
  });

  test("counts from when the platform was asked, though it has not answered yet", async () => {
    const visit = new Visit({ bump: never });
    await visit.pass(1);
    expect(visit.warmth.remaining).toBe(14 * MINUTE);
  });
});

describe("leaving", () => {
  test("ends it all", async () => {
    const visit = new Visit();
    await visit.pass(1);
    visit.warmth.used();
    visit.warmth.stop();
    await visit.pass(60);
    expect([visit.bumps, visit.warnings, visit.clock.waiting]).toEqual([[0], [], 0]);
  });

  test("calls off what is being told", async () => {
    let told: AbortSignal | undefined;
    const visit = new Visit({
      bump: (signal) => {
        told = signal;
        return never(signal);
      },
    });
    visit.warmth.used();
    await visit.pass(1);
    visit.warmth.stop();
    await visit.pass(60);
    expect(told?.aborted).toBe(true);
    expect([visit.bumps, visit.clock.waiting]).toEqual([[0], 0]);
  });
});
