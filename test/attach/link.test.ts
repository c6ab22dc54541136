import { describe, expect, test } from "bun:test";
import { Link, type LinkOver } from "../../src/attach/link.ts";
import type { Away } from "../../src/attach/reconnect.ts";
import { Timers } from "../../src/attach/timers.ts";
import { EXIT, LapError } from "../../src/errors.ts";
import { ManualClock, settled } from "../support/clock.ts";
import { ENDPOINT, FakeSandbox, refused } from "../support/fake-sandbox.ts";

const KIB = 1024;

/** A link to a fake sandbox, and what it tells. */
class Ends {
  readonly clock = new ManualClock();
  readonly sandbox = new FakeSandbox();
  readonly told: string[] = [];
  readonly aways: Away[] = [];
  over: LinkOver | undefined;
  readonly link: Link;

  constructor({ reconnect = true } = {}) {
    this.link = new Link(
      {
        endpoint: ENDPOINT,
        connect: this.sandbox.connect,
        locate: reconnect ? this.sandbox.locate : undefined,
        clock: this.clock,
        timers: new Timers(this.clock, (work) => work()),
      },
      {
        onData: (bytes) => void this.told.push(`data ${Buffer.from(bytes).toString()}`),
        onAway: (away) => void this.aways.push(away),
        onBack: () => void this.told.push("back"),
        onCut: (unsent) => unsent.forEach(({ bytes, at }) => this.link.send(bytes, at)),
        onDropped: (bytes) => void this.told.push(`dropped ${bytes}`),
        onUncertain: (bytes) => void this.told.push(`uncertain ${bytes}`),
        onOver: (over) => void (this.over = over),
      },
    );
  }

  static async open(options: { reconnect?: boolean } = {}): Promise<Ends> {
    const ends = new Ends(options);
    await ends.link.open(new AbortController().signal, () => {});
    await settled();
    return ends;
  }

  type(...texts: string[]): void {
    for (const text of texts) this.link.send(Buffer.from(text));
  }

  get connection() {
    return this.sandbox.connection;
  }

  /** The connection drops, and the sandbox stays out of reach. */
  async lose(): Promise<void> {
    this.sandbox.vanish();
    this.connection.end();
    await settled();
  }

  /** The sandbox falls silent: nothing is reset, and nothing is answered any more. */
  fallSilent(): void {
    this.connection.answers = false;
  }

  async pass(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1000);
  }

  async comeBack(): Promise<void> {
    this.sandbox.appear();
    this.link.hurry();
    await settled();
  }
}

describe("a connection that drops", () => {
  test("is made anew at once", async () => {
    const ends = await Ends.open();
    ends.connection.say("hello");
    ends.connection.end();
    expect(ends.link.away).toBe(true);
    await settled();
    expect([ends.link.away, ends.sandbox.connections.length]).toEqual([false, 2]);
    expect(ends.told).toEqual(["data hello", "back"]);
    expect(ends.link.traffic).toMatchObject({ received: 5, sent: 0, reconnects: 1 });
    expect(ends.over).toBeUndefined();
  });

  test("without the wish to come back is the end", async () => {
    const ends = await Ends.open({ reconnect: false });
    ends.connection.say("hello");
    ends.connection.end(1011, "evicted");
    expect(ends.over).toEqual({
      kind: "closed",
      code: 1011,
      reason: "evicted",
      quiet: false,
      repeated: false,
    });
  });

  test("is not listened to any more, nor is a try that was given up", async () => {
    const ends = await Ends.open();
    const [first] = ends.sandbox.connections;
    first?.end();
    await settled();
    ends.told.length = 0;
    first?.say("late");
    first?.pong();
    first?.end();
    await settled();
    expect([ends.told, ends.sandbox.connections.length]).toEqual([[], 2]);
  });

  test("after the program's own end is that end, and nobody comes back", async () => {
    const ends = await Ends.open();
    ends.connection.say("\r\n\x1b[2m[bridge] process exited (code=0, signal=0)\x1b[0m\r\n");
    ends.connection.end(1005);
    await ends.pass(60);
    expect([ends.over, ends.sandbox.connections.length]).toEqual([{ kind: "exited" }, 1]);
  });

  test("after the sandbox's tmux was told to detach is a detach", async () => {
    const ends = await Ends.open();
    ends.connection.say("[detached (from session lap)]\r\n[bridge] process exited (code=0)\r\n");
    ends.connection.end(1005);
    expect(ends.over).toEqual({ kind: "left" });
  });

  test("forgets the last words of the connection before", async () => {
    const ends = await Ends.open();
    ends.connection.say("[bridge] process ex");
    ends.connection.end();
    await settled();
    ends.connection.say("ited");
    await ends.pass(1);
    // A path that drops would be none of the program's doing anyway.
    ends.connection.end(1005);
    await settled();
    expect([ends.over, ends.sandbox.connections.length]).toEqual([undefined, 3]);
  });

  test("ends with the reason where the session is gone", async () => {
    const ends = await Ends.open();
    const gone = new LapError("session id is gone", { exitCode: EXIT.lost });
    ends.sandbox.whereabouts = () => {
      throw gone;
    };
    ends.connection.end();
    await settled();
    expect(ends.over).toEqual({ kind: "failed", error: gone });
  });

  // It ended as a first try does: exit code 1, and no word of the loss.
  for (const status of [401, 404]) {
    test(`ends as a loss where the upgrade is refused with ${status} for good`, async () => {
      const ends = await Ends.open();
      ends.sandbox.upgrade = () => {
        throw refused(status);
      };
      ends.connection.end();
      await ends.pass(60);
      expect(ends.over).toMatchObject({
        kind: "failed",
        error: {
          message: `[ws closed] the connection was lost for good: refused (${status})`,
          hint: "hint",
          exitCode: EXIT.lost,
        },
      });
    });
  }

  test("ends as a loss where the platform refuses the key, with the exit code of that", async () => {
    const ends = await Ends.open();
    ends.sandbox.whereabouts = () => {
      throw new LapError("session lookup failed: 401", { exitCode: EXIT.refused });
    };
    ends.connection.end();
    await settled();
    expect(ends.over).toMatchObject({
      error: {
        message: "[ws closed] the connection was lost for good: session lookup failed: 401",
        exitCode: EXIT.refused,
      },
    });
  });

  test("is left: no further try, and no word of it", async () => {
    const ends = await Ends.open();
    await ends.lose();
    await ends.pass(1);
    ends.link.close();
    ends.sandbox.appear();
    await ends.pass(60);
    expect([ends.sandbox.connections.length, ends.over]).toEqual([1, undefined]);
    expect(ends.clock.waiting).toBe(0);
  });
});

