import { describe, expect, test } from "bun:test";
import type { Clock } from "../../src/clock.ts";
import { startProgress } from "../../src/ui/progress.ts";

/** A clock whose timers run when a test says so. */
function manualClock() {
  let now = 0;
  let due: (() => void) | undefined;
  const clock: Clock = {
    date: () => now,
    now: () => now,
    sleep: async () => {},
    after: (_ms, work) => {
      due = work;
      return () => {
        due = undefined;
      };
    },
  };
  return {
    clock,
    pass: (ms: number) => {
      now += ms;
      due?.();
    },
    isWaiting: () => due !== undefined,
  };
}

describe("progress in a pipe or a log", () => {
  test("is a plain line per change, with the time since the start", () => {
    const { clock, pass } = manualClock();
    let text = "";
    const progress = startProgress({ write: (part) => (text += part) }, clock);
    progress.update("creating");
    pass(1_500);
    progress.update("creating");
    progress.update("pod\x1b[2J pending");
    pass(11_000);
    progress.update("creating");
    progress.done();
    expect(text).toBe("creating  0.0 s\npod pending  1.5 s\ncreating  13 s\n");
  });
});

describe("progress on a terminal", () => {
  test("is one live line with the time of what is named, gone when done", () => {
    const { clock, pass, isWaiting } = manualClock();
    const writes: string[] = [];
    const stderr = { write: (part: string) => writes.push(part), isTTY: true, columns: 80 };
    const progress = startProgress(stderr, clock);
    progress.update("creating");
    pass(500);
    progress.update("pod pending");
    pass(2_000);
    expect(writes).toEqual([
      "\r\x1b[2K⠋ creating  0.0 s",
      "\r\x1b[2K⠙ creating  0.5 s",
      "\r\x1b[2K⠹ pod pending  2.0 s",
    ]);
    progress.done();
    expect(writes.at(-1)).toBe("\r\x1b[2K");
    expect(isWaiting()).toBe(false);
    const count = writes.length;
    progress.done();
    expect(writes).toHaveLength(count);
  });

  // Each was written, and the first that a stopped terminal did not take held up all of lap.
  test("is offered, and taken away for certain", () => {
    const { clock, pass } = manualClock();
    const [writes, offers]: [string[], string[]] = [[], []];
    const progress = startProgress(
      {
        isTTY: true,
        write: (part) => writes.push(part),
        offer: (part) => offers.push(part),
      },
      clock,
    );
    progress.update("creating");
    pass(500);
    expect([writes, offers.length]).toEqual([[], 2]);
    progress.done();
    expect([writes, offers.length]).toEqual([["\r\x1b[2K"], 2]);
  });

  test("nothing is drawn where nothing was waited for", () => {
    const writes: string[] = [];
    const stderr = { write: (part: string) => writes.push(part), isTTY: true };
    startProgress(stderr, manualClock().clock).done();
    expect(writes).toEqual([]);
  });

  test.each([
    ["letters", "x".repeat(500)],
    ["wide letters", "世".repeat(500)],
    ["emoji", "🎉".repeat(500)],
  ])("a long label of %s never wraps the line", (_, label) => {
    let drawn = "";
    const stderr = { write: (part: string) => (drawn = part), isTTY: true, columns: 20 };
    startProgress(stderr, manualClock().clock).update(label);
    const line = drawn.replace("\r\x1b[2K", "");
    expect(Bun.stringWidth(line)).toBeLessThan(20);
    expect(line.isWellFormed()).toBe(true);
    expect(line).toEndWith("0.0 s");
  });

  test("shows how much is done behind the name, until that changes; a log does not", () => {
    const { clock, pass } = manualClock();
    const writes: string[] = [];
    const log: string[] = [];
    const screen = { write: (part: string) => writes.push(part), isTTY: true, columns: 80 };
    for (const stderr of [{ write: (part: string) => log.push(part) }, screen]) {
      const progress = startProgress(stderr, clock);
      progress.update("downloading");
      progress.detail("45%");
      pass(1_000);
      progress.update("downloading");
      pass(1_000);
      progress.update("verifying");
      pass(1_000);
      progress.done();
    }
    expect(log).toEqual(["downloading  0.0 s\n", "verifying  2.0 s\n"]);
    expect(writes.slice(0, 4).map((line) => line.slice(7))).toEqual([
      "downloading  0.0 s",
      "downloading  45%  1.0 s",
      "downloading  45%  2.0 s",
      "verifying  1.0 s",
    ]);
  });
});

describe("what is named later", () => {
  test.each([
    ["is shown where nothing else is for a second", false, "waiting for lap.dev"],
    ["is not where something is", true, "creating"],
  ])("%s", (_, named, shown) => {
    const { clock, pass } = manualClock();
    let text = "";
    const stderr = { write: (part: string) => (text += part) };
    const progress = startProgress(stderr, clock, "waiting for lap.dev");
    if (named) progress.update("creating");
    pass(1_000);
    expect(text).toStartWith(shown);
    expect(text.split("\n")).toHaveLength(2);
  });

  test("is not once it is over", () => {
    const { clock, pass, isWaiting } = manualClock();
    let text = "";
    startProgress({ write: (part) => (text += part) }, clock, "waiting for lap.dev").done();
    pass(1_000);
    expect([text, isWaiting()]).toEqual(["", false]);
  });
});

describe("of two lines at a time", () => {
  test.each([true, false])("the newer is shown until it is done (terminal: %p)", (isTTY) => {
    const writes: string[] = [];
    const stderr = { isTTY, write: (part: string) => writes.push(part) };
    const outer = manualClock();
    const inner = manualClock();
    const older = startProgress(stderr, outer.clock, "waiting for lap.dev");
    const newer = startProgress(stderr, inner.clock, "waiting for the keychain");
    outer.pass(1_000);
    expect(writes).toEqual([]);
    inner.pass(1_000);
    expect(writes.splice(0)).toEqual([expect.stringContaining("waiting for the keychain")]);
    newer.done();
    if (isTTY) outer.pass(80);
    else older.update("waiting for lap.dev still");
    expect(writes.at(-1)).toContain("waiting for lap.dev");
    older.done();
  });
});
