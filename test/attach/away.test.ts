import { describe, expect, test } from "bun:test";
import type { AttachEnd } from "../../src/attach/session.ts";
import { EXIT, LapError } from "../../src/errors.ts";
import { settled } from "../support/clock.ts";
import { Stage, type StageOptions } from "../support/stage.ts";
import { Secret } from "../../src/net/secret.ts";

const LAP_KEY = "\x1d";
const BELL = "\x07";
const LOST = "connection lost";
const PASTE = "\x1b[200~";
const PASTE_END = "\x1b[201~";

/** An attachment whose connection has just been lost, with nothing to remember of before. */
async function away(options: StageOptions = {}, said = "$ "): Promise<Stage> {
  const stage = await Stage.joined({ reconnect: true, ...options });
  stage.say(said);
  await stage.clock.advance(1_000);
  await stage.lose();
  return stage;
}

/** What the newest connection was sent, in order. */
function sent(stage: Stage): string[] {
  return stage.sandbox.connection.events;
}

describe("a connection that comes back", () => {
  test("is sent the size first, though the window did not change", async () => {
    const stage = await away();
    stage.type("x");
    await stage.comeBack();
    stage.say("screen");
    expect(sent(stage)).toEqual(["size 80x24", "input x"]);
  });

  test("is sent the size that the window got meanwhile", async () => {
    const stage = await away();
    stage.terminal.dimensions = { columns: 120, rows: 40 };
    stage.terminal.listeners?.onResize();
    await stage.comeBack();
    expect(sent(stage)[0]).toBe("size 120x40");
  });

  test("takes the line off with the remote's first word, and not before", async () => {
    const stage = await away();
    expect(stage.screen).toContain(`${LOST}, next try in 1 s`);
    stage.forget();
    stage.sandbox.appear();
    await stage.clock.advance(1_000);
    expect(stage.screen).not.toContain("\x1b[23;0t");
    stage.forget();
    stage.say("$ ");
    // Off with the line; the title; what was on goes up and out of the way.
    expect(stage.screen).toStartWith("\r\x1b[2K\x1b]2;lap\x07\x1b[23;0t");
    expect(stage.screen).toEndWith(`\x1b[24;1H${"\n".repeat(24)}\x1b[H$ `);
    stage.forget();
    stage.say("more");
    expect(stage.screen).toBe("more");
  });

  test("undoes what the lost one left on, before the remote's first word", async () => {
    const stage = await away({}, "\x1b[?1049h\x1b[?1000h\x1b[?2004hfull screen");
    await stage.comeBack();
    stage.forget();
    stage.say("\x1b[?1049hfull screen");
    for (const off of ["\x1b[?1000l", "\x1b[?2004l", "\x1b[?1049l"]) {
      expect(stage.screen).toContain(off);
      expect(stage.screen.indexOf(off)).toBeLessThan(stage.screen.indexOf("\x1b[?1049hfull"));
    }
  });

  test("takes the line off by itself where the remote stays silent", async () => {
    const stage = await away();
    stage.sandbox.appear();
    await stage.clock.advance(1_000);
    stage.forget();
    await stage.clock.advance(3_000);
    expect(stage.screen).toBe("\r\x1b[2K\x1b]2;lap\x07\x1b[23;0t");
  });

  test("has the line blanked on a full screen that nobody paints for who only looks on", async () => {
    const stage = await away({ readOnly: true }, "\x1b[?1049hfull screen");
    stage.sandbox.appear();
    await stage.clock.advance(1_000);
    stage.forget();
    await stage.clock.advance(3_000);
    expect(stage.screen).toContain("\x1b[1;1H\x1b[2K\x1b8");
    expect(sent(stage)).toEqual([]);
  });

  test("starts in no sequence that the lost one was cut off in", async () => {
    const stage = await away({}, "text\x1b[38;2;1");
    expect(stage.events.find((event) => event.includes("\\u0018"))).toBe(
      'screen "\\u0018\\u001b\\\\"',
    );
    await stage.comeBack();
    stage.forget();
    stage.say("1;2mx");
    expect(stage.screen).toEndWith("1;2mx");
    expect(stage.screen).not.toContain("\x1b[38");
  });

  test("shows nothing of what the lost one said behind a note", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.type(`${LAP_KEY}?`);
    stage.say("old");
    stage.sandbox.connection.end();
    await settled();
    stage.say("new");
    stage.type("q");
    expect(stage.screen).toContain("new");
    expect(stage.screen).not.toContain("old");
  });

  test("ends with the reason where the session is gone, the terminal restored", async () => {
    const stage = await away();
    const gone = new LapError("session id is gone", { exitCode: EXIT.lost });
    stage.sandbox.whereabouts = () => {
      throw gone;
    };
    await stage.clock.advance(1_000);
    expect(await stage.attached).toEqual({ kind: "failed", error: gone, unsent: 0 });
    expect(stage.events.at(-1)).toBe("restored");
    const all = stage.screen;
    expect(all.split("\x1b[22;0t")).toHaveLength(all.split("\x1b[23;0t").length);
  });

  // Only who detached was told how much of it there was.
  test("ends with what was typed and not sent where the session is gone", async () => {
    const stage = await away();
    stage.type("ls");
    stage.sandbox.whereabouts = () => {
      throw new LapError("session id is gone", { exitCode: EXIT.lost });
    };
    await stage.clock.advance(1_000);
    expect(await stage.attached).toMatchObject({ kind: "failed", unsent: 2 });
  });

  test("ends with what was typed and not sent where each is closed at once", async () => {
    const stage = await away();
    let end: AttachEnd | undefined;
    void stage.attached.then((told) => (end = told));
    while (!end) {
      stage.type("ls\n");
      await stage.comeBack();
      stage.sandbox.connection.end(1013);
      await settled();
    }
    expect(end).toMatchObject({ kind: "closed", repeated: true });
    // Those lines that are not too old by then.
    expect(end.kind === "closed" && end.unsent).toBeGreaterThan(0);
  });
});

