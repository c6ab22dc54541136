import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ModeWatcher } from "../../src/vt/modes.ts";
import { FULL_RESET, TMUX_RESET } from "../../src/vt/reset.ts";
import { TemporaryHome } from "../support/home.ts";
import { waitFor } from "../support/wait.ts";

const END = "all is written";
const FLAGS = [
  "alternate_on",
  "cursor_flag",
  "insert_flag",
  "keypad_cursor_flag",
  "keypad_flag",
  "mouse_any_flag",
  "origin_flag",
  "scroll_region_lower",
  "scroll_region_upper",
  "wrap_flag",
];

/** The terminal that many people run lap in, and that knows fewer resets than others. */
describe.skipIf(!Bun.which("tmux"))("after undo, tmux is as a fresh one", () => {
  const tmux = ["tmux", "-L", `lap-test-${randomUUID()}`, "-f", "/dev/null"];
  let home: TemporaryHome;

  const run = (...args: string[]) => {
    const env = {
      PATH: process.env.PATH,
      HOME: home.path,
      TERM: "xterm-256color",
      LANG: "C.UTF-8",
    };
    return Bun.spawnSync([...tmux, ...args], { env }).stdout.toString();
  };

  /** What stands in the pane behind these bytes: its flags, and how text looks. */
  async function judge(bytes: string): Promise<string> {
    const file = join(home.path, "bytes");
    writeFileSync(file, `${bytes}\r\n${END} q\r\n`);
    const program = `stty raw -echo; cat ${file}; exec cat`;
    run("kill-session", "-t", "judged");
    run("new-session", "-d", "-s", "judged", "-x", "80", "-y", "24", program);
    const shown = () => run("capture-pane", "-p", "-e", "-t", "judged");
    // In line drawing the words read otherwise, but as many lines are written.
    const written = () => run("display-message", "-p", "-t", "judged", "#{cursor_y}") !== "0\n";
    await waitFor(() => written() && shown().trim() !== "", "the words to be written");
    const line = shown().trimEnd().split("\n").at(-1);
    return `${line}\n${run("display-message", "-p", "-t", "judged", FLAGS.map((flag) => `${flag}=#{${flag}}`).join(" "))}`;
  }

  beforeAll(() => {
    home = new TemporaryHome();
    run("new-session", "-d", "-s", "kept", "cat");
  });

  afterAll(() => {
    run("kill-server");
    home[Symbol.dispose]();
  });

  const ALL =
    "\x1b[?25l\x1b[?7l\x1b[4h\x1b[?1h\x1b=\x1b[?1000h\x1b[5;10r\x1b[?6h\x1b[31m\x1b(0\x1b[?2004h";

  test.each<[name: string, stream: string]>([
    ["every mode that it tells of", ALL],
    ["them on the alternate screen", `\x1b[?1049h${ALL}`],
    ["them and DECSTR, which does nothing there", `${ALL}\x1b[!p`],
    ["the alternate screen and RIS, which leaves it shown there", "\x1b[?1049h\x1bc"],
    [
      "what ncurses' reset writes for xterm",
      `\x1b[?1049h${ALL}\x1bc\x1b]104\x07\x1b[!p\x1b[4l\x1b>`,
    ],
    ["modes that were turned on again behind a reset", `${ALL}\x1b[!p\x1b[?1h\x1b[?25l`],
  ])("%s", async (_, stream) => {
    const fresh = await judge("");
    const watcher = new ModeWatcher();
    watcher.feed(Buffer.from(stream));
    expect(await judge(stream)).not.toBe(fresh);
    expect(await judge(stream + watcher.undo())).toBe(fresh);
    expect(await judge(stream + FULL_RESET + TMUX_RESET)).toBe(fresh);
  });

  test("where it has no alternate screen, what is said next stands below the program's", async () => {
    run("set-option", "-g", "alternate-screen", "off");
    const stream = "\x1b[?1049h\x1b[2J\x1b[1;1Hfirst\x1b[20;1Hlast\x1b[5;7H\x1b[?25l";
    const watcher = new ModeWatcher();
    watcher.feed(Buffer.from(stream));
    try {
      await judge(stream + watcher.undo());
      const shown = () => run("capture-pane", "-p", "-t", "judged").trimEnd().split("\n");
      await waitFor(() => shown().some((line) => line.startsWith(END)), "the words to be written");
      expect(shown().filter(Boolean)).toEqual(["last", `${END} q`]);
    } finally {
      run("set-option", "-g", "-u", "alternate-screen");
    }
  });

  /** Until its end tmux swallows all, so that nothing tells what it was without the undo. */
  test.each<[name: string, stream: string]>([
    ["that is cut off", `${ALL}\x1bP1;1;1q#0;2`],
    ["that another sequence has ended elsewhere", `${ALL}\x1bP$qm\x1b[1mtext`],
    ["that is cancelled", `${ALL}\x1bP$qm\x18text`],
    ["in which modes seem to be turned off", "\x1b[?1h\x1b[?25l\x1bP$qm\x1b[?1l\x1b[?25h"],
  ])("a device control string %s", async (_, stream) => {
    const fresh = await judge("");
    const watcher = new ModeWatcher();
    watcher.feed(Buffer.from(stream));
    expect(await judge(stream + watcher.undo())).toBe(fresh);
    expect(await judge(stream + FULL_RESET + TMUX_RESET)).toBe(fresh);
  });
});
