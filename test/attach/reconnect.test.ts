import { describe, expect, test } from "bun:test";
import { type Away, Reconnector } from "../../src/attach/reconnect.ts";
import type { Transport } from "../../src/attach/transport.ts";
import type { Whereabouts } from "../../src/attach/whereabouts.ts";
import { LapError } from "../../src/errors.ts";
import { ManualClock, settled } from "../support/clock.ts";
import { ENDPOINT, FakeSandbox, never, READY, refused } from "../support/fake-sandbox.ts";

/** A reconnector at work, and what it did when, in seconds. */
class Way {
  readonly clock = new ManualClock();
  readonly sandbox = new FakeSandbox();
  readonly aways: Away[] = [];
  /** When the platform was asked, and when the sandbox. */
  readonly asked: number[] = [];
  readonly tried: number[] = [];
  readonly reconnector = new Reconnector({
    locate: (signal) => this.sandbox.locate(signal),
    connect: (endpoint, signal) =>
      this.sandbox.connect(endpoint, { onData() {}, onPong() {}, onEnd() {} }, signal),
    clock: this.clock,
    onAway: (away) => void this.aways.push(away),
  });
  outcome: { transport: Transport | undefined } | { error: unknown } | undefined;

  /** What the platform says and what the sandbox does, each time they are asked. */
  constructor(
    where: (count: number, signal: AbortSignal) => Whereabouts | Promise<Whereabouts>,
    upgrade: (count: number, signal: AbortSignal) => void | Promise<void> = () => {},
  ) {
    this.sandbox.whereabouts = (signal) =>
      where(this.asked.push(this.clock.now() / 1000) - 1, signal);
    this.sandbox.upgrade = (signal) =>
      upgrade(this.tried.push(this.clock.now() / 1000) - 1, signal);
  }

  run(): void {
    this.outcome = undefined;
    void this.reconnector.run().then(
      (transport) => (this.outcome = { transport }),
      (error: unknown) => (this.outcome = { error }),
    );
  }

  async pass(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1000);
  }

  get joined(): boolean {
    return this.outcome !== undefined && "transport" in this.outcome;
  }
}

const out = () => {
  throw refused();
};
const unreachable = (): Whereabouts => ({ kind: "unreachable" });
const starting = (label = "pod pending"): Whereabouts => ({ kind: "starting", label });

/** The waits between what happened at these times, in seconds. */
function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, at) => time - (times[at] as number));
}

/** Whether each wait is its step's, give or take a fifth. */
function expectSteps(waits: readonly number[], steps: readonly number[]): void {
  expect(waits).toHaveLength(steps.length);
  for (const [at, step] of steps.entries()) {
    expect(waits[at]).toBeGreaterThanOrEqual(step * 0.8);
    expect(waits[at]).toBeLessThanOrEqual(step * 1.2);
  }
}

