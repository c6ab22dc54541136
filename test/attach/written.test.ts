import { describe, expect, spyOn, test } from "bun:test";
import { Written } from "../../src/attach/written.ts";
import { ModeWatcher } from "../../src/vt/modes.ts";
import { ManualClock } from "../support/clock.ts";

/** As long as a flood's frames are. */
const FRAME_BYTES = 4096;
const ASK = "\x1b[c";
const ANSWER = "\x1b[?62c";
const MEMORY_MS = 3_000;

const frame = (text: string) => Buffer.from(text.padEnd(FRAME_BYTES, "."));

describe("frames of a flood, though not read as they come, are read for whoever asks", () => {
  test("what the modes are", () => {
    const written = new Written(new ManualClock());
    written.output(frame("\x1b[?1049h\x1b[?25l"));
    expect(written.watcher.alternateScreen).toBe(true);
    written.output(frame("\x1b[?25h"));
    written.output(frame("\x1b[?1049l"));
    expect([written.watcher.alternateScreen, written.watcher.undo()]).toEqual([false, ""]);
  });

  test("whether the main screen shows output: not what lap writes", () => {
    const written = new Written(new ManualClock());
    expect(written.outputOnMain).toBe(false);
    written.output(frame("\x1b[?1049h"));
    expect(written.outputOnMain).toBe(false);
    written.own(Buffer.from("\x1b[?1049l"));
    expect(written.outputOnMain).toBe(false);
    written.output(frame("text"));
    expect(written.outputOnMain).toBe(true);
  });

  test("what a sequence begins with that is not complete, and whether lap's end of it completes it", () => {
    const written = new Written(new ManualClock());
    written.output(frame("text"));
    written.output(Buffer.concat([frame("text"), Buffer.from("\x1b[38;5")]));
    expect(Buffer.from(written.takeUnfinished()).toString()).toBe("\x1b[38;5");
    written.own(Buffer.from("\x18"));
    expect(written.watcher.atBoundary).toBe(true);
  });

  for (const [later, owed] of [
    [MEMORY_MS - 1, { attributes: 1, sure: true }],
    [MEMORY_MS, undefined],
  ] as const) {
    test(`what the terminal was asked ${later} ms ago`, async () => {
      const clock = new ManualClock();
      await clock.advance(MEMORY_MS);
      const written = new Written(clock);
      written.output(frame(ASK));
      await clock.advance(later);
      expect(written.takeAnswersOwed()).toEqual(owed);
    });
  }

  test("a question long ago is not taken for a new one when more comes", async () => {
    const clock = new ManualClock();
    const written = new Written(clock);
    written.output(frame(ASK));
    await clock.advance(MEMORY_MS);
    written.output(frame("text"));
    expect(written.takeAnswersOwed()).toBeUndefined();
  });

  test("what the terminal was made to report for a moment", () => {
    const written = new Written(new ManualClock());
    written.output(frame("\x1b[?1000h"));
    written.output(frame("\x1b[?1000l"));
    expect(written.takeAnswersOwed()).toEqual({ attributes: 0, sure: false });
  });

  test("what lap itself turns on", () => {
    const clock = new ManualClock();
    const written = new Written(clock);
    written.own(Buffer.from("\x1b[?1000h\x1b[38;5"));
    expect(written.watcher.reports).toBe(true);
    expect(Buffer.from(written.takeUnfinished()).toString()).toBe("\x1b[38;5");
    written.own(Buffer.from("m\x1b[?1000l"));
    expect(written.takeAnswersOwed()).toEqual({ attributes: 0, sure: false });
  });

  test("what the terminal has answered", () => {
    const written = new Written(new ManualClock());
    written.output(frame(ASK));
    written.heard(Buffer.from(ANSWER));
    written.output(frame("text"));
    expect(written.takeAnswersOwed()?.attributes).toBe(0);
  });
});

describe("what is written is read", () => {
  /** How many frames were read together, each time that any were. */
  function readsOf(work: (written: Written) => void): number[] {
    const fed = spyOn(ModeWatcher.prototype, "feedAll");
    try {
      work(new Written(new ManualClock()));
      return fed.mock.calls.map(([frames]) => frames.length);
    } finally {
      fed.mockRestore();
    }
  }

  test("sixteen frames of a flood at a time", () => {
    const reads = readsOf((written) => {
      for (let count = 0; count < 40; count++) written.output(frame("text"));
    });
    expect(reads).toEqual([16, 16]);
  });

  test("at once where it is an echo, with the frames before it", () => {
    const reads = readsOf((written) => {
      written.output(frame("text"));
      written.output(frame("text"));
      written.output(Buffer.from("k"));
      written.output(Buffer.from("k"));
    });
    expect(reads).toEqual([3, 1]);
  });
});
