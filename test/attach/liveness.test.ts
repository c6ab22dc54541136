import { describe, expect, test } from "bun:test";
import { Liveness } from "../../src/attach/liveness.ts";
import { Timers } from "../../src/attach/timers.ts";
import { ManualClock } from "../support/clock.ts";

const MIB = 1024 * 1024;

/** A peer that is asked, with what lap concludes of it. Time stands where the test has moved it. */
class Peer {
  readonly clock = new ManualClock();
  readonly liveness: Liveness;
  /** When each question came, in seconds since the start. */
  readonly asked: number[] = [];
  /** When pings came that ask nothing, and the number that their answers carry. */
  readonly kept: number[] = [];
  keptId: number | undefined;
  readonly roundTrips: (number | undefined)[] = [];
  lostAt: number | undefined;
  /** Bytes of input that the answer comes behind. */
  ahead = 0;
  /** Those of them that wait in lap. */
  buffered = 0;
  /** Answers at once. */
  alive: boolean;
  id = 0;

  constructor({ alive = true } = {}) {
    this.alive = alive;
    this.liveness = new Liveness({
      clock: this.clock,
      timers: new Timers(this.clock, (work) => work()),
      ask: (id) => {
        this.id = id;
        this.asked.push(this.clock.now() / 1000);
        if (this.alive) queueMicrotask(() => this.liveness.ponged(id));
      },
      keepOpen: (id) => {
        this.keptId = id;
        this.kept.push(this.clock.now() / 1000);
      },
      ahead: () => this.ahead,
      buffered: () => this.buffered,
      answered: (ms) => void this.roundTrips.push(ms),
      lost: () => {
        this.lostAt = this.clock.now() / 1000;
        this.liveness.stop();
      },
    });
    this.liveness.start();
  }

  /** Seconds pass. */
  async pass(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1000);
  }
}

/** A peer that is silent from now on, behind a paste of which the system has taken little yet. */
async function pastedInto(): Promise<Peer> {
  const peer = new Peer();
  await peer.pass(1);
  peer.alive = false;
  peer.ahead = 24 * MIB;
  peer.buffered = 20 * MIB;
  peer.liveness.typed();
  return peer;
}

