import { describe, expect, test } from "bun:test";
import { Screen } from "../../src/attach/screen.ts";
import { ManualClock } from "../support/clock.ts";

const ROWS = 24;
/** What lifts a plain program's output out of the way. */
const LIFTED = `\x1b[${ROWS};1H${"\n".repeat(ROWS)}\x1b[H`;

/** How the alternate screen is left. */
const LEAVE = "\x1b[9999H\n\x1b[?1049l";

/** A screen, and what is written to its terminal since the last time. */
function screenOf() {
  let written = "";
  const terminal = {
    write: (bytes: Uint8Array | string) => void (written += Buffer.from(bytes as string)),
    size: () => ({ columns: 80, rows: ROWS }),
  };
  const screen = new Screen(terminal, new ManualClock(), () => void (written += "<fresh>"));
  const show = (text: string) => screen.show(Buffer.from(text));
  const take = () => {
    const taken = written;
    written = "";
    return taken;
  };
  return { screen, show, take };
}

describe("before a new connection paints", () => {
  test.each([
    ["a plain program's output is lifted", ["text"], `<fresh>${LIFTED}new`],
    ["colours are undone as well", ["\x1b[31mred"], `<fresh>\x1b[0m${LIFTED}new`],
    ["a full-screen program's screen is left", ["\x1b[?1049h"], `<fresh>${LEAVE}new`],
    ["so is one over a plain program's output", ["text", "\x1b[?1049h"], `<fresh>${LEAVE}new`],
    ["an empty screen is as it was", [], "<fresh>new"],
  ])("%s", (_, shown, written) => {
    const { screen, show, take } = screenOf();
    for (const text of shown) show(text);
    take();
    screen.expectRepaint();
    show("new");
    expect(take()).toBe(written);
    show("er");
    expect(take()).toBe("er");
  });

  test("a full-screen program's screen is no output on the main one, whatever lap writes", () => {
    const { screen, show, take } = screenOf();
    show("\x1b[?1049h");
    for (const _ of [1, 2]) {
      take();
      screen.expectRepaint();
      show("\x1b[?1049h");
      expect(take()).toBe(`<fresh>${LEAVE}\x1b[?1049h`);
    }
  });

  test("the cursor stands in no line any more", () => {
    const { screen, show } = screenOf();
    show("half a line");
    screen.expectRepaint();
    show("");
    expect(screen.freshLine()).toBe("");
  });
});

test.each([
  ["", ""],
  ["half a line", "\r\n"],
  ["\x1b[31mhalf a line", "\x1b[0m\r\n"],
  ["half a line\x1b[?1049hfull screen", LEAVE],
])("behind %j leaving undoes what is on, and begins a line on the main screen", (text, written) => {
  const { screen, show } = screenOf();
  show(text);
  expect(screen.leave()).toBe(written);
});

test("what is written in between leaves what a note holds back behind it", () => {
  const { screen, show, take } = screenOf();
  show("text\x1b[38;5");
  screen.hold(Buffer.from("held"));
  take();
  screen.ring();
  expect(take()).toBe("\x18\x1b\\\x07\x1b[38;5");
  expect(Buffer.concat(screen.takeHeld()).toString()).toBe("held");
});

// With CAN alone tmux would still be in the last two.
test.each([
  ["a sequence", "\x1b[38;5", "\x1b[38;5"],
  ["a picture", "\x1bP1;1;1q#0;2", "\x1bP1;1;1q#0;2"],
  ["a string that another sequence has ended", "\x1bP$qm\x1b[1m", ""],
])("%s that the terminal is amid of is ended once, and begun again", (_, begun, again) => {
  const { screen, show, take } = screenOf();
  show(`text${begun}`);
  take();
  screen.interrupt({ again: true });
  screen.interrupt({ again: true });
  expect(take()).toBe("\x18\x1b\\");
  expect(Buffer.concat(screen.takeHeld()).toString()).toBe(again);
});
