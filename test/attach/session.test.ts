import { describe, expect, test } from "bun:test";
import { Interrupted } from "../../src/errors.ts";
import { settled } from "../support/clock.ts";
import { Stage } from "../support/stage.ts";

describe("an attachment", () => {
  test("sends the size first, goes raw once connected, and restores before it returns", async () => {
    const it = await Stage.joined();
    it.type("x\x04");
    expect(await it.attached).toEqual({ kind: "detached", unsent: 0 });
    expect(it.events.slice(0, 3)).toEqual(["connected", "size 80x24", "raw"]);
    expect(it.events.slice(-4)).toEqual([
      "input x",
      "disconnected",
      'screen "\\u001b[23;0t"',
      "restored",
    ]);
  });

  // It said nothing of half a paste.
  test("says what a connection that stalls did not take in time", async () => {
    const it = await Stage.joined();
    it.sandbox.connection.buffered = 100;
    it.type("\x04");
    expect(await it.attached).toEqual({ kind: "detached", unsent: 100 });
    expect(it.events.at(-1)).toBe("restored");
  });

  test.each([
    ["Ctrl-D", (it: Stage) => it.type("\x04")],
    ["a signal", (it: Stage) => it.signal.abort(new Interrupted("SIGTERM"))],
  ])("takes a note off the screen where %s ends it in one", async (_, end) => {
    const it = await Stage.joined();
    it.say("$ ");
    it.type("\x1di");
    it.forget();
    end(it);
    await it.attached.catch(() => {});
    expect(it.screen).toStartWith("\x1b[2J\x1b8\x1b[?1049l\x1b[?25h");
  });

  test("takes a note off before the last words that came behind it, which are kept", async () => {
    const it = await Stage.joined();
    it.type("\x1di");
    it.say("last words");
    it.forget();
    it.sandbox.connection.end(1005);
    await it.attached;
    expect(it.screen).toStartWith("\x1b[2J\x1b8\x1b[?1049l\x1b[?25hlast words\r\n");
  });

  test.each([
    ["as they come", ["\x1b[?62;22c"]],
    ["in two halves, the second of which looks like keys", ["\x1b[?62;", "22c"]],
  ])("waits for no device attributes that the terminal has sent, %s", async (_, reads) => {
    const it = await Stage.joined();
    it.say("\x1b[c");
    for (const read of reads) {
      it.type(read);
      await it.clock.advance(30);
    }
    it.type("\x04");
    await it.attached;
    expect(it.terminal.closing?.answersOwed).toEqual({ attributes: 0, sure: true });
  });

  test("gives the terminal back when lap itself is at fault", async () => {
    const it = await Stage.joined();
    it.terminal.poison = "poison";
    it.say("\x1b[?1049h");
    it.say("poison");
    expect(await it.attached.catch((error: unknown) => error)).toBeInstanceOf(Error);
    expect(it.events.at(-1)).toBe("restored");
    expect(it.events.at(-2)).toContain("\\u001b[?1049l");
  });

  test("ends by a signal with the signal's reason, restored", async () => {
    const it = await Stage.joined();
    const reason = new Interrupted("SIGTERM");
    it.signal.abort(reason);
    expect(await it.attached.catch((error: unknown) => error)).toBe(reason);
    expect(it.events.at(-1)).toBe("restored");
  });

  for (const [name, said, end] of [
    [
      "the program's own end",
      "\r\n[bridge] process exited (code=0, signal=0)\r\n",
      { kind: "exited" },
    ],
    ["a loss", "text", { kind: "closed", code: 1006, reason: "", quiet: false, repeated: false }],
    [
      "a loss before anything came",
      "",
      { kind: "closed", code: 1006, reason: "", quiet: true, repeated: false },
    ],
    [
      "words of an end amid other output",
      "$ grep exited\r\nserver.js: [bridge] process exited (code=0, signal=0)\r\n$ ",
      { kind: "closed", code: 1006, reason: "", quiet: false, repeated: false },
    ],
    [
      "words of an end before a path that drops",
      "\r\n[bridge] process exited (code=0, signal=0)\r\n",
      { kind: "closed", code: 1006, reason: "", quiet: false, repeated: false },
    ],
  ] as const) {
    test(`tells ${name}`, async () => {
      const it = await Stage.joined();
      // Frames may end anywhere.
      for (const character of said) it.say(character);
      it.sandbox.connection.end(end.kind === "exited" ? 1005 : 1006);
      expect(await it.attached).toEqual({ ...end, unsent: 0 });
    });
  }

  test("holds the sandbox back while a note covers its screen, and shows what came meanwhile", async () => {
    const it = await Stage.joined();
    it.type("\x1d?");
    expect(it.events).toContain("pause");
    it.say("meanwhile");
    expect(it.events.join("\n")).not.toContain("meanwhile");
    it.type("q");
    expect(it.events.slice(-2)).toEqual(['screen "meanwhile"', "resume"]);
    it.type("\x04");
    await it.attached;
  });

  test("a stop that failed after the connection was gone ends as the loss that it is", async () => {
    const answer = Promise.withResolvers<string | undefined>();
    const it = await Stage.joined({ stop: () => answer.promise });
    it.type("\x1dk");
    it.type("y");
    it.sandbox.connection.end();
    answer.resolve("500");
    expect(await it.attached).toMatchObject({ kind: "closed", code: 1006 });
  });

  test("says whole why a stop failed, in a narrow window too", async () => {
    const why = "cannot reach http://127.0.0.1:4000: connection refused";
    const it = await Stage.joined({ stop: async () => why });
    it.terminal.dimensions = { columns: 40, rows: 12 };
    it.type("\x1dk");
    it.type("y");
    await settled();
    const words = Bun.stripANSI(it.screen.slice(it.screen.lastIndexOf("\x1b[?1049h")));
    expect(words.replaceAll(/\s+/g, " ")).toContain(`not stopped: ${why} any key goes back`);
  });

  test("a note amid a synchronized update ends it, and it is undone once more on leaving", async () => {
    const it = await Stage.joined();
    it.say("\x1b[?2026hhalf a screen");
    it.forget();
    it.type("\x1di");
    expect(it.screen).toContain("\x1b[?2026l");
    it.type("q");
    it.forget();
    it.type("\x04");
    await it.attached;
    expect(it.screen).toContain("\x1b[?2026l");
  });

  test("a note in the middle of a long string begins that string again", async () => {
    const it = await Stage.joined();
    const clipboard = `\x1b]52;c;${"QUJD".repeat(500)}\x07`;
    it.say(`text${clipboard.slice(0, 700)}`);
    it.say(clipboard.slice(700, 1_500));
    it.type("\x1di");
    expect(it.screen).toContain("\x18");
    it.say(`${clipboard.slice(1_500)}after`);
    it.forget();
    it.type("q");
    expect(it.screen).toEndWith(`${clipboard}after`);
  });

  test("a note between the ESC and the backslash that end a string ends it, and does it once", async () => {
    const it = await Stage.joined();
    it.say("\x1b]0;title\x1b");
    it.forget();
    it.type("\x1di");
    expect(it.screen).toStartWith("\\\x1b7\x1b[?1049h");
    it.say("\\after");
    it.forget();
    it.type("q");
    expect(it.screen).toEndWith("\x1b\\after");
    expect(it.screen).not.toContain("title");
  });

  test("who only looks on is refused a stop, and told how to", async () => {
    let stops = 0;
    const stop = async () => void stops++;
    const it = await Stage.joined({ readOnly: true, stop });
    it.type("\x1dk");
    expect(it.screen).toContain("lap stop");
    it.type("y");
    it.type("\x1dd");
    await it.attached;
    expect(stops).toBe(0);
  });

  test("who only looks on at a full-screen program reads notes in the window's title", async () => {
    const it = await Stage.joined({ readOnly: true });
    // In the middle of a colour: nothing of it is lost.
    it.say("\x1b[?1049hprogram\x1b[38;5");
    it.forget();
    it.type("\x1di");
    expect(it.screen).toStartWith("\x18\x1b\\\x07\x1b[22;0t\x1b]2;session id · endpoint ws");
    expect(it.screen).toEndWith("\x07\x1b[38;5");
    it.forget();
    it.say(";1mgoes on");
    expect(it.screen).toBe(";1mgoes on");
    it.forget();
    it.type("q");
    expect(it.screen).toBe("\x1b]2;lap\x07\x1b[23;0t");
    it.type("\x1d?");
    it.forget();
    it.type("\x1d");
    it.type("\x1dd");
    await it.attached;
    // Both titles that lap had put over others come off again, and nothing was ever sent.
    expect(it.screen.split("\x1b[23;0t")).toHaveLength(3);
    expect(it.sandbox.connection.events).toEqual(["disconnected"]);
  });

  test("a bell ends no string that the remote is amid", async () => {
    const it = await Stage.joined({ readOnly: true });
    it.say("hello \x1b]2;my ti");
    it.forget();
    it.type("\x1dr");
    expect(it.screen).toBe("\x18\x1b\\\x07\x1b]2;my ti");
  });

  test("leaving calls off a stop that hangs", async () => {
    let asked: AbortSignal | undefined;
    const it = await Stage.joined({
      stop: (signal) => {
        asked = signal;
        return new Promise(() => {});
      },
    });
    it.type("\x1dk");
    it.type("y");
    it.type("\x04");
    expect(await it.attached).toEqual({ kind: "detached", unsent: 0, stopping: true });
    expect(asked?.aborted).toBe(true);
  });
});