describe("a peer", () => {
  test("is asked at once, then every 14.5 s while it answers", async () => {
    const peer = new Peer();
    await peer.pass(60);
    expect(peer.asked).toEqual([0, 14.5, 29, 43.5, 58]);
    expect(peer.roundTrips).toEqual([0, 0, 0, 0, 0]);
    expect(peer.lostAt).toBeUndefined();
  });

  test("is asked though it says much by itself: a way may be open in one direction only", async () => {
    const peer = new Peer();
    for (let second = 0; second < 60; second++) {
      peer.liveness.heard();
      await peer.pass(1);
    }
    expect(peer.asked).toEqual([0, 14.5, 29, 43.5, 58]);
  });

  test("that never answers is lost after 10 s", async () => {
    const peer = new Peer({ alive: false });
    await peer.pass(9.9);
    expect(peer.lostAt).toBeUndefined();
    await peer.pass(0.5);
    expect(peer.lostAt).toBeCloseTo(10, 0);
    expect(peer.asked).toEqual([0]);
  });

  test("may answer later where a large paste is on its way before the question", async () => {
    const peer = new Peer();
    await peer.pass(1);
    peer.alive = false;
    peer.ahead = 1024 * 1024;
    await peer.pass(14 + 41);
    expect(peer.lostAt).toBeUndefined();
    await peer.pass(30);
    expect(peer.lostAt).toBeCloseTo(14.5 + 10 + 32.8, 0);
  });

  test("that takes no more of a large paste is lost after 10 s, however much is left", async () => {
    const peer = await pastedInto();
    await peer.pass(0.3);
    peer.buffered = 19 * MIB;
    await peer.pass(9.8);
    expect(peer.lostAt).toBeUndefined();
    await peer.pass(2);
    expect(peer.lostAt).toBeCloseTo(12, 0);
  });

  test("that took some of it before the question alone has no time for that", async () => {
    const peer = new Peer();
    await peer.pass(1.1);
    peer.alive = false;
    peer.ahead = 24 * MIB;
    peer.buffered = 20 * MIB;
    peer.liveness.typed();
    await peer.pass(20);
    expect(peer.lostAt).toBeCloseTo(1.1 + 0.25 + 10.05, 2);
  });

  test.each([
    ["and says nothing", () => {}],
    ["and echoes a little of it", (peer: Peer) => peer.liveness.heard(80)],
  ])("that takes a large paste slowly %s is waited for", async (_, meanwhile) => {
    const peer = await pastedInto();
    for (let step = 0; step < 40; step++) {
      for (let second = 0; second < 8; second++) {
        await peer.pass(1);
        meanwhile(peer);
      }
      peer.buffered -= MIB / 4;
    }
    expect(peer.lostAt).toBeUndefined();
    await peer.pass(30);
    expect(peer.lostAt).toBeDefined();
  });

  for (const diedAt of [0.001, 3, 14.4, 14.6, 20, 28.9, 29.1]) {
    test(`that falls silent at ${diedAt} s is lost within 25 s`, async () => {
      const peer = new Peer();
      await peer.pass(diedAt);
      peer.liveness.heard();
      peer.alive = false;
      await peer.pass(30);
      expect((peer.lostAt as number) - diedAt).toBeLessThanOrEqual(25);
      expect((peer.lostAt as number) - diedAt).toBeGreaterThanOrEqual(10);
    });
  }

  test("that says something has time again, but not for longer than an answer may take", async () => {
    const peer = new Peer();
    peer.alive = false;
    await peer.pass(14.5 + 9.9);
    peer.liveness.heard();
    await peer.pass(4);
    expect(peer.lostAt).toBeUndefined();
    // Asked at 14.5 s: what it says is no answer, and too little to stand before one.
    await peer.pass(15);
    expect(peer.asked.at(-1)).toBe(14.5);
    expect(peer.lostAt).toBeCloseTo(34.5, 0);
  });

  test("that floods is waited for, since the answer may stand behind the flood", async () => {
    const peer = new Peer();
    peer.alive = false;
    for (let second = 0; second < 120; second++) {
      peer.liveness.heard(64 * 1024);
      await peer.pass(1);
    }
    expect(peer.lostAt).toBeUndefined();
  });

  test("that talks on and hears nothing is lost", async () => {
    const peer = new Peer();
    peer.alive = false;
    for (let second = 0; second < 60 && peer.lostAt === undefined; second++) {
      peer.liveness.heard(80);
      await peer.pass(1);
    }
    expect(peer.lostAt).toBeCloseTo(34.5, 0);
  });

  test("that answers late is alive, and is asked again", async () => {
    const peer = new Peer();
    await peer.pass(1);
    peer.alive = false;
    await peer.pass(14);
    peer.liveness.heard();
    await peer.pass(10);
    peer.liveness.ponged(peer.id);
    peer.alive = true;
    await peer.pass(30);
    expect(peer.lostAt).toBeUndefined();
    expect(peer.asked.length).toBeGreaterThan(3);
  });

  test("is asked no more once it is left", async () => {
    const peer = new Peer();
    await peer.pass(1);
    peer.liveness.typed();
    peer.liveness.stop();
    await peer.pass(60);
    expect(peer.asked).toEqual([0]);
    expect(peer.clock.waiting).toBe(0);
  });

  test("is asked by no probe while there is none", async () => {
    const peer = new Peer();
    await peer.pass(1);
    peer.liveness.stop();
    peer.liveness.probe();
    await peer.pass(60);
    expect(peer.asked).toEqual([0]);
  });
});

