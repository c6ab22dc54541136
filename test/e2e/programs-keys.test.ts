import { describe, expect, test } from "bun:test";
import { TemporaryHome } from "../support/home.ts";
import { inEachProgram } from "../support/programs.ts";
import { waitFor } from "../support/wait.ts";

const LAP_KEY = "\x1d";

const DETACH_KEYS: [name: string, key: string, args?: string[]][] = [
  ["the control byte", "\x04"],
  ["kitty's encoding", "\x1b[100;5u"],
  ["kitty's encoding of a press", "\x1b[100;5:1u"],
  ["kitty's encoding with caps lock on", "\x1b[100;69u"],
  ["kitty's encoding of a press with num lock on", "\x1b[100;133:1u"],
  ["modifyOtherKeys", "\x1b[27;5;100~"],
  ["docker's sequence, configured", "\x10\x11", ["--detach-keys", "ctrl-p,ctrl-q"]],
];

inEachProgram((box) => {
  describe("the detach key", () => {
    for (const [name, key, args] of DETACH_KEYS) {
      test(`as ${name} amid a burst: what stood before is sent, the rest dropped`, async () => {
        using home = new TemporaryHome();
        using pty = await box.open(home, args);
        pty.type(`echo bef${key}aft`);
        expect(await pty.exit()).toBe(0);
        expect(pty.screen()).toContain("detached");
        expect(box.wire.typed.toString()).toBe("echo bef");
        expect(box.session.status).toBe("ready");
      });
    }

    test("released, or inside a bracketed paste, is not one", async () => {
      using home = new TemporaryHome();
      using pty = await box.open(home);
      const typed = "\x1b[100;5:3u\x1b[200~a\x04b\x1b[100;5u\x1b[201~";
      pty.type(typed);
      await waitFor(() => box.wire.typed.length >= typed.length, "the keys to arrive");
      expect(box.wire.typed.toString()).toBe(typed);
      // Whatever the shell made of that is taken away.
      pty.type("\x15echo still he''re\r");
      await pty.shows(/^still here$/m);
    });
  });

  test("an Escape alone arrives without another key behind it", async () => {
    using home = new TemporaryHome();
    using pty = await box.open(home);
    pty.type("stty raw -echo; echo go; head -c 1 | od -An -tx1; stty sane\r");
    await pty.shows(/^ *go$/m);
    pty.type("\x1b");
    await pty.shows(/^ *1b$/m);
  });

  describe("the lap key", () => {
    test("then ] types itself", async () => {
      using home = new TemporaryHome();
      using pty = await box.open(home);
      pty.type("stty raw -echo; echo go; head -c 3 | od -An -tx1; stty sane\r");
      await pty.shows(/^ *go$/m);
      pty.type(`a${LAP_KEY}]b`);
      await pty.shows(/^ *61 1d 62$/m);
    });

    test("then ? shows a note that leaves no trace at a prompt", async () => {
      using home = new TemporaryHome();
      using pty = await box.open(home);
      pty.type("echo here before\r");
      await pty.shows(/^here before\nready>/m);
      // tmux's last line tells the time.
      const shown = () => pty.lines().slice(0, -1).join("\n");
      const before = shown();
      pty.type(`${LAP_KEY}?`);
      await pty.shows("connection info");
      pty.type("q");
      await waitFor(
        () => shown() === before,
        () => `the screen as it was; it is\n${pty.screen()}`,
      );
    });

    test("then i shows the connection without its token, and a full screen is painted again", async () => {
      using home = new TemporaryHome();
      using pty = await box.open(home, [], { columns: 200 });
      pty.type("./painter\r");
      await pty.shows(`painted at ${box.rowsOf(24)} 200`);
      const shown = () => pty.lines().slice(0, -1).join("\n").trimEnd();
      const before = shown();
      pty.type(`${LAP_KEY}i`);
      await pty.shows(`session     ${box.session.id}`);
      await pty.shows(`endpoint    ws://127.0.0.1:${box.platform.port}/`);
      await pty.shows(/round trip  \d+\.\d ms now, \d+\.\d ms p95/);
      await pty.shows(/bytes       \d.* received, \d.* sent/);
      expect(pty.text()).not.toContain(box.platform.token);
      const sizes = box.wire.sizes.length;
      pty.type("q");
      await waitFor(
        () => box.wire.sizes.length === sizes + 2 && shown() === before,
        () => `the screen as it was; it is\n${pty.screen()}`,
      );
      expect(box.wire.typed.toString()).toBe("./painter\r");
    });

    test("then r has a garbled screen painted again", async () => {
      using home = new TemporaryHome();
      using pty = await box.open(home);
      pty.type("./painter\r");
      await pty.shows(`painted at ${box.rowsOf(24)} 80`);
      pty.emulator.write("\x1b[2J\x1b[Hgarbled");
      await pty.shows("garbled");
      pty.type(`${LAP_KEY}r`);
      await pty.shows(`painted at ${box.rowsOf(24)} 80`);
      expect(pty.screen()).not.toContain("garbled");
    });

    test("then k asks; n goes back to the program, y stops the session", async () => {
      using home = new TemporaryHome();
      using pty = await box.open(home);
      pty.type(`${LAP_KEY}k`);
      await pty.shows("Stop this session?");
      pty.type("n");
      await waitFor(() => !pty.screen().includes("Stop this session?"), "the question to go");
      pty.type("echo still he''re\r");
      await pty.shows(/^still here$/m);
      pty.type(`${LAP_KEY}k`);
      await pty.shows("Stop this session?");
      const { session } = box;
      expect(session.status).toBe("ready");
      pty.type("y");
      expect(await pty.exit()).toBe(0);
      expect(pty.screen()).toContain(`✓ session ${session.id} is stopped`);
      expect(session.status).toBe("dead");
    });
  });
});
