import { describe, expect, test } from "bun:test";
import { onlyChild } from "../support/children.ts";
import { TemporaryHome } from "../support/home.ts";
import { LAP, lap } from "../support/lap.ts";
import { Pty } from "../support/pty.ts";
import { join, TAKEN_OVER } from "../support/join.ts";
import { ServedPlatform } from "../support/served.ts";
import { ScriptedSandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";

const LAP_KEY = "\x1d";
const ENCODINGS = [
  ["the control byte", "\x1d"],
  ["kitty's encoding", "\x1b[93;5u"],
  ["modifyOtherKeys", "\x1b[27;5;93~"],
] as const;

describe("the lap key", () => {
  for (const [name, key] of ENCODINGS) {
    test(`as ${name}, then d, detaches`, async () => {
      using home = new TemporaryHome();
      await using sandbox = new ScriptedSandbox();
      using pty = await join(home, sandbox);
      pty.type(`${key}d`);
      expect(await pty.exit()).toBe(0);
      expect(sandbox.input.length).toBe(0);
    });
  }

  test("then d in one burst: what follows is not sent", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    pty.type(`a${LAP_KEY}dfollows\r`);
    expect(await pty.exit()).toBe(0);
    expect(sandbox.input.toString()).toBe("a");
  });

  test("then ] sends a literal Ctrl-]", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    pty.type(`a${LAP_KEY}]b`);
    await sandbox.received("a\x1db");
  });

  test("then i shows the connection and no token, and any key brings the screen back", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    sandbox.send("what was there\r\nprompt$ ");
    await pty.shows("prompt$");
    pty.type(`${LAP_KEY}i`);
    await pty.shows(`session     ${sandbox.session}`);
    await pty.shows(/round trip  \d+\.\d ms now, \d+\.\d ms p95/);
    await pty.shows(/bytes       \d+ B received, 0 B sent/);
    expect(pty.text()).not.toContain(sandbox.token);
    sandbox.send("more");
    pty.type("x");
    await pty.shows("prompt$ more");
    expect(pty.lines()[0]).toBe("what was there");
    expect(pty.screen()).not.toContain("session ");
    expect(sandbox.input.length).toBe(0);
  });

  test.each([
    ["the platform's address", "/tty?token=TOKEN-IN-QUERY", undefined],
    [
      "the fallback's",
      "http://box.ns.svc.cluster.local/tty",
      "ws://u:PASSWORD@HOST/tty?token=QUERY#F",
    ],
  ])("then i shows where the endpoint is and no secret in %s", async (_, ttyUrl, fallback) => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox({ ttyUrl });
    const env = { LAP_TTY_FALLBACK: fallback?.replace("HOST", sandbox.authority) };
    using pty = await join(home, sandbox, [], { env });
    pty.type(`${LAP_KEY}i`);
    await pty.shows("any key goes back");
    expect(pty.screen()).toMatch(new RegExp(`endpoint +ws://${sandbox.authority}/tty *$`, "m"));
  });

  test.each([
    ["i", 40, 12, /^ session\n [-\da-f]{36}\n endpoint[^]+\n any key goes back$/],
    ["k", 20, 4, /^ Stop this sessio…\n y stops it, any\n other key goes\n back$/],
  ])("then %s wraps what it says at %d columns", async (key, columns, rows, note) => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox, [], { columns, rows });
    pty.type(`${LAP_KEY}${key}`);
    await waitFor(
      () => note.test(pty.screen().replaceAll(/ +$/gm, "")),
      () => `the note; the screen shows:\n${pty.screen()}`,
    );
  });

  test("amid a sequence, a character and a saved cursor leaves all three whole", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    const note = async () => {
      pty.type(`${LAP_KEY}?`);
      await pty.shows("connection info");
      pty.type(" ");
      await waitFor(() => !pty.screen().includes("connection info"), "the note to go");
    };
    sandbox.send("\x1b[5;5Hsaved\x1b7\x1b[10;1Hstart \x1b[38;2;255");
    await pty.shows("start");
    await note();
    sandbox.send(Buffer.concat([Buffer.from(";0;0mred "), Buffer.from("é").subarray(0, 1)]));
    await pty.shows("start red");
    await note();
    sandbox.send(Buffer.concat([Buffer.from("é").subarray(1), Buffer.from("\x1b8 here")]));
    await pty.shows("    saved here");
    expect(pty.lines()[9]).toBe("start red é");
    const cell = pty.emulator.buffer.active.getLine(9)?.getCell(6);
    expect(cell?.getFgColor()).toBe(0xff0000);
  });

  test("then z amid a flood leaves no mode on in the shell", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const env = { HOME: home.path, PS1: "outer$ ", ...sandbox.login };
    using outer = new Pty(["/bin/bash", "--norc", "--noprofile", "-i"], { env });
    await outer.shows("outer$");
    outer.type(`${LAP} ${sandbox.agent}\r`);
    await waitFor(() => outer.text().includes(TAKEN_OVER), "lap to take the terminal over");
    sandbox.send("\x1b[?1049h\x1b[?1000h");
    const flood = sandbox.flood("flooding the screen\r\n".repeat(200), 1000);
    await outer.shows("flooding");
    outer.type(`${LAP_KEY}z`);
    await outer.shows("Stopped");
    expect(outer.emulator.buffer.active.type).toBe("normal");
    expect(outer.emulator.modes.mouseTrackingMode).toBe("none");
    outer.type("fg\r");
    await flood;
    outer.type("\x04");
    await outer.shows("detached");
  });

  test("then z keeps what the terminal still has to say from the shell, and fg brings lap back", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const env = { HOME: home.path, PS1: "outer$ ", ...sandbox.login };
    const shell = ["/bin/bash", "--norc", "--noprofile", "-i"];
    using outer = new Pty(shell, { env, answersAfter: 120 });
    await outer.shows("outer$");
    outer.type(`${LAP} ${sandbox.agent}\r`);
    await waitFor(() => outer.text().includes(TAKEN_OVER), "lap to take the terminal over");
    sandbox.send("\x1b[?1003h\x1b[?1006h\x1b[c\x1b[>casked");
    await outer.shows("asked");
    outer.type(`${LAP_KEY}z`);
    await waitFor(() => outer.text().includes("\x1b[?1003l"), "lap to give the terminal back");
    outer.type("\x1b[<35;10;10M");
    await outer.shows("Stopped");
    outer.type("echo clean\r");
    await outer.shows(/^clean$/m);
    expect(outer.screen()).not.toMatch(/\d+;\d+/);
    outer.type("fg\r");
    await waitFor(() => sandbox.control.length >= 3, "lap to come back");
    outer.type("typed");
    await sandbox.received("typed");
  });

  test("over a full-screen program asks the remote to repaint by a resize nudge", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    sandbox.send("\x1b[?1049h\x1b[2J\x1b[Hfull screen");
    await pty.shows("full screen");
    pty.type(`${LAP_KEY}?`);
    await pty.shows("connection info");
    pty.type(" ");
    await waitFor(() => sandbox.control.length >= 3, "the nudge");
    expect(sandbox.control.slice(1)).toEqual([
      { type: "resize", cols: 80, rows: 23 },
      { type: "resize", cols: 80, rows: 24 },
    ]);
  });

  test("then k stops the session after asking, and a word that it did", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    pty.type(`${LAP_KEY}k`);
    await pty.shows("Stop this session?");
    pty.type("n");
    await waitFor(() => !pty.screen().includes("Stop this session?"), "the question to go");
    expect(sandbox.deleted).toBe(false);
    pty.type(`${LAP_KEY}k`);
    await pty.shows("Stop this session?");
    pty.type("y");
    expect(await pty.exit()).toBe(0);
    expect(sandbox.deleted).toBe(true);
    expect(pty.screen()).toContain(`✓ session ${sandbox.session} is stopped`);
  });

  test.each([["\x04", []] as const, ["\x10\x11", ["--detach-keys", "ctrl-p,ctrl-q"]] as const])(
    "the detach keys %j lead out of its question, and nothing of them is sent",
    async (keys, flags) => {
      using home = new TemporaryHome();
      await using sandbox = new ScriptedSandbox();
      using pty = await join(home, sandbox, [...flags]);
      pty.type(`${LAP_KEY}k`);
      await pty.shows("Stop this session?");
      for (const key of keys) pty.type(key);
      expect(await pty.exit()).toBe(0);
      expect(pty.screen()).toContain("detached");
      expect(sandbox.input.length).toBe(0);
    },
  );

  for (const [name, key] of ENCODINGS) {
    test(`as ${name}, in a note, begins a command`, async () => {
      using home = new TemporaryHome();
      await using sandbox = new ScriptedSandbox();
      using pty = await join(home, sandbox);
      pty.type(`${LAP_KEY}i`);
      await pty.shows("session  ");
      pty.type(key);
      await waitFor(() => !pty.screen().includes("session  "), "the note to go");
      pty.type("k");
      await pty.shows("Stop this session?");
      pty.type(`${key}d`);
      expect(await pty.exit()).toBe(0);
      expect(pty.screen()).toContain("detached");
      expect(sandbox.input.length).toBe(0);
      expect(sandbox.deleted).toBe(false);
    });
  }

  for (const [name, key] of [
    ["Alt-]", "\x1b]"],
    ["Alt-[", "\x1b["],
    ["Alt-O", "\x1bO"],
    ["Alt-P", "\x1bP"],
    ["the Linux console's F1", "\x1b[[A"],
  ] as const) {
    test(`'s note goes with ${name}, and what is typed then is typed`, async () => {
      using home = new TemporaryHome();
      await using sandbox = new ScriptedSandbox();
      using pty = await join(home, sandbox);
      pty.type(`${LAP_KEY}i`);
      await pty.shows("session  ");
      pty.type(key);
      await waitFor(() => !pty.screen().includes("session  "), "the note to go");
      pty.type("0abc");
      await sandbox.received("0abc");
      expect(sandbox.input.toString()).toBe("0abc");
    });
  }

  test("held down is one key, and so is its command, where the terminal tells", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    pty.type("\x1b[93;5u\x1b[93;5:2u\x1b[93;5:2u\x1b[93;5:3u");
    pty.type("\x1b[105u\x1b[105;1:2u");
    await pty.shows("session  ");
    pty.type("\x1b[105;1:2u\x1b[105;1:3u");
    pty.type(" ");
    await waitFor(() => !pty.screen().includes("session  "), "the note to go");
    pty.type("x\x1b[121;1:2u");
    await sandbox.received("x\x1b[121;1:2u");
    expect(sandbox.input.toString()).toBe("x\x1b[121;1:2u");
  });

  test("'s note keeps clicks from the program behind it, and a paste takes it off", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    pty.type(`${LAP_KEY}i`);
    await pty.shows("session  ");
    pty.type("\x1b[<0;1;1M\x1b[I\x1b[<0;1;1m");
    await sandbox.received("\x1b[I");
    const paste = "\x1b[200~pasted\x1b[201~";
    pty.type(paste);
    await sandbox.received(`\x1b[I${paste}`);
    expect(sandbox.input.toString()).toBe(`\x1b[I${paste}`);
    expect(pty.screen()).not.toContain("session  ");
  });

  test("'s question is not answered by a paste, which is dropped", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox);
    pty.type(`${LAP_KEY}k`);
    await pty.shows("Stop this session?");
    pty.type("\x1b[200~y\x1b[201~");
    await waitFor(() => pty.text().endsWith("\x07"), "the bell");
    expect(pty.screen()).toContain("Stop this session?");
    pty.type("n");
    await waitFor(() => !pty.screen().includes("Stop this session?"), "the question to go");
    pty.type("x");
    await sandbox.received("x");
    expect(sandbox.deleted).toBe(false);
  });

  const STOPS: [name: string, stop: (outer: Pty) => void][] = [
    ["then z suspends lap", (outer) => outer.type(`${LAP_KEY}z`)],
    [
      "is not needed: SIGTSTP suspends lap",
      (outer) => process.kill(onlyChild(outer.process.pid), "SIGTSTP"),
    ],
  ];
  // Only Linux tells whose child lap is.
  const stops = process.platform === "linux" ? STOPS : STOPS.slice(0, 1);
  test.each(stops)("%s into the shell; fg returns and the new size is sent", async (_, stop) => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    const env = { HOME: home.path, PS1: "outer$ ", ...sandbox.login };
    using outer = new Pty(["/bin/bash", "--norc", "--noprofile", "-i"], { env });
    await outer.shows("outer$");
    outer.type(`${LAP} ${sandbox.agent}\r`);
    await sandbox.joined();
    sandbox.send("\x1b[?1049h\x1b[?2004h\x1b[?1000hremote screen");
    await outer.shows("remote screen");
    stop(outer);
    await outer.shows("Stopped");
    expect(outer.emulator.buffer.active.type).toBe("normal");
    expect(outer.emulator.modes.mouseTrackingMode).toBe("none");
    outer.resize(90, 30);
    outer.type("echo $((40 + 2)) in the shell\r");
    await outer.shows("42 in the shell");
    outer.type("fg\r");
    await waitFor(() => outer.emulator.buffer.active.type === "alternate", "the remote's screen");
    expect(outer.emulator.modes.bracketedPasteMode).toBe(true);
    await waitFor(() => {
      const last = sandbox.control.at(-1) as { cols: number; rows: number };
      return last.cols === 90 && last.rows === 30;
    }, "the new size");
    outer.type("after");
    await sandbox.received("after");
    outer.type("\x04");
    await outer.shows("detached");
  });

  test("works while the platform stands still, and lap leaves all the same", async () => {
    using home = new TemporaryHome();
    await using served = await ServedPlatform.start(home);
    using pty = lap(home, ["shell"], { env: served.login });
    await waitFor(() => pty.text().includes(TAKEN_OVER), "lap to join");
    served.stall();
    pty.type("typed into the void");
    pty.type(`${LAP_KEY}?`);
    await pty.shows("detach; the session lives on");
    pty.type(" ");
    pty.type(`${LAP_KEY}d`);
    expect(await pty.exit()).toBe(0);
    expect(pty.screen()).toContain("detached");
  });

  test("--escape-key none passes Ctrl-] on", async () => {
    using home = new TemporaryHome();
    await using sandbox = new ScriptedSandbox();
    using pty = await join(home, sandbox, ["--escape-key", "none"]);
    pty.type(`${LAP_KEY}d`);
    await sandbox.received("\x1dd");
    expect(pty.process.exitCode).toBeNull();
  });
});

test("Ctrl-] z where nobody controls jobs: lap takes the terminal back and goes on", async () => {
  using home = new TemporaryHome();
  await using sandbox = new ScriptedSandbox();
  using pty = await join(home, sandbox);
  pty.type(`${LAP_KEY}z`);
  // The repaint that is asked for on coming back.
  await waitFor(() => sandbox.control.length >= 3, "lap to come back");
  pty.type("\x1b[Aafter\x04");
  expect(await pty.exit()).toBe(0);
  expect(sandbox.input.toString()).toBe("\x1b[Aafter");
});