describe("typing", () => {
  test("asks once per burst, a quarter of a second after its start", async () => {
    const peer = new Peer();
    await peer.pass(5);
    for (let key = 0; key < 10; key++) {
      peer.liveness.typed();
      await peer.pass(0.02);
    }
    await peer.pass(5);
    expect(peer.asked).toEqual([0, 5.25]);
  });

  test("is followed by a question though another one was open", async () => {
    const peer = new Peer();
    await peer.pass(5);
    peer.alive = false;
    peer.liveness.typed();
    await peer.pass(0.3);
    peer.liveness.typed();
    await peer.pass(0.2);
    peer.alive = true;
    peer.liveness.ponged(peer.id);
    await peer.pass(5);
    expect(peer.asked).toEqual([0, 5.25, 5.75]);
  });

  test("is followed by a question where nothing was listened to at its time", async () => {
    const peer = new Peer();
    await peer.pass(5);
    peer.liveness.typed();
    peer.liveness.listen(false);
    await peer.pass(1);
    expect(peer.asked).toEqual([0]);
    peer.liveness.listen(true);
    await peer.pass(1);
    expect(peer.asked).toEqual([0, 6.25]);
  });

  test("over a connection before is no reason to ask on this one", async () => {
    const peer = new Peer();
    await peer.pass(5);
    peer.liveness.listen(false);
    peer.liveness.typed();
    peer.liveness.stop();
    peer.liveness.start();
    await peer.pass(1);
    peer.liveness.listen(true);
    await peer.pass(5);
    expect(peer.asked).toEqual([0]);
  });

  test("begins the time to the next question anew", async () => {
    const peer = new Peer();
    await peer.pass(10);
    peer.liveness.typed();
    await peer.pass(14.6);
    expect(peer.asked).toEqual([0, 10.25]);
    await peer.pass(0.2);
    expect(peer.asked).toEqual([0, 10.25, 24.75]);
  });
});

describe("silence", () => {
  test("is the time since a question without a sign of life", async () => {
    const peer = new Peer();
    await peer.pass(5);
    expect([peer.liveness.silence, peer.liveness.silent]).toEqual([0, false]);
    peer.alive = false;
    await peer.pass(9.5 + 0.9);
    expect([peer.liveness.silence, peer.liveness.silent]).toEqual([900, false]);
    await peer.pass(0.1);
    expect([peer.liveness.silence, peer.liveness.silent]).toEqual([1000, true]);
    peer.liveness.heard();
    expect([peer.liveness.silence, peer.liveness.silent]).toEqual([0, false]);
    await peer.pass(1);
    expect(peer.liveness.silent).toBe(true);
    peer.liveness.ponged(peer.id);
    await peer.pass(1);
    expect([peer.liveness.silence, peer.liveness.silent]).toEqual([0, false]);
  });

  test("is none while nothing is listened to", async () => {
    const peer = new Peer();
    peer.alive = false;
    await peer.pass(14.6);
    peer.liveness.listen(false);
    await peer.pass(60);
    expect(peer.liveness.silent).toBe(false);
  });
});

