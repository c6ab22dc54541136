import { describe, expect, test } from "bun:test";
import { AwayLine, awayWords } from "../../src/attach/awayline.ts";
import type { Away } from "../../src/attach/reconnect.ts";
import { Timers } from "../../src/attach/timers.ts";
import type { Size } from "../../src/term/terminal.ts";
import { ManualClock } from "../support/clock.ts";

const SAVE_TITLE = "\x1b[22;0t";
/** Neutral where the terminal saves no titles, then the one that was saved. */
const RESTORE_TITLE = "\x1b]2;lap\x07\x1b[23;0t";

describe("what is being done about the connection is said in words", () => {
  const now = 5_000;
  const cases: [Away, string][] = [
    [{ kind: "trying" }, "connection lost, trying"],
    [{ kind: "waiting", until: 20_000 }, "connection lost, next try in 15 s"],
    [{ kind: "waiting", until: 6_001 }, "connection lost, next try in 2 s"],
    [{ kind: "waiting", until: 6_000 }, "connection lost, next try in 1 s"],
    [{ kind: "waiting", until: 5_000 }, "connection lost, next try in 1 s"],
    [{ kind: "waiting", until: 4_000 }, "connection lost, next try in 1 s"],
    [{ kind: "starting", label: "pod pending" }, "the sandbox is starting again: pod pending"],
    [{ kind: "exposed", label: "over plain ws to x now" }, "over plain ws to x now"],
  ];
  for (const [away, words] of cases) {
    test(`${words} (${JSON.stringify(away)})`, () => expect(awayWords(away, now)).toBe(words));
  }
});

/** The line on a screen of which a test decides everything. */
class Screen {
  readonly clock = new ManualClock();
  readonly drawn: string[] = [];
  alternateScreen = false;
  covered = false;
  midLine = false;
  kept = 0;
  inLine = false;
  size: Size | undefined = { columns: 80, rows: 24 };
  readonly line = new AwayLine({
    clock: this.clock,
    timers: new Timers(this.clock, (work) => work()),
    screen: this,
    size: () => this.size,
    covered: () => this.covered,
    entitled: () => false,
    freshLine: () => (this.midLine ? "\r\n" : ""),
    kept: () => this.kept,
    inLine: () => this.inLine,
    wayOut: "Ctrl-D: detach",
    draw: (text) => void this.drawn.push(text),
  });

  /** What was drawn since the last time. */
  take(): string {
    return this.drawn.splice(0).join("");
  }