describe("the backoff", () => {
  test("grows with each try, and begins anew after a connection that held", async () => {
    const ends = await Ends.open();
    await ends.pass(1);
    ends.connection.say("hello");
    const waits = () =>
      ends.aways.flatMap((away) =>
        away.kind === "waiting" ? [away.until - ends.clock.now()] : [],
      );
    await ends.lose();
    await ends.pass(40);
    expect(ends.aways.length).toBeGreaterThan(8);
    ends.aways.length = 0;
    await ends.comeBack();
    await ends.pass(1);
    ends.connection.say("hello");
    ends.aways.length = 0;
    ends.sandbox.vanish();
    ends.connection.end();
    await settled();
    expect(ends.aways.map(({ kind }) => kind)).toEqual(["trying", "waiting"]);
    expect(waits()[0]).toBeWithin(400, 601);
  });

  for (const [name, live] of [
    ["said nothing", async (ends: Ends) => ends.pass(1)],
    [
      "lived for less than a quarter of a second",
      async (ends: Ends) => {
        ends.connection.say("hello");
        await ends.pass(0.2);
      },
    ],
  ] as const) {
    test(`goes on after a connection that ${name}`, async () => {
      const ends = await Ends.open();
      ends.connection.say("hello");
      ends.connection.end();
      await settled();
      await live(ends);
      ends.aways.length = 0;
      ends.connection.end();
      await settled();
      expect(ends.aways.map(({ kind }) => kind)).toEqual(["waiting"]);
    });
  }
});