describe("while nothing is listened to", () => {
  test("nothing is asked, and nobody is lost", async () => {
    const peer = new Peer();
    await peer.pass(15);
    peer.alive = false;
    peer.liveness.listen(false);
    await peer.pass(3600);
    peer.liveness.probe();
    await peer.pass(60);
    expect([peer.asked.length, peer.lostAt]).toEqual([2, undefined]);
  });

  test.each([
    ["no question is open", true],
    ["a question is open", false],
  ])("pings go on, since ways that are idle are cut: %s", async (_, alive) => {
    const peer = new Peer();
    peer.alive = alive;
    await peer.pass(15);
    peer.liveness.listen(false);
    await peer.pass(60);
    expect(peer.kept).toEqual([29, 43.5, 58, 72.5]);
    expect(peer.asked).toEqual([0, 14.5]);
    peer.liveness.listen(true);
    expect(peer.kept).toHaveLength(4);
  });

  test("typing does not put off the next ping", async () => {
    const peer = new Peer();
    for (let second = 0; second < 60; second++) {
      peer.liveness.typed();
      peer.liveness.listen(false);
      await peer.pass(0.9);
      peer.liveness.listen(true);
      await peer.pass(0.1);
    }
    const pings = [...peer.asked, ...peer.kept, 60].toSorted((a, b) => a - b);
    const gaps = pings.slice(1).map((at, index) => at - (pings[index] as number));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(25);
  });

  test.each<[what: string, act: (liveness: Liveness) => void]>([
    ["typing", (liveness) => liveness.typed()],
    ["waking up", (liveness) => liveness.probe()],
  ])("%s is no reason for a ping that asks nothing", async (_, act) => {
    const peer = new Peer();
    await peer.pass(1);
    peer.liveness.listen(false);
    act(peer.liveness);
    await peer.pass(14);
    expect([peer.asked, peer.kept]).toEqual([[0], [14.5]]);
  });

  test("answers to such pings that were left unread are no sign of life, nor measured", async () => {
    const peer = new Peer();
    await peer.pass(1);
    peer.alive = false;
    peer.liveness.listen(false);
    await peer.pass(60);
    peer.liveness.listen(true);
    await peer.pass(2);
    expect([peer.asked, peer.liveness.silent]).toEqual([[0, 61], true]);
    for (const _ of peer.kept) peer.liveness.ponged(peer.keptId as number);
    expect([peer.liveness.silent, peer.roundTrips]).toEqual([true, [0]]);
    await peer.pass(30);
    expect(peer.lostAt).toBeCloseTo(71, 0);
  });

  test("an open question waits: its time begins anew after, and is not measured", async () => {
    const peer = new Peer();
    await peer.pass(1);
    peer.alive = false;
    await peer.pass(14);
    peer.liveness.listen(false);
    await peer.pass(12);
    peer.liveness.listen(true);
    await peer.pass(9.9);
    expect(peer.lostAt).toBeUndefined();
    peer.liveness.ponged(peer.id);
    expect(peer.roundTrips).toStrictEqual([0, undefined]);
  });

  test("an open question stays the one, though lap wakes up meanwhile", async () => {
    const peer = new Peer();
    await peer.pass(1);
    peer.alive = false;
    await peer.pass(14);
    peer.liveness.listen(false);
    peer.liveness.probe();
    await peer.pass(1);
    peer.liveness.listen(true);
    peer.liveness.ponged(peer.id);
    expect(peer.roundTrips).toStrictEqual([0, undefined]);
  });

  test("an open question is held against the peer 10 s after", async () => {
    const peer = new Peer();
    await peer.pass(1);
    peer.alive = false;
    await peer.pass(14);
    peer.liveness.listen(false);
    await peer.pass(2);
    peer.liveness.listen(true);
    await peer.pass(30);
    expect(peer.lostAt).toBeCloseTo(27, 0);
  });

  test("a peer that was not listened to for long is asked at once after", async () => {
    const peer = new Peer();
    await peer.pass(1);
    peer.liveness.listen(false);
    await peer.pass(5.1);
    peer.liveness.listen(true);
    await peer.pass(0);
    expect(peer.asked).toEqual([0, 6.1]);
  });

  test("one that is held back now and then is asked as ever", async () => {
    const peer = new Peer();
    for (let turn = 0; turn < 60; turn++) {
      peer.liveness.listen(false);
      await peer.pass(0.4);
      peer.liveness.listen(true);
      await peer.pass(0.6);
    }
    expect(peer.asked.length).toBeGreaterThanOrEqual(3);
    expect(peer.lostAt).toBeUndefined();
  });

  test("a connection that begins so is asked once it is listened to", async () => {
    const peer = new Peer();
    peer.liveness.stop();
    peer.liveness.listen(false);
    peer.liveness.start();
    await peer.pass(20);
    expect(peer.asked).toEqual([0]);
    peer.liveness.listen(true);
    await peer.pass(0);
    expect(peer.asked).toEqual([0, 20]);
  });
});

