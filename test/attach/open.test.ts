import { describe, expect, test } from "bun:test";
import { openFirst } from "../../src/attach/open.ts";
import type { Transport } from "../../src/attach/transport.ts";
import type { Whereabouts } from "../../src/attach/whereabouts.ts";
import { Interrupted, LapError } from "../../src/errors.ts";
import { ManualClock, settled } from "../support/clock.ts";
import { ENDPOINT, FakeSandbox, never, READY, refused } from "../support/fake-sandbox.ts";

/** A first connection being opened. */
class Opening {
  readonly clock = new ManualClock();
  readonly sandbox = new FakeSandbox();
  readonly interrupt = new AbortController();
  readonly troubles: string[] = [];
  tries = 0;
  asked = 0;
  outcome: { transport: Transport } | { error: unknown } | undefined;

  /** @param upgrade throws what the try of that number meets. */
  constructor(
    upgrade: (count: number, signal: AbortSignal) => void | Promise<void>,
    where: (count: number) => Whereabouts = () => READY,
    { reconnect = true } = {},
  ) {
    this.sandbox.upgrade = (signal) => upgrade(this.tries++, signal);
    this.sandbox.whereabouts = () => where(this.asked++);
    void openFirst({
      endpoint: ENDPOINT,
      connect: (endpoint, signal) =>
        this.sandbox.connect(endpoint, { onData() {}, onPong() {}, onEnd() {} }, signal),
      locate: reconnect ? this.sandbox.locate : undefined,
      clock: this.clock,
      signal: this.interrupt.signal,
      onTrouble: (label) => void this.troubles.push(label),
    }).then(
      (transport) => (this.outcome = { transport }),
      (error: unknown) => (this.outcome = { error }),
    );
  }

  async pass(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1000);
  }
}

const TROUBLE = "the sandbox does not take the terminal yet; trying again";

describe("the first connection", () => {
  test("is opened without asking anybody", async () => {
    const it = new Opening(() => {});
    await settled();
    expect(it.outcome).toEqual({ transport: it.sandbox.connection });
    expect([it.asked, it.troubles]).toEqual([0, []]);
  });

  for (const status of [502, 503, 504, undefined]) {
    test(`is tried again where a sandbox that just came up answers ${status ?? "nothing"}`, async () => {
      const it = new Opening((count) => {
        if (count < 3) throw refused(status);
      });
      await settled();
      expect(it.troubles).toEqual([TROUBLE]);
      await it.pass(10);
      expect(it.outcome).toHaveProperty("transport");
      expect([it.tries, it.asked]).toEqual([4, 3]);
    });
  }

  test("goes where the platform says that the session is now", async () => {
    const endpoint = { ...ENDPOINT, url: "ws://another/tty" };
    const it = new Opening(
      (count) => {
        if (count === 0) throw refused(503);
      },
      () => ({ kind: "ready", endpoint }),
    );
    await it.pass(1);
    expect(it.sandbox.connection.endpoint).toBe(endpoint);
  });

  test("is given up after 30 s and more, with the refusal", async () => {
    const refusal = refused(503);
    const it = new Opening(() => {
      throw refusal;
    });
    await it.pass(35);
    expect(it.outcome).toBeUndefined();
    await it.pass(30);
    expect(it.outcome).toEqual({ error: refusal });
  });

  test("waits for a session that starts again, for as long as that takes, with its phase", async () => {
    const it = new Opening(
      (count) => {
        if (count < 2) throw refused(503);
      },
      (count) => (count < 60 ? { kind: "starting", label: `phase ${count}` } : READY),
    );
    await it.pass(300);
    expect(it.outcome).toHaveProperty("transport");
    expect(it.troubles.slice(0, 3)).toEqual([TROUBLE, "phase 0", "phase 1"]);
  });

  test("waits for a platform that cannot be asked, for a while", async () => {
    const refusal = refused();
    const it = new Opening(
      () => {
        throw refusal;
      },
      () => ({ kind: "unreachable" }),
    );
    await it.pass(35);
    expect([it.outcome, it.tries]).toEqual([undefined, 1]);
    await it.pass(30);
    expect(it.outcome).toEqual({ error: refusal });
  });

  for (const status of [401, 403, 404, 400]) {
    test(`is not tried again where it is refused with ${status}`, async () => {
      const refusal = refused(status);
      const it = new Opening(() => {
        throw refusal;
      });
      await settled();
      expect([it.outcome, it.tries]).toEqual([{ error: refusal }, 1]);
    });
  }

  test("is not tried again where lap is not to reconnect", async () => {
    const refusal = refused(503);
    const it = new Opening(
      () => {
        throw refusal;
      },
      () => READY,
      { reconnect: false },
    );
    await settled();
    expect([it.outcome, it.tries]).toEqual([{ error: refusal }, 1]);
  });

  test("ends with the reason where the session is gone", async () => {
    const gone = new LapError("session id is gone");
    const it = new Opening(
      () => {
        throw refused(503);
      },
      () => {
        throw gone;
      },
    );
    await it.pass(1);
    expect(it.outcome).toEqual({ error: gone });
  });

  for (const [name, upgrade, seconds] of [
    ["amid a try", (_: number, signal: AbortSignal) => never(signal), 0],
    [
      "amid a wait",
      () => {
        throw refused(503);
      },
      0.1,
    ],
  ] as const) {
    test(`is given up ${name} when the person wants to`, async () => {
      const it = new Opening(upgrade);
      await it.pass(seconds);
      const reason = new Interrupted("SIGINT");
      it.interrupt.abort(reason);
      await settled();
      expect(it.outcome).toEqual({ error: reason });
      expect(it.clock.waiting).toBe(0);
    });
  }
});