describe("a clean close right after the upgrade", () => {
  test("three times in a row is the end", async () => {
    const ends = await Ends.open();
    for (let turn = 0; turn < 3; turn++) {
      expect(ends.over).toBeUndefined();
      await ends.pass(0.9);
      ends.connection.say("[bridge] failed to spawn claude");
      ends.connection.end(1005);
      await ends.comeBack();
    }
    expect(ends.sandbox.connections).toHaveLength(3);
    expect(ends.over).toMatchObject({ kind: "closed", code: 1005, quiet: false, repeated: true });
  });

  // It was given up within two seconds, where a refused upgrade has 40.
  test("is borne for 40 s by a session that was joined before", async () => {
    const ends = await Ends.open();
    ends.connection.say("screen");
    await ends.pass(5);
    ends.connection.end(1012);
    await settled();
    const since = ends.clock.now();
    const closes: number[] = [];
    while (!ends.over) {
      const { length } = ends.sandbox.connections;
      closes.push(ends.clock.now() - since);
      ends.connection.end(1013);
      while (!ends.over && ends.sandbox.connections.length === length) await ends.pass(0.1);
    }
    expect(ends.over).toMatchObject({ kind: "closed", code: 1013, repeated: true });
    expect(closes.at(-1)).toBeGreaterThan(40_000);
    expect(closes.at(-2)).toBeLessThanOrEqual(40_000);
  });

  test("is forgotten once a connection holds again", async () => {
    const ends = await Ends.open();
    const closed = async (closeCode: number, after: number) => {
      ends.connection.say("screen");
      await ends.pass(after);
      ends.connection.end(closeCode);
      await ends.comeBack();
    };
    await closed(1012, 5);
    await closed(1013, 0);
    await closed(1012, 60);
    for (let turn = 0; turn < 5; turn++) await closed(1013, 0);
    expect([ends.over, ends.link.away]).toEqual([undefined, false]);
  });

  for (const [name, code, seconds] of [
    ["a path that drops", 1006, 0],
    ["a close after a second", 1005, 1],
  ] as const) {
    test(`does not count together over ${name}`, async () => {
      const ends = await Ends.open();
      const closed = async (closeCode: number, after: number) => {
        await ends.pass(after);
        ends.connection.end(closeCode);
        await ends.comeBack();
      };
      await closed(1005, 0);
      await closed(1005, 0.9);
      await closed(code, seconds);
      await closed(1005, 0);
      await closed(1005, 0.9);
      expect([ends.over, ends.link.away]).toEqual([undefined, false]);
      await closed(1005, 0);
      expect(ends.over).toMatchObject({ repeated: true });
    });
  }
});

describe("input", () => {
  test("goes at once while all is well", async () => {
    const ends = await Ends.open();
    ends.type("a", "b");
    expect(ends.connection.events).toEqual(["input a", "input b"]);
    expect([ends.link.traffic.sent, ends.link.kept]).toEqual([2, 0]);
  });

  test("that is typed while away comes once, in order, behind the remote's first word", async () => {
    const ends = await Ends.open();
    await ends.lose();
    ends.type("l", "s", "\r");
    expect(ends.link.kept).toBe(3);
    await ends.comeBack();
    ends.type("p");
    expect(ends.connection.events).toEqual([]);
    ends.connection.say("screen");
    ends.type("wd");
    expect(ends.connection.events).toEqual([
      "input l",
      "input s",
      "input \r",
      "input p",
      "input wd",
    ]);
    expect(ends.link.kept).toBe(0);
    await ends.lose();
    await ends.comeBack();
    await ends.pass(1);
    expect(ends.connection.events).toEqual([]);
  });

  // A socket throws away in silence what it is given between its end and the word of it.
  test("that is typed while a connection's end is known and not told yet is kept", async () => {
    const ends = await Ends.open();
    ends.type("a");
    const first = ends.connection;
    first.open = false;
    ends.type("b");
    await ends.lose();
    ends.type("c");
    await ends.comeBack();
    ends.connection.say("screen");
    expect([first.input, ends.connection.input]).toEqual(["a", "bc"]);
  });

  test("waits half a second for a remote that says nothing", async () => {
    const ends = await Ends.open();
    await ends.lose();
    ends.type("x");
    await ends.comeBack();
    await ends.pass(0.499);
    expect(ends.connection.input).toBe("");
    await ends.pass(0.001);
    expect(ends.connection.input).toBe("x");
  });

  test("waits for the next connection where this one is lost before the remote is ready", async () => {
    const ends = await Ends.open();
    await ends.lose();
    ends.type("x");
    await ends.comeBack();
    await ends.pass(0.3);
    ends.connection.end();
    await ends.comeBack();
    await ends.pass(0.3);
    const [, second, third] = ends.sandbox.connections;
    expect([second?.input, third?.input]).toEqual(["", ""]);
    third?.say("screen");
    expect([second?.input, third?.input]).toEqual(["", "x"]);
  });

  test("waits as long for the next connection, however long after the last one that comes", async () => {
    const ends = await Ends.open();
    await ends.lose();
    ends.type("x");
    await ends.comeBack();
    await ends.pass(0.3);
    await ends.lose();
    await ends.pass(1);
    await ends.comeBack();
    await ends.pass(0.499);
    expect([ends.sandbox.connections.length, ends.connection.input]).toEqual([3, ""]);
    await ends.pass(0.001);
    expect(ends.connection.input).toBe("x");
  });

  test("that got too old goes with a word, and what is younger is sent", async () => {
    const ends = await Ends.open();
    await ends.lose();
    ends.type("old\r");
    await ends.pass(20);
    ends.type("young\r");
    await ends.pass(10);
    expect([ends.told, ends.link.kept]).toEqual([["dropped 4"], 6]);
    await ends.comeBack();
    ends.connection.say("screen");
    expect(ends.connection.input).toBe("young\r");
  });

  test("is too old after a sleep of the machine, whatever its clock says", async () => {
    const ends = await Ends.open();
    await ends.lose();
    ends.type("deploy\r");
    ends.clock.jump(3_600_000);
    await ends.comeBack();
    ends.connection.say("screen");
    expect([ends.connection.input, ends.told]).toEqual(["", ["back", "data screen", "dropped 7"]]);
  });

  test("beyond 64 KiB goes with a word, and what came before is sent", async () => {
    const ends = await Ends.open();
    await ends.lose();
    ends.type("x".repeat(64 * KIB), "yz");
    expect(ends.told).toEqual(["dropped 2"]);
    await ends.comeBack();
    ends.connection.say("screen");
    expect(ends.connection.input).toHaveLength(64 * KIB);
  });
});

