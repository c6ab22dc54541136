import { describe, expect, test } from "bun:test";
import { SizeReports } from "../../src/attach/sizes.ts";
import { Timers } from "../../src/attach/timers.ts";
import type { Size } from "../../src/term/terminal.ts";
import { ManualClock } from "../support/clock.ts";

const INTERVAL_MS = 30;
const NUDGE_MS = 60;

/** A terminal whose size a test sets, and what the remote was told of it. */
class Window {
  readonly clock = new ManualClock();
  readonly told: string[] = [];
  size: Size | undefined;
  readonly reports = new SizeReports(
    () => this.size,
    ({ columns, rows }) => void this.told.push(`${columns}x${rows}`),
    new Timers(this.clock, (work) => work()),
  );

  constructor(columns: number, rows: number) {
    this.size = { columns, rows };
  }

  change(columns: number, rows = 24): void {
    this.size = { columns, rows };
    this.reports.changed();
  }

  /** What was told since this was asked last. */
  take(): string[] {
    return this.told.splice(0);
  }
}

describe("a size", () => {
  test("is told once, and again to a remote that has not been told any", () => {
    const window = new Window(80, 24);
    window.reports.send();
    window.reports.send();
    expect(window.take()).toEqual(["80x24"]);
    window.reports.restart();
    expect(window.take()).toEqual(["80x24"]);
  });

  test("that is not known is not told", async () => {
    const window = new Window(80, 24);
    window.size = undefined;
    window.reports.send();
    window.reports.restart();
    window.reports.changed();
    window.reports.nudge();
    await window.clock.advance(1_000);
    expect(window.told).toEqual([]);
  });
});

describe("of a run of changes", () => {
  test("the first goes at once, then nothing for a while, then the last", async () => {
    const window = new Window(80, 24);
    for (let columns = 81; columns <= 130; columns++) window.change(columns);
    expect(window.take()).toEqual(["81x24"]);
    await window.clock.advance(INTERVAL_MS - 1);
    expect(window.take()).toEqual([]);
    await window.clock.advance(1);
    expect(window.take()).toEqual(["130x24"]);
  });

  test("one goes each while, for as long as the run lasts", async () => {
    const window = new Window(80, 24);
    const STEP_MS = 10;
    for (let columns = 81; columns <= 90; columns++) {
      window.change(columns);
      await window.clock.advance(STEP_MS);
    }
    await window.clock.advance(INTERVAL_MS);
    const told = window.take();
    expect([told[0], told.at(-1)]).toEqual(["81x24", "90x24"]);
    // Of ten in 100 ms: the first, and one each while.
    expect(told.length).toBeLessThanOrEqual(1 + Math.ceil((10 * STEP_MS) / INTERVAL_MS));
  });

  test("nothing is left to be done behind it", async () => {
    const window = new Window(80, 24);
    for (const columns of [81, 82]) window.change(columns);
    await window.clock.advance(2 * INTERVAL_MS);
    expect([window.take(), window.clock.waiting]).toEqual([["81x24", "82x24"], 0]);
  });

  test("nothing more is told where the last size is the first", async () => {
    const window = new Window(80, 24);
    for (const columns of [81, 82, 81]) window.change(columns);
    await window.clock.advance(1_000);
    expect(window.take()).toEqual(["81x24"]);
  });
});

describe("a nudge is another size, then the true one", () => {
  test.each([
    [80, 24, "80x23"],
    [500, 200, "500x199"],
    [80, 2, "80x1"],
    // There is no smaller one.
    [80, 1, "81x1"],
    [1, 1, "2x1"],
  ])("%dx%d: %s", async (columns, rows, nudged) => {
    const window = new Window(columns, rows);
    window.reports.send();
    window.take();
    window.reports.nudge();
    expect(window.take()).toEqual([nudged]);
    await window.clock.advance(NUDGE_MS - 1);
    expect(window.take()).toEqual([]);
    await window.clock.advance(1);
    expect(window.take()).toEqual([`${columns}x${rows}`]);
  });

  test("which is what it has become meanwhile, told once", async () => {
    const window = new Window(80, 24);
    window.reports.nudge();
    window.change(100, 40);
    await window.clock.advance(1_000);
    expect(window.take()).toEqual(["80x23", "100x40"]);
  });
});