describe("coming back", () => {
  test("asks where the session is, then joins it there, at once", async () => {
    const elsewhere = { ...ENDPOINT, url: "ws://another/tty" };
    const way = new Way(() => ({ kind: "ready", endpoint: elsewhere }));
    way.run();
    await settled();
    expect([way.asked, way.tried, way.joined]).toEqual([[0], [0], true]);
    expect(way.sandbox.connection.endpoint).toBe(elsewhere);
    expect(way.aways).toEqual([{ kind: "trying" }]);
    expect(way.clock.waiting).toBe(0);
  });

  for (const [name, where, upgrade] of [
    ["a platform out of reach", unreachable, () => {}],
    ["a sandbox out of reach", () => READY, out],
    [
      "a sandbox that is not there yet",
      () => READY,
      () => {
        throw refused(503);
      },
    ],
  ] as const) {
    test(`goes on for ever over ${name}, at longer and longer times, up to 15 s`, async () => {
      const way = new Way(where, upgrade);
      way.run();
      await way.pass(24 * 3600);
      expectSteps(gaps(way.asked).slice(0, 8), [0.5, 1, 2, 4, 8, 15, 15, 15]);
      expect(gaps(way.asked).every((wait) => wait <= 18)).toBe(true);
      expect(way.outcome).toBeUndefined();
    });
  }

  test("tells before each wait when the next try is, and then that it tries", async () => {
    const way = new Way(unreachable);
    way.run();
    await way.pass(1.2);
    expect(way.aways.map(({ kind }) => kind)).toEqual(["trying", "waiting", "trying", "waiting"]);
    const [, first] = way.aways;
    expect(first?.kind === "waiting" && first.until).toBe((way.asked[1] as number) * 1000);
  });

  test("begins anew after a connection that was good, and not after another", async () => {
    const way = new Way((count) => (count < 3 ? unreachable() : READY));
    way.run();
    await way.pass(10);
    expect(way.joined).toBe(true);
    way.asked.length = 3;
    way.run();
    const before = way.clock.now();
    await way.pass(10);
    expectSteps([(way.tried[1] as number) - before / 1000], [4]);
    way.reconnector.reset();
    way.run();
    await settled();
    expect(way.joined).toBe(true);
  });

  test("gives a try 4 s at first, and more later", async () => {
    const way = new Way(
      () => READY,
      (_, signal) => never(signal),
    );
    way.run();
    await way.pass(3.9);
    expect(way.tried).toEqual([0]);
    await way.pass(60);
    // Each wait follows the try's own time.
    expectSteps(
      gaps(way.tried)
        .slice(0, 3)
        .map((gap, at) => gap - [4, 6, 8][at]!),
      [0.5, 1, 2],
    );
  });

  test("gives up a platform that does not answer, too", async () => {
    const way = new Way((count, signal) => (count === 0 ? never(signal) : READY));
    way.run();
    await way.pass(5);
    expect([way.asked.length, way.joined]).toEqual([2, true]);
  });
});

describe("a session that is starting", () => {
  test("is waited for, asked about every second, with its phase told", async () => {
    const way = new Way((count) => (count < 20 ? starting(`phase ${count}`) : READY));
    way.run();
    await way.pass(30);
    expect(way.joined).toBe(true);
    expect(gaps(way.asked).every((wait) => wait > 0 && wait <= 1.201)).toBe(true);
    expect(way.aways.filter(({ kind }) => kind === "starting")).toEqual(
      Array.from({ length: 20 }, (_, count) => ({ kind: "starting", label: `phase ${count}` })),
    );
  });

  test("for minutes, and refuses then for a moment, is tried again soon", async () => {
    const way = new Way(
      (count) => (count < 100 ? starting() : READY),
      (count) => {
        if (count < 2) throw refused(503);
      },
    );
    way.run();
    await way.pass(300);
    expect(way.joined).toBe(true);
    expect(gaps(way.tried).every((wait) => wait <= 5)).toBe(true);
  });

  test("is waited for as long as it takes", async () => {
    const way = new Way(() => starting());
    way.run();
    await way.pass(3600);
    expect(way.outcome).toBeUndefined();
  });
});

test("a place that can be read on the way to is told of for two seconds before it is joined", async () => {
  const exposed: Whereabouts = { kind: "exposed", label: "over plain ws" };
  const way = new Way((count) => (count === 0 ? exposed : READY));
  way.run();
  await way.pass(5);
  expectSteps(gaps([...way.asked.slice(0, 1), ...way.tried]), [2]);
  expect(way.aways).toEqual([{ kind: "trying" }, exposed]);
});