describe("a link that falls silent", () => {
  test("is given up within 25 s, and a new one is made", async () => {
    const ends = await Ends.open();
    ends.connection.say("hello");
    await ends.pass(1);
    ends.fallSilent();
    await ends.pass(25);
    expect(ends.sandbox.connections).toHaveLength(2);
    expect(ends.sandbox.connections[0]?.events).toEqual(["terminated"]);
    expect(ends.link.away).toBe(false);
  });

  test("without the wish to come back is the end", async () => {
    const ends = await Ends.open({ reconnect: false });
    ends.connection.say("hello");
    ends.fallSilent();
    await ends.pass(25);
    expect(ends.over).toMatchObject({ kind: "closed", code: 1006, reason: "no answer in time" });
  });

  test("is not trusted with keys, which wait until it is heard of again", async () => {
    const ends = await Ends.open();
    ends.fallSilent();
    ends.type("a");
    await ends.pass(1.25);
    ends.type("b", "c");
    expect([ends.connection.input, ends.link.kept, ends.link.away]).toEqual(["a", 2, false]);
    ends.connection.pong();
    ends.type("d");
    expect(ends.connection.input).toBe("abcd");
  });

  test("gets the keys that wait with the next word of the remote's, too", async () => {
    const ends = await Ends.open();
    ends.fallSilent();
    ends.type("a");
    await ends.pass(1.25);
    ends.type("b");
    ends.connection.say("slow");
    expect(ends.connection.input).toBe("ab");
  });

  test("still takes a paste that there is no room for, behind the keys that wait", async () => {
    const ends = await Ends.open();
    ends.fallSilent();
    ends.type("a");
    await ends.pass(1.25);
    ends.type("b", "x".repeat(70 * KIB), "c");
    expect(ends.told).toEqual([]);
    ends.connection.pong();
    expect(ends.connection.input).toBe(`ab${"x".repeat(70 * KIB)}c`);
  });

  test("loses what was sent behind the last answer, for all that is known, and says how much", async () => {
    const ends = await Ends.open();
    ends.connection.say("hello");
    ends.type("arrived");
    await ends.pass(1);
    ends.fallSilent();
    ends.type("lost?");
    await ends.pass(15);
    expect(ends.told).toEqual(["data hello", "uncertain 5", "back"]);
    ends.connection.say("screen");
    await ends.pass(1);
    // Never twice: the old connection may yet deliver it.
    expect(ends.sandbox.connections.map(({ input }) => input)).toEqual(["arrivedlost?", ""]);
  });

  test("delivers what was typed once its silence was noticed", async () => {
    const ends = await Ends.open();
    ends.connection.say("hello");
    await ends.pass(1);
    ends.fallSilent();
    ends.type("a");
    await ends.pass(2);
    ends.type("b");
    await ends.pass(10);
    ends.connection.say("screen");
    expect(ends.sandbox.connections.map(({ input }) => input)).toEqual(["a", "b"]);
  });

  test("keeps what waited for it by when that was typed", async () => {
    const ends = await Ends.open();
    ends.fallSilent();
    ends.type("a");
    await ends.pass(2);
    ends.type("b\r");
    await ends.pass(5);
    ends.type("c\r");
    await ends.lose();
    await ends.pass(25);
    expect([ends.told.at(-1), ends.link.kept]).toEqual(["dropped 2", 2]);
  });

  test("counts nothing as lost of what was typed while a question was open, and answered", async () => {
    const ends = await Ends.open();
    ends.connection.say("hello");
    ends.fallSilent();
    ends.type("a");
    await ends.pass(0.3);
    ends.type("b");
    await ends.pass(0.1);
    ends.connection.answers = true;
    ends.connection.pong();
    await ends.pass(1);
    ends.fallSilent();
    await ends.pass(25);
    expect(ends.told).toEqual(["data hello", "back"]);
  });

  test("says so too where the cut comes after the silence", async () => {
    const ends = await Ends.open();
    await ends.pass(1);
    ends.fallSilent();
    ends.type("lost?");
    await ends.pass(1.3);
    ends.connection.end();
    expect(ends.told).toEqual(["uncertain 5"]);
  });

  test("says nothing of what was sent over the connection before", async () => {
    const ends = await Ends.open();
    await ends.pass(1);
    ends.sandbox.answers = false;
    ends.fallSilent();
    ends.type("x");
    ends.connection.end();
    await settled();
    await ends.pass(15);
    expect(ends.told).toEqual(["uncertain 1", "back", "back"]);
  });

  test("a cut out of the blue may lose what was typed just before", async () => {
    const ends = await Ends.open();
    ends.type("x");
    ends.connection.end();
    expect(ends.told).toEqual(["uncertain 1"]);
  });
});