describe("Enter while away", () => {
  test("tries at once, and is not typed", async () => {
    const stage = await away();
    await stage.clock.advance(10_000);
    stage.sandbox.appear();
    stage.type("\r");
    await settled();
    stage.say("screen");
    expect(sent(stage)).toEqual(["size 80x24"]);
  });

  test("ends the line that was typed, and again only means that", async () => {
    const stage = await away();
    await stage.clock.advance(10_000);
    stage.type("l");
    stage.type("s");
    for (const key of ["\r", "\r", "\r"]) stage.type(key);
    await stage.comeBack();
    stage.say("screen");
    expect(stage.sandbox.connection.input).toBe("ls\r");
  });

  test("tries at once for who only looks on, too", async () => {
    const stage = await away({ readOnly: true });
    await stage.clock.advance(10_000);
    stage.sandbox.appear();
    stage.type("x\r");
    await settled();
    expect(stage.sandbox.connections).toHaveLength(2);
    stage.say("screen");
    await stage.clock.advance(1_000);
    expect(sent(stage)).toEqual([]);
  });
});

describe("what is typed while away", () => {
  test("is counted on the line, and sent in order and once", async () => {
    const stage = await away();
    stage.forget();
    stage.type("ab");
    stage.type("c");
    expect(stage.screen).toContain("2 B kept");
    expect(stage.screen).toContain("3 B kept");
    await stage.comeBack();
    stage.say("screen");
    await stage.lose();
    await stage.comeBack();
    stage.say("screen");
    expect(stage.sandbox.connections.map(({ input }) => input)).toEqual(["", "abc", ""]);
  });

  test("goes when it is too old, with a bell and a word", async () => {
    const stage = await away();
    stage.type("old");
    stage.forget();
    await stage.clock.advance(30_000);
    expect(stage.screen).toContain(BELL);
    expect(stage.screen).toContain("3 B dropped");
    await stage.comeBack();
    stage.say("screen");
    expect(stage.sandbox.connection.input).toBe("");
  });

  test("by the terminal itself is not kept: clicks, moves, focus, answers", async () => {
    const stage = await away();
    stage.type("a\x1b[<0;10;10M\x1b[<35;11;10Mb\x1b[I\x1b[?62;22cc");
    stage.type("\x1b[<0;10;10m");
    await stage.comeBack();
    stage.say("screen");
    expect(stage.sandbox.connection.input).toBe("abc");
  });

  test.each([
    ["a move of the mouse", ["\x1b[<35;10", ";20M"]],
    ["a colour", ["\x1b]11;rgb:ffff/", "ffff/ffff\x1b", "\\"]],
  ])("by the terminal itself is not kept where a read cuts it either: %s", async (_, reads) => {
    const stage = await away();
    await stage.clock.advance(10_000);
    for (const bytes of ["a", ...reads, "b"]) stage.type(bytes);
    await stage.comeBack();
    stage.say("screen");
    expect(stage.sandbox.connection.input).toBe("ab");
  });

  test("keeps a key that a read cuts", async () => {
    const stage = await away();
    stage.type("\x1bO");
    stage.type("A");
    await stage.comeBack();
    stage.say("screen");
    expect(stage.sandbox.connection.input).toBe("\x1bOA");
  });

  test("is not run where the start of its line was too old", async () => {
    const stage = await away();
    stage.type("echo ");
    await stage.clock.advance(20_000);
    stage.type("rm -rf x");
    await stage.clock.advance(12_000);
    stage.type("\r");
    expect(stage.screen).toContain("13 B dropped");
    stage.type("ls\r");
    await stage.comeBack();
    stage.say("screen");
    expect(stage.sandbox.connection.input).toBe("ls\r");
  });

  test("goes key by key to a full-screen program", async () => {
    const stage = await away({}, "\x1b[?1049hfull screen");
    stage.type("jjj");
    await stage.clock.advance(20_000);
    stage.type("dd");
    await stage.clock.advance(12_000);
    stage.type("x");
    await stage.comeBack();
    stage.say("\x1b[?1049hscreen");
    expect(stage.sandbox.connection.input).toBe("ddx");
  });

  test("and what the terminal said into a silent link: only the keys wait for the next one", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say("$ ");
    stage.sandbox.connection.answers = false;
    stage.type("a");
    await stage.clock.advance(1_250);
    stage.type("b\x1b[<35;10;20Mc");
    await stage.lose();
    await stage.comeBack();
    stage.say("$ ");
    expect(stage.sandbox.connection.input).toBe("bc");
  });

  test("into a silent link: an Enter that may end a lost line is not sent, but counted", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say("$ ");
    stage.sandbox.connection.answers = false;
    stage.type("ls");
    await stage.clock.advance(1_250);
    stage.type("\r");
    await stage.lose();
    expect(stage.screen).toContain("1 B dropped");
    await stage.comeBack();
    stage.say("$ ");
    expect(stage.sandbox.connection.input).toBe("");
  });

  test("before a connection that came back is ready, goes to the next one as if typed behind it", async () => {
    const stage = await away();
    stage.type("a");
    await stage.comeBack();
    stage.type("b\x1b[<35;10;20Mc");
    stage.type(`${PASTE}one${PASTE_END}`);
    stage.forget();
    await stage.lose();
    expect(stage.screen).toContain("You pasted 3 B while the connection is down.");
    stage.type("n");
    await stage.comeBack();
    stage.say("$ ");
    expect(stage.sandbox.connection.input).toBe("abc");
  });

  test("keeps its arrows and its Escape", async () => {
    const stage = await away();
    stage.type("a\x1b[D\x1bOCb\x1b");
    await stage.clock.advance(100);
    await stage.comeBack();
    stage.say("screen");
    expect(stage.sandbox.connection.input).toBe("a\x1b[D\x1bOCb\x1b");
  });

  test("is told as unsent where the person detaches", async () => {
    const stage = await away();
    stage.type("hello\x04");
    expect(await stage.attached).toEqual({ kind: "detached", unsent: 5 });
    expect(stage.events.at(-1)).toBe("restored");
  });
});