describe("after a sleep", () => {
  test("of the machine, whose clock stood still, a dead peer is lost within 5 s", async () => {
    const peer = new Peer();
    await peer.pass(3);
    peer.alive = false;
    peer.clock.jump(3_600_000);
    await peer.pass(5);
    expect(peer.lostAt as number).toBeLessThanOrEqual(3 + 5);
  });

  test("of the machine, whose clock went on, a dead peer is lost within 5 s", async () => {
    const peer = new Peer();
    await peer.pass(3);
    peer.alive = false;
    peer.clock.stop(3_600_000);
    await peer.pass(5);
    expect(peer.lostAt as number).toBeLessThanOrEqual(3603 + 5);
  });

  test("of the machine amid an open question, a dead peer is lost within 5 s", async () => {
    const peer = new Peer();
    await peer.pass(3);
    peer.alive = false;
    await peer.pass(12);
    peer.clock.jump(3_600_000);
    await peer.pass(5);
    expect(peer.lostAt as number).toBeLessThanOrEqual(15 + 5);
  });

  for (const [name, seconds] of [
    ["a long one", 60],
    ["one a little longer than the deadline", 12.5],
    ["one hardly longer than the deadline", 11],
  ] as const) {
    test(`a living peer whose answer lies unread is not lost: ${name}`, async () => {
      const peer = new Peer();
      await peer.pass(3);
      peer.alive = false;
      await peer.pass(11.5);
      // Stopped right behind the question; the answer comes meanwhile, and is read a little later.
      peer.clock.stop(seconds * 1000);
      await peer.clock.advance(0);
      expect(peer.lostAt).toBeUndefined();
      peer.alive = true;
      peer.liveness.ponged(peer.id);
      await peer.pass(60);
      expect(peer.lostAt).toBeUndefined();
    });
  }

  test("of a moment, amid the last one that it has, a peer is not lost before it is read", async () => {
    const peer = new Peer();
    await peer.pass(3);
    peer.alive = false;
    await peer.pass(21);
    peer.clock.stop(1_500);
    await peer.clock.advance(0);
    expect([peer.clock.now(), peer.lostAt]).toEqual([25_500, undefined]);
    peer.liveness.ponged(peer.id);
    peer.alive = true;
    await peer.pass(60);
    expect(peer.lostAt).toBeUndefined();
  });

  test("over which the calendar was set back, a dead peer is lost within 5 s", async () => {
    const peer = new Peer();
    await peer.pass(3);
    peer.alive = false;
    peer.clock.stop(60_000);
    peer.clock.jump(-60_000);
    await peer.pass(5);
    expect(peer.lostAt as number).toBeLessThanOrEqual(63 + 5);
  });

  test("of 2 s nothing is asked: a busy machine is late as well", async () => {
    const peer = new Peer();
    await peer.pass(3);
    peer.clock.stop(1_900);
    await peer.pass(1);
    peer.clock.jump(1_900);
    await peer.pass(3);
    expect(peer.asked).toEqual([0]);
  });

  test("a calendar that is set back is no sleep", async () => {
    const peer = new Peer();
    await peer.pass(3);
    peer.clock.jump(-3_600_000);
    await peer.pass(5);
    expect(peer.asked).toEqual([0]);
  });

  test("lap asks by itself where it was stopped and goes on", async () => {
    const peer = new Peer();
    await peer.pass(3);
    peer.alive = false;
    peer.liveness.probe();
    await peer.pass(5);
    expect(peer.asked).toEqual([0, 3]);
    expect(peer.lostAt).toBeCloseTo(6.5, 0);
  });
});