describe("holding back", () => {
  test("goes on over a reconnect, and nothing is concluded meanwhile", async () => {
    const ends = await Ends.open();
    ends.link.pause();
    ends.connection.end();
    await settled();
    expect(ends.connection.events).toEqual(["pause"]);
    ends.fallSilent();
    await ends.pass(3600);
    expect(ends.sandbox.connections).toHaveLength(2);
    ends.link.resume();
    expect(ends.connection.events).toEqual(["pause", "resume"]);
    await ends.pass(11);
    expect(ends.sandbox.connections).toHaveLength(3);
  });

  test("limits what a system takes in of the next connection too", async () => {
    const ends = await Ends.open();
    expect(ends.connection.events).toEqual([]);
    for (const bytes of [1024, 1024, 2048]) ends.link.limit(bytes);
    expect(ends.connection.events).toEqual(["limit 1024", "limit 2048"]);
    ends.connection.end();
    await settled();
    expect(ends.sandbox.connections).toHaveLength(2);
    expect(ends.connection.events).toEqual(["limit 2048"]);
  });

  test("does not keep the connection from being used: pings go on", async () => {
    const ends = await Ends.open();
    ends.link.pause();
    ends.connection.pings.length = 0;
    await ends.pass(60);
    expect(ends.connection.pings).toHaveLength(4);
  });

  test("leaves open what was sent meanwhile, whatever else is answered later", async () => {
    const ends = await Ends.open();
    ends.fallSilent();
    await ends.pass(15);
    const answered = ends.connection.pings.length;
    ends.link.pause();
    ends.type("lost?");
    await ends.pass(60);
    ends.link.resume();
    // What lay unread: the open question's answer, then those to the pings since.
    const unread = ends.connection.pings.slice(answered - 1);
    expect(unread).toHaveLength(5);
    for (const id of unread) ends.connection.pong(id);
    expect(ends.link.traffic.roundTrip?.now).toBe(0);
    ends.connection.end();
    expect(ends.told).toEqual(["uncertain 5"]);
  });

  test("lets no answer that lay unread pass for a sign of life: what is typed waits", async () => {
    const ends = await Ends.open();
    ends.fallSilent();
    ends.link.pause();
    await ends.pass(60);
    const unread = ends.connection.pings.at(-1);
    ends.link.resume();
    await ends.pass(2);
    ends.type("a");
    ends.connection.pong(unread);
    expect([ends.connection.input, ends.link.kept]).toEqual(["", 1]);
  });
});

describe("waking up", () => {
  test("asks a connection for a sign of life, with little patience", async () => {
    const ends = await Ends.open();
    ends.connection.say("hello");
    await ends.pass(1);
    ends.fallSilent();
    ends.link.probe();
    await ends.pass(5);
    expect(ends.sandbox.connections).toHaveLength(2);
  });

  test("tries at once where there is none", async () => {
    const ends = await Ends.open();
    await ends.lose();
    await ends.pass(20);
    ends.sandbox.appear();
    ends.link.probe();
    await settled();
    expect(ends.link.away).toBe(false);
  });
});

test("a link that cannot be opened says why, and does not come back", async () => {
  const ends = new Ends();
  const refusal = refused(401);
  ends.sandbox.upgrade = () => {
    throw refusal;
  };
  const opened = ends.link.open(new AbortController().signal, () => {});
  expect(await opened.catch((error: unknown) => error)).toBe(refusal);
  await ends.pass(60);
  expect(ends.sandbox.connections).toHaveLength(0);
});