describe("a paste made while away", () => {
  const paste = `${PASTE}one\rtwo${PASTE_END}`;

  test("is asked about, and sent behind what was typed before it", async () => {
    const stage = await away();
    stage.type("a");
    stage.forget();
    stage.type(paste);
    expect(stage.screen).toContain("You pasted 7 B while the connection is down.");
    stage.type("y");
    stage.type("b");
    await stage.comeBack();
    stage.say("screen");
    expect(stage.sandbox.connection.input).toBe(`a${paste}b`);
  });

  test("is asked about before the lap key itself goes, which was typed behind it", async () => {
    const stage = await away();
    stage.type("a");
    stage.type(paste);
    stage.type(`${LAP_KEY}]`);
    stage.type("y");
    stage.type("b");
    await stage.comeBack();
    stage.say("screen");
    expect(stage.sandbox.connection.input).toBe(`a${paste}${LAP_KEY}b`);
  });

  for (const key of ["n", "N"]) {
    test(`is dropped with ${JSON.stringify(key)}, which is not typed, with a bell and a word`, async () => {
      const stage = await away();
      stage.type(paste);
      stage.forget();
      stage.type(key);
      expect(stage.screen).toContain(BELL);
      expect(stage.screen).toContain("19 B dropped");
      stage.type("b");
      await stage.comeBack();
      stage.say("screen");
      expect(stage.sandbox.connection.input).toBe("b");
    });
  }

  test("that was asked about is sent though the connection came back before the answer", async () => {
    const stage = await away();
    stage.type(paste);
    await stage.comeBack();
    stage.type("y");
    stage.say("screen");
    expect(stage.sandbox.connection.input).toBe(paste);
  });

  for (const key of ["\r", "\x1b[A", "x"]) {
    test(`is not answered by ${JSON.stringify(key)}`, async () => {
      const stage = await away();
      stage.type(paste);
      stage.forget();
      stage.type(key);
      expect(stage.screen).toBe(BELL);
      stage.type("y");
      await stage.comeBack();
      stage.say("screen");
      expect(stage.sandbox.connection.input).toBe(paste);
    });
  }

  test("keeps its place among what is typed in one read, and each is asked about", async () => {
    const stage = await away();
    const second = `${PASTE}second${PASTE_END}`;
    stage.type(`a${paste}b${second}c`);
    stage.type("y");
    expect(stage.screen).toContain("You pasted 6 B");
    stage.type("y");
    await stage.comeBack();
    stage.say("screen");
    expect(stage.sandbox.connection.input).toBe(`a${paste}b${second}c`);
  });

  test("is told as unsent where the session ends before it is answered", async () => {
    const stage = await away();
    stage.type(paste);
    stage.sandbox.whereabouts = () => {
      throw new LapError("session id is gone");
    };
    await stage.clock.advance(1_000);
    expect(await stage.attached).toMatchObject({ kind: "failed", unsent: paste.length });
  });

  test("does not keep Ctrl-D from detaching, which counts all that was not sent", async () => {
    const stage = await away();
    stage.type("a");
    stage.type(`${paste}bc`);
    stage.type("\x04");
    const unsent = 1 + paste.length + 2;
    expect(await stage.attached).toMatchObject({ kind: "detached", unsent });
  });

  test("that there is no room for is dropped at once, with a bell and a word", async () => {
    const stage = await away();
    const big = `${PASTE}${"x".repeat(70 * 1024)}${PASTE_END}`;
    stage.forget();
    stage.type(big);
    expect(stage.screen).toContain(BELL);
    expect(stage.screen).toContain("70.0 KiB dropped");
    expect(stage.screen).not.toContain("You pasted");
    await stage.comeBack();
    stage.say("screen");
    expect(stage.sandbox.connection.input).toBe("");
  });

  test("into a silent link is asked about once that is lost, in its place", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say("$ ");
    stage.sandbox.connection.answers = false;
    stage.type("a");
    await stage.clock.advance(1_250);
    for (const typed of ["b", paste, "c"]) stage.type(typed);
    await stage.lose();
    expect(stage.screen).toContain("You pasted 7 B while the connection is down.");
    stage.type("y");
    await stage.comeBack();
    stage.say("$ ");
    expect(stage.sandbox.connection.input).toBe(`b${paste}c`);
  });

  test("that was agreed to is not asked about again where the next connection is lost at once", async () => {
    const stage = await away();
    stage.type(paste);
    stage.type("y");
    await stage.comeBack();
    stage.forget();
    await stage.lose();
    await stage.comeBack();
    stage.say("screen");
    expect(stage.screen).not.toContain("You pasted");
    expect(stage.sandbox.connection.input).toBe(paste);
  });

  test("by who only looks on is nothing", async () => {
    const stage = await away({ readOnly: true });
    stage.forget();
    stage.type(paste);
    expect(stage.screen).toBe("");
  });

  test("leaves the line where it was", async () => {
    const stage = await away();
    stage.type(paste);
    stage.forget();
    stage.type("n");
    expect(stage.screen).toContain(LOST);
  });
});

