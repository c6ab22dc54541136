import { createHash } from "node:crypto";
import { expect, test } from "bun:test";
import { TemporaryHome } from "../support/home.ts";
import { LAP, lap } from "../support/lap.ts";
import { type Box, inEachProgram } from "../support/programs.ts";
import type { Pty } from "../support/pty.ts";
import { waitFor } from "../support/wait.ts";

/** Types a command again and again, for what tmux only comes to in its own time. */
async function showsAfter(pty: Pty, command: string, expected: RegExp): Promise<void> {
  await waitFor(
    () => {
      pty.type(command);
      return expected.test(pty.screen());
    },
    () => `${expected} after ${command}; the screen shows:\n${pty.screen()}`,
  );
}

/**
 * What a program can be sent as it is: every byte but lap's own keys, and in tmux, which reads keys
 * itself, neither escape sequences nor what is no UTF-8.
 */
function everyByte({ inTmux }: Box): Buffer {
  const bytes = Array.from({ length: inTmux ? 0x80 : 0x100 }, (_, byte) => byte);
  const kept = bytes.filter((byte) => ![0x04, 0x1d].includes(byte));
  // 2 is tmux's own key.
  return Buffer.from(kept.filter((byte) => !inTmux || ![0x02, 0x1b].includes(byte)));
}

/** More than lap takes for a terminal that does not read, before it holds the sandbox back. */
const PLAIN_FLOOD_BYTES = 1024 * 1024;
/** More than the terminal itself takes; under a flood tmux sends little, and that in its own time. */
const TMUX_FLOOD_BYTES = 128 * 1024;

const sum = (data: Buffer) => createHash("sha256").update(data).digest("hex");