describe("a refusal", () => {
  for (const status of [401, 403, 404]) {
    test(`with ${status} is the end where it lasts: 30 s and more, for old addresses`, async () => {
      const refusal = refused(status);
      const way = new Way(
        () => READY,
        () => {
          throw refusal;
        },
      );
      way.run();
      await way.pass(35);
      expect(way.outcome).toBeUndefined();
      await way.pass(60);
      expect(way.outcome).toEqual({ error: refusal });
    });
  }

  test("that passes is none", async () => {
    const way = new Way(
      () => READY,
      (count) => {
        if (count < 4) throw refused(401);
      },
    );
    way.run();
    await way.pass(20);
    expect(way.joined).toBe(true);
  });

  test("does not count together with one from before a connection", async () => {
    const way = new Way(
      () => READY,
      (count) => {
        if (count === 0 || count === 2) throw refused(401);
      },
    );
    way.run();
    await way.pass(5);
    expect(way.joined).toBe(true);
    await way.pass(120);
    way.run();
    await way.pass(5);
    expect([way.joined, way.tried.length]).toEqual([true, 4]);
  });

  for (const [name, where, status] of [
    ["the sandbox was out of reach", () => READY, undefined],
    ["the sandbox was not ready", () => READY, 503],
    ["the platform was out of reach", unreachable, 401],
    ["the session was starting", () => starting(), 401],
  ] as const) {
    test(`does not count together with one from before ${name}`, async () => {
      let away = false;
      const way = new Way(
        () => (away ? where() : READY),
        () => {
          throw refused(away ? status : 401);
        },
      );
      way.run();
      await way.pass(5);
      away = true;
      await way.pass(120);
      away = false;
      await way.pass(20);
      expect(way.outcome).toBeUndefined();
      await way.pass(60);
      expect(way.outcome).toHaveProperty("error");
    });
  }

  test("of the platform's, or a session that is gone, is the end at once", async () => {
    const gone = new LapError("session id is gone");
    const way = new Way(() => {
      throw gone;
    });
    way.run();
    await settled();
    expect(way.outcome).toEqual({ error: gone });
  });

  test("that is lap's own fault is not tried again", async () => {
    const fault = new TypeError("undefined is not a function");
    const way = new Way(
      () => READY,
      () => {
        throw fault;
      },
    );
    way.run();
    await settled();
    expect(way.outcome).toEqual({ error: fault });
  });
});

describe("hurry", () => {
  test("tries at once instead of waiting, and then waits as ever", async () => {
    const way = new Way(unreachable);
    way.run();
    await way.pass(10);
    const { length } = way.asked;
    way.reconnector.hurry();
    await settled();
    expect(way.asked.slice(length)).toEqual([10]);
    await way.pass(6);
    expect(way.asked.slice(length)).toEqual([10]);
    await way.pass(12);
    expect(way.asked.slice(length)).toHaveLength(2);
  });

  test("does not wait for the next poll of a session that is starting", async () => {
    const way = new Way(() => starting());
    way.run();
    await way.pass(4.5);
    const { length } = way.asked;
    way.reconnector.hurry();
    await settled();
    expect(way.asked).toHaveLength(length + 1);
  });

  test("begins a try anew that hangs, but not one that has just begun", async () => {
    const way = new Way(
      () => READY,
      (count, signal) => (count === 0 ? never(signal) : undefined),
    );
    way.run();
    await way.pass(0.9);
    way.reconnector.hurry();
    await settled();
    expect(way.tried).toEqual([0]);
    await way.pass(0.1);
    way.reconnector.hurry();
    await settled();
    expect([way.tried, way.joined]).toEqual([[0, 1], true]);
  });

  test("amid a try that hangs does so once: then the waits are as ever", async () => {
    const way = new Way((count, signal) => {
      // Nothing would end a loop without waits.
      if (count > 20) throw new Error("no waits");
      return count === 0 ? never(signal) : unreachable();
    });
    way.run();
    await way.pass(1);
    way.reconnector.hurry();
    await settled();
    expect(way.asked).toEqual([0, 1]);
    await way.pass(10);
    expectSteps(gaps(way.asked.slice(1)).slice(0, 2), [1, 2]);
  });

  test("is nothing where nobody comes back", () => {
    const way = new Way(() => READY);
    expect(() => way.reconnector.hurry()).not.toThrow();
  });
});

describe("stop", () => {
  for (const [name, where, upgrade, seconds] of [
    ["amid a wait", unreachable, () => {}, 10],
    [
      "amid a question to the platform",
      (_: number, signal: AbortSignal) => never(signal),
      () => {},
      1,
    ],
    ["amid a try", () => READY, (_: number, signal: AbortSignal) => never(signal), 1],
    ["while the session starts", () => starting(), () => {}, 10],
  ] as const) {
    test(`${name} ends it without a connection`, async () => {
      const way = new Way(where, upgrade);
      way.run();
      await way.pass(seconds);
      way.reconnector.stop();
      await settled();
      expect(way.outcome).toEqual({ transport: undefined });
      expect(way.clock.waiting).toBe(0);
    });
  }

  test("closes a connection that came all the same", async () => {
    const way = new Way(() => READY);
    way.sandbox.upgrade = async () => way.reconnector.stop();
    way.run();
    await settled();
    expect(way.outcome).toEqual({ transport: undefined });
    expect(way.sandbox.connection.events).toEqual(["disconnected"]);
  });
});