describe("a paste of more than 1 MiB", () => {
  const MIB = "echo x\r".repeat(160 * 1024);
  const parts = [`${PASTE}${MIB}`, MIB, "echo y\r", `echo z\r${PASTE_END}`];
  const kib = (part: string) => part.length / 1024;

  test("made while away is dropped as one, with no question, and its parts are not typed", async () => {
    const stage = await away();
    stage.forget();
    for (const part of parts) stage.type(part);
    expect(stage.screen).not.toContain("You pasted");
    expect(stage.terminal.written.filter((text) => text === BELL)).toHaveLength(2);
    expect(stage.screen).toContain(`${(kib(parts.join("")) / 1024).toFixed(1)} MiB dropped`);
    stage.type("x");
    await stage.comeBack();
    stage.say("$ ");
    expect(stage.sandbox.connection.input).toBe("x");
  });

  for (const [when, until] of [
    ["behind which the connection is lost", 4],
    ["that goes on when there is a new one", 1],
    ["that ends when there is a new one", 3],
  ] as const) {
    test(`${when} is ended there, and its rest does not follow`, async () => {
      const stage = await Stage.joined({ reconnect: true });
      stage.say("$ ");
      stage.type(parts[0]!);
      stage.type(parts[1]!);
      await stage.lose();
      for (const part of parts.slice(2, until)) stage.type(part);
      await stage.clock.advance(60_000);
      stage.type("\r");
      await stage.comeBack();
      for (const part of parts.slice(Math.max(2, until))) stage.type(part);
      stage.type("x");
      stage.say("$ ");
      const [first, second] = stage.sandbox.connections;
      expect(first?.input).toBe(`${PASTE}${MIB}${MIB}`);
      expect(second?.input).toBe(`${PASTE_END}x`);
    });
  }

  test("into a silent link goes on at once, and no part of it is typed once that is lost", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say("$ ");
    stage.sandbox.connection.answers = false;
    stage.type("a");
    await stage.clock.advance(1_250);
    for (const part of parts.slice(0, 3)) stage.type(part);
    await stage.lose();
    stage.type(parts[3]!);
    stage.type("x");
    await stage.comeBack();
    stage.say("$ ");
    const [first, second] = stage.sandbox.connections;
    expect(first?.input).toBe(`a${parts.slice(0, 3).join("")}`);
    expect(second?.input).toBe(`${PASTE_END}x`);
  });

  test("that stalls in a silent link is not asked about, and ended once that is lost", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say("$ ");
    stage.sandbox.connection.answers = false;
    stage.type("a");
    await stage.clock.advance(1_250);
    stage.type(`${PASTE}one`);
    await stage.clock.advance(5_000);
    await stage.lose();
    expect(stage.screen).not.toContain("You pasted");
    await stage.comeBack();
    stage.say("$ ");
    const [first, second] = stage.sandbox.connections;
    expect([first?.input, second?.input]).toEqual([`a${PASTE}one`, PASTE_END]);
  });

  test("goes in parts while all is well", async () => {
    const stage = await Stage.joined({ reconnect: true });
    for (const part of parts) stage.type(part);
    await stage.lose();
    await stage.comeBack();
    stage.say("$ ");
    expect(stage.sandbox.connections.map(({ input }) => input)).toEqual([parts.join(""), ""]);
  });
});