inEachProgram((box) => {
  test("wide characters and emoji are whole, and the size is followed", async () => {
    using home = new TemporaryHome();
    using pty = await box.open(home);
    pty.type("printf '%s\\n' 'wide 世界 🎉 é'; tput cols\r");
    await pty.shows("wide 世界 🎉 é");
    await pty.shows(/^80$/m);
    pty.resize(61, 20);
    await showsAfter(pty, "tput cols\r", /^61$/m);
  });

  test("UTF-8 that the program writes byte by byte is whole", async () => {
    using home = new TemporaryHome();
    using pty = await box.open(home);
    const text = "é世🎉";
    const bytes = [...Buffer.from(text)];
    const octal = bytes.map((byte) => byte.toString(8)).join(" ");
    pty.type(
      `clear; for b in ${octal}; do read -rsn1; printf "\\\\$b"; printf . >> steps; done; echo " done"\r`,
    );
    for (let step = 1; step <= bytes.length; step++) {
      pty.type("k");
      await waitFor(() => box.read("steps").length === step, `byte ${step} to be written`);
    }
    await pty.shows(`${text} done`);
  });

  test("a full-screen program moves with LF and lands where it means to", async () => {
    using home = new TemporaryHome();
    using pty = await box.open(home);
    pty.type("stty -opost; printf '\\033[2J\\033[5;10Hx\\ny\\nz'; stty opost; read\r");
    await pty.shows(/^ {9}x\n {10}y\n {11}z$/m);
  });

  test("a quarter of a megabyte typed through it arrives byte for byte", async () => {
    using home = new TemporaryHome();
    using pty = await box.open(home);
    const size = 256 * 1024;
    const bytes = Buffer.alloc(size, everyByte(box));
    pty.type(`stty raw -echo; echo go; head -c ${size} > typed; stty sane; echo got\r`);
    await pty.shows(/^ *go$/m);
    pty.type(bytes);
    await pty.shows(/^ *got$/m);
    expect(sum(box.read("typed"))).toBe(sum(bytes));
  });

  test("a paste of 1 MiB is one frame, and arrives byte for byte", async () => {
    using home = new TemporaryHome();
    using pty = await box.open(home);
    const [start, end] = ["\x1b[200~", "\x1b[201~"].map((marker) => Buffer.from(marker));
    const control = '{"type":"resize","cols":1,"rows":1}\x04\x1d é世🎉';
    const unit = Buffer.concat([Buffer.from(control), everyByte(box)]);
    const whole = Math.floor((1024 * 1024) / unit.length);
    const body = Buffer.alloc(unit.length * whole, unit);
    const paste = Buffer.concat([start as Buffer, body, end as Buffer]);
    pty.type(
      `stty raw -echo; printf '\\033[?2004h'; echo go; head -c ${paste.length} > pasted; ` +
        "printf '\\033[?2004l'; stty sane; echo got\r",
    );
    await pty.shows(/^ *go$/m);
    box.wire.forget();
    pty.type(paste);
    await pty.shows(/^ *got$/m);
    expect(box.wire.frames).toHaveLength(1);
    expect(sum(box.wire.typed)).toBe(sum(paste));
    expect(sum(box.read("pasted"))).toBe(sum(paste));
  });

  for (const [columns, rows] of [
    [1, 1],
    [500, 200],
  ] as const) {
    test(`in a terminal of ${columns}x${rows} it has that size, and another one later`, async () => {
      using home = new TemporaryHome();
      const { platform, folder } = box;
      using pty = lap(home, ["box", "--new"], { platform, columns, rows });
      await waitFor(() => platform.sessions[0]?.tty !== undefined, "the connection");
      const size = () => box.read("size").toString().trim();
      const expected = `${Math.max(1, box.rowsOf(rows))} ${columns}`;
      const command = `stty size > ${folder}/size\r`;
      pty.type(command);
      await waitFor(
        () => size() === expected,
        () => `${expected}; it is ${size()}`,
      );
      expect(box.wire.sizes[0]).toEqual({ cols: columns, rows });
      pty.resize(80, 24);
      await waitFor(
        () => {
          pty.type(command);
          return size() === `${box.rowsOf(24)} 80`;
        },
        () => `the new size; it is ${size()}`,
      );
      pty.type("echo still he''re\r");
      await pty.shows(/^still here$/m);
    });
  }

  test("a key gets through while the terminal does not read a flood, which then goes on", async () => {
    using home = new TemporaryHome();
    using pty = await box.open(home);
    const flood = "flooding the screen ".repeat(20);
    pty.stall(true);
    pty.type(`yes '${flood}' & read -rsn1; kill %%; echo qui''et\r`);
    const flooded = box.inTmux ? TMUX_FLOOD_BYTES : PLAIN_FLOOD_BYTES;
    await waitFor(() => box.wire.sent > flooded, "the flood");
    box.wire.forget();
    pty.type("k");
    await waitFor(() => box.wire.typed.includes("k"), "the key");
    expect(pty.screen()).not.toContain("quiet");
    pty.stall(false);
    await pty.shows(/quiet$/m);
  });

  test("Ctrl-C ends a flood", async () => {
    using home = new TemporaryHome();
    using pty = await box.open(home);
    pty.type("yes flooding the screen\r");
    // Its output, not the echo of the command: Ctrl-C before it runs is the shell's.
    await pty.shows(/^flooding the screen$/m);
    pty.type("\x03");
    pty.type("echo quiet again\r");
    await pty.shows(/^quiet again$/m);
  });

  test("a program is left running, and found again with what it did meanwhile", async () => {
    using home = new TemporaryHome();
    {
      using pty = await box.open(home);
      pty.type("kept=yes; read line; echo read $line\r");
      await pty.shows("read $line");
      pty.type("\x1b[100;5u");
      expect(await pty.exit()).toBe(0);
      expect(pty.screen()).toContain("detached");
    }
    using again = lap(home, ["box"], { platform: box.platform });
    await again.shows("kept=yes");
    again.type("on with it\r");
    await again.shows("read on with it");
    again.type("echo $kept\r");
    await again.shows(/^yes$/m);
  });

  test("its own end is told from a loss", async () => {
    using home = new TemporaryHome();
    using pty = await box.open(home);
    pty.type("exit\r");
    expect(await pty.exit()).toBe(0);
    expect(pty.screen()).toContain("[ws closed] the program in the sandbox ended.");
  });

  test("a command piped in is run, and what it prints comes out", async () => {
    using home = new TemporaryHome();
    const { url, key } = box.platform;
    const piped = Bun.spawn([LAP, "box", "--new", "--no-tty"], {
      env: { PATH: process.env.PATH, HOME: home.path, LAP_URL: url, LAP_KEY: key },
      stdin: Buffer.from('echo pip""ed\n'),
      stdout: "pipe",
      stderr: "ignore",
    });
    expect(await new Response(piped.stdout).text()).toContain("piped");
    expect(await piped.exited).toBe(0);
  });

  test("a looker-on changes nothing", async () => {
    using home = new TemporaryHome();
    using pty = await box.open(home);
    pty.type("echo to be seen\r");
    await pty.shows(/^to be seen$/m);
    const attach = ["attach", "--read-only", box.session.id];
    using other = lap(home, attach, { platform: box.platform, columns: 100, rows: 30 });
    await other.shows("to be seen");
    other.type("exit\r");
    // The size follows whoever typed last, which a looker-on never does.
    await showsAfter(pty, "tput cols\r", /^80$/m);
    other.type("\x04");
    expect(await other.exit()).toBe(0);
  });
});