  /** The words of the newest line. */
  get words(): string {
    // oxlint-disable-next-line no-control-regex
    return /\x1b\[7m([^\x1b]*)\x1b\[27m/.exec(this.drawn.at(-1) ?? "")?.[1] ?? "";
  }
}

const TRYING: Away = { kind: "trying" };
const waiting = (until: number): Away => ({ kind: "waiting", until });
/** Updates, character set, colours: whatever the remote was cut off in. */
const PLAIN = "\x1b[?2026l\x1b(B\x0f\x1b[0m";
const TITLE = "\x1b]2;lap: connection lost, trying\x07";
const LINE = "\x1b[2K\x1b[7m connection lost, trying · Enter: now · Ctrl-D: detach \x1b[27m";

describe("the line", () => {
  test("covers the topmost one of the alternate screen, and leaves the cursor where it was", () => {
    const screen = new Screen();
    screen.alternateScreen = true;
    screen.line.show(TRYING);
    const onTop = (line: string) => `\x1b7${PLAIN}\x1b[?6l\x1b[1;1H${line}\x1b8`;
    expect(screen.take()).toBe(`${SAVE_TITLE}${TITLE}${onTop(LINE)}`);
    screen.line.clear();
    expect(screen.take()).toBe(`${onTop("\x1b[2K")}${RESTORE_TITLE}`);
  });

  test("takes the place of the line that the cursor is at the start of", () => {
    const screen = new Screen();
    screen.line.show(TRYING);
    expect(screen.take()).toBe(`${SAVE_TITLE}${TITLE}${PLAIN}\r${LINE}`);
    screen.line.clear();
    expect(screen.take()).toBe(`\r\x1b[2K${RESTORE_TITLE}`);
  });

  test("goes below output that ends amid a line, once", () => {
    const screen = new Screen();
    screen.midLine = true;
    screen.line.show(TRYING);
    screen.line.show(TRYING);
    expect(screen.take()).toBe(`${SAVE_TITLE}${TITLE}${PLAIN}\r\n${LINE}${TITLE}${PLAIN}\r${LINE}`);
    screen.line.clear();
    screen.take();
    screen.line.show(TRYING);
    expect(screen.take()).toContain(`\r\n${LINE}`);
  });

  test("pushes the title once and pops it once", () => {
    const screen = new Screen();
    for (const away of [TRYING, waiting(500), TRYING, waiting(1_500)]) screen.line.show(away);
    screen.line.clear();
    screen.line.clear();
    const all = screen.take();
    expect([all.split(SAVE_TITLE).length, all.split(RESTORE_TITLE).length]).toEqual([2, 2]);
  });

  test("counts down every second, and no longer once it tries", async () => {
    const screen = new Screen();
    screen.line.show(waiting(2_500));
    const seen = [screen.words];
    for (let second = 0; second < 2; second++) {
      await screen.clock.advance(1_000);
      seen.push(screen.words);
    }
    expect(seen.map((words) => /in \d s/.exec(words)?.[0])).toEqual(["in 3 s", "in 2 s", "in 1 s"]);
    screen.line.show(TRYING);
    screen.take();
    await screen.clock.advance(60_000);
    expect([screen.take(), screen.clock.waiting]).toEqual(["", 0]);
  });

  test("is gone for good once it is cleared", async () => {
    const screen = new Screen();
    screen.line.show(waiting(9_000));
    screen.line.clear();
    screen.take();
    screen.line.redraw();
    await screen.clock.advance(60_000);
    expect([screen.take(), screen.clock.waiting]).toEqual(["", 0]);
  });

  test("is not drawn over what else lap shows, but for the title, and comes out from behind it", () => {
    const screen = new Screen();
    screen.covered = true;
    screen.midLine = true;
    screen.line.show(TRYING);
    expect(screen.take()).toBe(`${SAVE_TITLE}${TITLE}`);
    screen.covered = false;
    screen.line.redraw();
    expect(screen.take()).toBe(`${TITLE}${PLAIN}\r\n${LINE}`);
  });

  test("is not drawn while it is hidden, and is then what it has become", async () => {
    const screen = new Screen();
    screen.line.show(waiting(9_000));
    screen.line.hide();
    screen.take();
    screen.line.show(TRYING);
    screen.line.dropped(3);
    await screen.clock.advance(60_000);
    expect(screen.take()).toBe("");
    screen.line.redraw();
    expect(screen.words).toStartWith(" connection lost, trying · 3 B dropped");
    screen.line.dropped(1);
    expect(screen.words).toStartWith(" connection lost, trying · 4 B dropped");
  });

  test("once it is back stays as it is until it is cleared, and comes out from behind nothing", async () => {
    const screen = new Screen();
    screen.line.show(waiting(9_000));
    screen.line.back();
    screen.take();
    screen.line.redraw();
    await screen.clock.advance(60_000);
    expect([screen.take(), screen.clock.waiting]).toEqual(["", 0]);
    screen.line.clear();
    expect(screen.take()).toBe(`\r\x1b[2K${RESTORE_TITLE}`);
  });

  test("that was never drawn is not wiped off", () => {
    const screen = new Screen();
    screen.covered = true;
    screen.line.show(TRYING);
    screen.take();
    screen.line.clear();
    expect(screen.take()).toBe(RESTORE_TITLE);
  });
});

describe("its words", () => {
  test("tell what waits, what had to go, and what may be lost; until it is back", () => {
    const screen = new Screen();
    screen.size = { columns: 200, rows: 24 };
    screen.kept = 5;
    screen.line.uncertain(7);
    screen.line.show(TRYING);
    screen.line.dropped(1000);
    screen.line.dropped(1048);
    expect(screen.words).toBe(
      " connection lost, trying · 2.0 KiB dropped · 5 B kept · 7 B lost? · Enter: now · Ctrl-D: detach ",
    );
    screen.line.clear();
    screen.kept = 0;
    screen.line.show(TRYING);
    expect(screen.words).toBe(" connection lost, trying · Enter: now · Ctrl-D: detach ");
  });

  test("say where an Enter is sent as well", () => {
    const screen = new Screen();
    screen.kept = 5;
    screen.inLine = true;
    screen.line.show(TRYING);
    expect(screen.words).toContain(" · 5 B kept · Enter: now, and sent · ");
    screen.inLine = false;
    screen.line.redraw();
    expect(screen.words).toContain(" · 5 B kept · Enter: now · ");
  });

  for (const [columns, words] of [
    [67, " connection lost, trying · 5 B kept · Enter: now · Ctrl-D: detach "],
    [66, " connection lost, trying · 5 B kept · Enter: now "],
    [50, " connection lost, trying · 5 B kept · Enter: now "],
    [49, " connection lost, trying · 5 B kept "],
    [38, " connection lost, trying · 5 B kept "],
    [27, " connection lost, trying "],
    [21, " connection lost, t "],
    [4, " c "],
    [3, "  "],
  ] as const) {
    test(`of ${columns} columns leave the last one free, and leave out whole ones`, () => {
      const screen = new Screen();
      screen.size = { columns, rows: 24 };
      screen.kept = 5;
      screen.line.show(TRYING);
      expect(screen.words).toBe(words);
    });
  }

  test.each([
    [
      "a label that is cut",
      "正在拉取镜像：容器正在启动",
      40,
      " the sandbox is starting again: 正在拉 ",
    ],
    ["what comes behind one", "正在", 60, " the sandbox is starting again: 正在 · 5 B kept "],
  ])("count wide characters twice: %s", (_, label, columns, words) => {
    const screen = new Screen();
    screen.size = { columns, rows: 24 };
    screen.kept = 5;
    screen.line.show({ kind: "starting", label });
    expect(screen.words).toBe(words);
  });

  test("of an unknown width are fit for 80 columns", () => {
    const screen = new Screen();
    screen.size = undefined;
    screen.line.show({ kind: "starting", label: "x".repeat(500) });
    expect(screen.words).toHaveLength(79);
  });
});