describe("the lap key while away", () => {
  test("shows what is known of the connection, and the line comes back behind it", async () => {
    const stage = await away();
    stage.forget();
    stage.type(`${LAP_KEY}i`);
    expect(stage.screen).toContain("(connection lost)");
    stage.forget();
    await stage.clock.advance(300);
    // Only the title goes on.
    expect(stage.screen).not.toContain("\x1b[7m");
    stage.type("q");
    expect(stage.screen).toContain(`\x1b[7m ${LOST}`);
  });

  test("shows it in the title to who only looks on at a full screen, until a key or the link is back", async () => {
    const stage = await away({ readOnly: true }, "\x1b[?1049hfull screen");
    stage.type("\x1di");
    stage.forget();
    await stage.clock.advance(3_000);
    expect(stage.screen).not.toContain("\x1b]2;lap: ");
    stage.type("q");
    expect(stage.screen).toContain("\x1b]2;lap: connection lost");
    stage.type("\x1di");
    stage.forget();
    await stage.comeBack();
    stage.say("\x1b[?1049hagain");
    // The note's, and the lost connection's beneath it.
    expect(stage.screen.split("\x1b[23;0t")).toHaveLength(3);
    expect(stage.screen).toEndWith("again");
  });

  test("detaches", async () => {
    const stage = await away();
    stage.type(`x${LAP_KEY}d`);
    expect(await stage.attached).toEqual({ kind: "detached", unsent: 1 });
  });

  test("stops the session", async () => {
    const stage = await away({ stop: async () => undefined });
    stage.type(`${LAP_KEY}k`);
    stage.type("y");
    expect(await stage.attached).toEqual({ kind: "stopped" });
  });

  test("suspends lap, which tries at once when it goes on", async () => {
    const stage = await away();
    await stage.clock.advance(10_000);
    stage.type(`${LAP_KEY}z`);
    await settled();
    expect(stage.events).toContain("suspended");
    stage.sandbox.appear();
    stage.terminal.listeners?.onContinue();
    await settled();
    expect(stage.sandbox.connections).toHaveLength(2);
  });

  test("suspends lap, and leaves neither line nor title in the shell", async () => {
    const stage = await away();
    await stage.clock.advance(10_000);
    stage.forget();
    stage.type(`${LAP_KEY}z`);
    await settled();
    // The line is erased, and both titles that lap had saved come back.
    expect(stage.screen).toStartWith("\r\x1b[2K");
    expect(stage.screen.split("\x1b[23;0t")).toHaveLength(3);
    stage.forget();
    await stage.clock.advance(2_000);
    expect(stage.screen).toBe("");
    stage.terminal.listeners?.onContinue();
    expect(stage.screen.split("\x1b[22;0t")).toHaveLength(3);
    expect(stage.screen).toContain(`\x1b[7m ${LOST}`);
  });

  test("shows a note over a program that is gone, and blanks all lines that it took", async () => {
    const stage = await away({}, "\x1b[?1049hprogram");
    stage.terminal.dimensions = { columns: 24, rows: 10 };
    stage.type(`${LAP_KEY}k`);
    expect(stage.screen).toContain("\x1b[6;1H\x1b[2K\x1b[7m key goes back \x1b[27m");
    stage.forget();
    stage.type("n");
    for (const row of [1, 2, 3, 4, 5, 6]) expect(stage.screen).toContain(`\x1b[${row};1H\x1b[2K`);
    expect(stage.screen).not.toContain("\x1b[7;1H");
  });

  test("may still show a note when the link is back: what is painted behind it waits", async () => {
    const stage = await away({}, "\x1b[?1000h\x1b[31m$ ");
    stage.type(`${LAP_KEY}i`);
    await stage.comeBack();
    stage.say("painted");
    await stage.clock.advance(10_000);
    expect(stage.screen).not.toContain("painted");
    stage.forget();
    stage.type("q");
    // The line goes, and the dead program's modes, before the new one's screen.
    const places = ["\r\x1b[2K", "\x1b[?1000l", "painted"].map((text) =>
      stage.screen.indexOf(text),
    );
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  test("may show a note amid a sequence that the lost connection never ends", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say("\x1b]0;half a ti");
    stage.type(`${LAP_KEY}i`);
    await stage.lose();
    stage.forget();
    stage.type("q");
    const places = ["\x1b]0;half a ti", "\x18", LOST].map((text) => stage.screen.indexOf(text));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  test("behind a note that outlasts the loss draws no line, and leaves the screen as it was", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say("$ half typed");
    stage.type(`${LAP_KEY}i`);
    await stage.lose();
    await stage.comeBack();
    stage.forget();
    stage.type("q");
    await stage.clock.advance(10_000);
    expect(stage.screen).not.toContain(LOST);
    expect(stage.screen).not.toContain("\x1b[2K");
    stage.forget();
    // Of the new connection nothing has come, and what stands there is the old one's still.
    await stage.lose();
    expect(stage.screen).toContain(`\r\n\x1b[2K\x1b[7m ${LOST}`);
    stage.forget();
    stage.type("\x04");
    await stage.attached;
    expect(stage.screen).not.toContain("\n");
  });

  test("gives a new connection its time to paint once what it says can be heard", async () => {
    const stage = await away({}, "\x1b[?1000h$ ");
    stage.type(`${LAP_KEY}i`);
    await stage.comeBack();
    await stage.clock.advance(2_800);
    stage.type("q");
    await stage.clock.advance(300);
    stage.forget();
    stage.say("painted");
    expect(stage.screen).toContain("\x1b[?1000l");
  });

  test("names the place of the newest connection", async () => {
    const stage = await away();
    const endpoint = { url: "ws://another/tty", token: new Secret("secret") };
    stage.sandbox.whereabouts = () => ({ kind: "ready", endpoint });
    await stage.comeBack();
    stage.forget();
    stage.type(`${LAP_KEY}i`);
    expect(stage.screen).toContain("ws://another/tty");
    expect(stage.screen).toContain("reconnects  1");
  });
});

describe("a link that falls silent", () => {
  test("says what may be lost", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say("$ ");
    await stage.clock.advance(1_000);
    stage.sandbox.connection.answers = false;
    stage.sandbox.vanish();
    stage.type("make\r");
    stage.terminal.dimensions = { columns: 200, rows: 24 };
    await stage.clock.advance(11_000);
    expect(stage.screen).toContain("5 B lost?");
    await stage.comeBack();
    stage.say("$ ");
    expect(stage.sandbox.connections.map(({ input }) => input)).toEqual(["make\r", ""]);
  });

  describe("tells, where it is left, what may be lost with it", () => {
    async function silent(): Promise<Stage> {
      const stage = await Stage.joined({ reconnect: true });
      stage.say("$ ");
      await stage.clock.advance(1_000);
      stage.sandbox.connection.answers = false;
      stage.type("make\r");
      return stage;
    }

    test("before it is lost", async () => {
      const stage = await silent();
      await stage.clock.advance(1_250);
      stage.type("ls\x04");
      const end = { kind: "detached", uncertain: 5, unsent: 2 };
      expect(await stage.attached).toMatchObject(end);
    });

    test("and behind that, until there is a new one", async () => {
      const stage = await silent();
      await stage.lose();
      stage.type("ls\x04");
      expect(await stage.attached).toMatchObject({ kind: "detached", uncertain: 5, unsent: 2 });
      const other = await silent();
      await other.lose();
      await other.comeBack();
      other.say("$ ");
      other.type("\x04");
      expect(await other.attached).toEqual({ kind: "detached", unsent: 0 });
    });

    test("but not where it answers, however much is on its way", async () => {
      const stage = await Stage.joined({ reconnect: true });
      stage.say("$ ");
      stage.type("make\r\x04");
      expect(await stage.attached).toEqual({ kind: "detached", unsent: 0 });
    });
  });

  test("is noticed within 5 s after the machine slept, or lap was stopped and goes on", async () => {
    for (const wake of [
      (stage: Stage) => stage.clock.jump(3_600_000),
      (stage: Stage) => stage.terminal.listeners?.onContinue(),
    ]) {
      const stage = await Stage.joined({ reconnect: true });
      stage.say("$ ");
      await stage.clock.advance(1_000);
      stage.sandbox.connection.answers = false;
      wake(stage);
      await stage.clock.advance(5_000);
      expect(stage.sandbox.connections).toHaveLength(2);
    }
  });
});

describe("the remark before the end of a quiet session", () => {
  const MINUTE = 60_000;
  const REMARK = "Nothing comes or goes: the platform ends this session at ";
  /** Until the remark is shown. */
  async function quiet(
    options: StageOptions = {},
    said = "",
  ): Promise<Stage & { bumps: number[] }> {
    const bumps: number[] = [];
    let stage: Stage | undefined;
    const bump = async () => void bumps.push((stage?.clock.now() ?? 0) / MINUTE);
    stage = await Stage.joined({
      warmth: { idleTimeoutMs: 15 * MINUTE, bump },
      ...options,
    });
    if (said) stage.say(said);
    // What is said keeps the session for one third of its time more.
    await stage.clock.advance((said ? 18 : 13) * MINUTE);
    return Object.assign(stage, { bumps });
  }

  test("comes with a bell", async () => {
    const stage = await quiet();
    for (const part of [REMARK, " any key keeps it ", BELL]) expect(stage.screen).toContain(part);
    expect(stage.bumps).toEqual([0]);
  });

  test.each([
    ["a key", (stage: Stage) => stage.type("q")],
    ["output", (stage: Stage) => stage.say("done")],
  ])(
    "stands in the title for who only looks on at a full screen, until there is %s",
    async (_, act) => {
      const stage = await quiet({ readOnly: true }, "\x1b[?1049hfull screen");
      expect(stage.screen).toContain(`${BELL}\x1b[22;0t\x1b]2;${REMARK}`);
      expect(stage.terminal.written.join("").split(`${BELL}${BELL}`)).toHaveLength(1);
      stage.forget();
      const bumps = stage.bumps.length;
      act(stage);
      expect(stage.screen).toStartWith("\x1b]2;lap\x07\x1b[23;0t");
      expect(stage.bumps).toHaveLength(bumps + 1);
    },
  );

  test("over another note in the title leaves the person's own there", async () => {
    const stage = await quiet({ readOnly: true }, "\x1b[?1049hfull screen");
    stage.type("q");
    stage.forget();
    stage.type("\x1di");
    await stage.clock.advance(18 * MINUTE);
    expect(stage.screen).toContain(REMARK);
    stage.type("q");
    const count = (text: string) => stage.screen.split(text).length - 1;
    expect(count("\x1b[22;0t")).toBe(2);
    expect(count("\x1b[23;0t")).toBe(2);
  });

  test("goes by a key, which keeps the session and is not typed", async () => {
    const stage = await quiet();
    stage.forget();
    stage.type("q");
    expect(stage.screen).toContain("\x1b[?1049l");
    expect(stage.sandbox.connection.input).toBe("");
    expect(stage.bumps).toEqual([0, 13]);
    stage.type("x");
    expect(stage.sandbox.connection.input).toBe("x");
  });

  test("goes by output, which is shown at once, and the next key is typed", async () => {
    const stage = await quiet();
    stage.forget();
    stage.terminal.listeners?.onWritten();
    stage.say("done");
    expect(stage.screen).toEndWith("\x1b[?25hdone");
    stage.type("y");
    expect(stage.sandbox.connection.input).toBe("y");
    expect(stage.events).not.toContain("pause");
    expect(stage.bumps).toEqual([0, 13]);
  });

  test("goes with the connection", async () => {
    const stage = await quiet({ reconnect: true });
    stage.forget();
    await stage.lose();
    expect(stage.screen.indexOf("\x1b[?1049l")).toBeLessThan(stage.screen.indexOf(LOST));
    expect(stage.screen).toContain("\x1b[?1049l");
    stage.type("x");
    await stage.comeBack();
    stage.say("screen");
    expect(stage.sandbox.connection.input).toBe("x");
  });

  test("goes by the detach key too, which detaches after that", async () => {
    const stage = await quiet();
    stage.type("\x04");
    stage.type("\x04");
    expect(await stage.attached).toMatchObject({ kind: "detached", unsent: 0 });
  });

  test("is but a bell where something else of lap's is shown, or the connection is lost", async () => {
    for (const cover of [
      (stage: Stage) => stage.type(`${LAP_KEY}?`),
      (stage: Stage) => stage.lose(),
    ]) {
      const bump = async () => {};
      const stage = await Stage.joined({
        reconnect: true,
        warmth: { idleTimeoutMs: 15 * MINUTE, bump },
      });
      await stage.clock.advance(11 * MINUTE);
      await cover(stage);
      stage.forget();
      await stage.clock.advance(20 * MINUTE);
      expect(stage.terminal.written).toContain(BELL);
      expect(stage.screen).not.toContain(REMARK);
    }
  });
});

test("a session that was come back to is told of at once: what was told meanwhile may be lost", async () => {
  const told: string[] = [];
  const bump = async () => void told.push("told");
  const stage = await away({ warmth: { idleTimeoutMs: 900_000, bump } });
  await stage.clock.advance(10_000);
  expect(told).toHaveLength(1);
  await stage.comeBack();
  expect(told).toHaveLength(2);
});

describe("how long a session that is left lives", () => {
  test("is told from its last bump", async () => {
    const stage = await Stage.joined({ warmth: { idleTimeoutMs: 900_000 } });
    await stage.clock.advance(60_000);
    stage.type("\x04");
    expect(await stage.attached).toEqual({ kind: "detached", livesMs: 840_000, unsent: 0 });
  });

  test("is told as well where the sandbox's own tmux was told to detach", async () => {
    const stage = await Stage.joined({ warmth: { idleTimeoutMs: 900_000 }, reconnect: true });
    stage.say("[detached (from session lap)]\r\n[bridge] process exited (code=0)\r\n");
    stage.sandbox.connection.end(1005);
    expect(await stage.attached).toEqual({ kind: "detached", livesMs: 900_000, unsent: 0 });
  });
});
