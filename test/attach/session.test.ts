import { describe, expect, test } from "bun:test";
import { attach, type AttachOptions } from "../../src/attach/session.ts";
import type { TransportListeners } from "../../src/attach/transport.ts";
import { Interrupted } from "../../src/errors.ts";
import { parseEscapeKey, parseKeySequence } from "../../src/keys/chord.ts";
import type { TerminalListeners } from "../../src/term/terminal.ts";
import { realClock } from "../support/world.ts";

/** A transport and a terminal that write down, in order, what is done to them. */
function stage(
  broken: { write?: boolean; stop?: (signal: AbortSignal) => Promise<string | undefined> } = {},
) {
  const events: string[] = [];
  const signal = new AbortController();
  let remote: TransportListeners | undefined;
  let local: TerminalListeners | undefined;
  const options: AttachOptions = {
    endpoint: { url: "ws://sandbox/tty", token: "secret" },
    locate: undefined,
    waiting: { update() {}, done() {} },
    warmth: { idleTimeoutMs: null, always: false, bump: async () => {} },
    connect: async (_endpoint, listeners) => {
      events.push("connected");
      remote = listeners;
      return {
        sendInput: (bytes) => void events.push(`input ${Buffer.from(bytes).toString()}`),
        sendResize: (columns, rows) => void events.push(`size ${columns}x${rows}`),
        buffered: 0,
        pause: () => void events.push("pause"),
        resume: () => void events.push("resume"),
        ping: () => {},
        close: () => void events.push("disconnected"),
        terminate: () => void events.push("terminated"),
      };
    },
    terminal: {
      size: () => ({ columns: 80, rows: 24 }),
      hush: () => {},
      open: (listeners) => {
        events.push("raw");
        local = listeners;
      },
      write: (bytes) => {
        const text = Buffer.from(bytes as string).toString();
        if (broken.write && text.includes("poison")) throw new Error("a fault of lap's own");
        events.push(`screen ${JSON.stringify(text)}`);
      },
      pending: 0,
      pauseInput: () => {},
      resumeInput: () => {},
      suspend: async () => {},
      close: async () => void events.push("restored"),
    },
    clock: realClock,
    signal: signal.signal,
    detachKeys: parseKeySequence("ctrl-d"),
    escapeKey: parseEscapeKey("ctrl-]"),
    readOnly: false,
    sessionId: "id",
    stopSession: broken.stop ?? (async () => undefined),
  };
  const attached = attach(options);
  return {
    events,
    signal,
    attached,
    send: (text: string) => remote?.onData(Buffer.from(text)),
    hangUp: (code: number) => remote?.onEnd({ code, reason: "" }),
    type: (text: string) => local?.onInput(Buffer.from(text)),
    /** Once the terminal is joined. */
    joined: () => Promise.resolve().then(() => Promise.resolve()),
  };
}

describe("an attachment", () => {
  test("sends the size first, goes raw once connected, and restores before it returns", async () => {
    const it = stage();
    await it.joined();
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

  test("gives the terminal back when lap itself is at fault", async () => {
    const it = stage({ write: true });
    await it.joined();
    it.send("\x1b[?1049h");
    it.send("poison");
    expect(await it.attached.catch((error: unknown) => error)).toBeInstanceOf(Error);
    expect(it.events.at(-1)).toBe("restored");
    expect(it.events.at(-2)).toContain("\\u001b[?1049l");
  });

  test("ends by a signal with the signal's reason, restored", async () => {
    const it = stage();
    await it.joined();
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
      "words of an end long before a loss",
      `[bridge] process exited${"x".repeat(300)}`,
      { kind: "closed", code: 1006, reason: "", quiet: false, repeated: false },
    ],
  ] as const) {
    test(`tells ${name}`, async () => {
      const it = stage();
      await it.joined();
      // Frames may end anywhere.
      for (const character of said) it.send(character);
      it.hangUp(1006);
      expect(await it.attached).toEqual(end);
    });
  }

  test("holds the sandbox back while a note covers its screen, and shows what came meanwhile", async () => {
    const it = stage();
    await it.joined();
    it.type("\x1d?");
    expect(it.events).toContain("pause");
    it.send("meanwhile");
    expect(it.events.join("\n")).not.toContain("meanwhile");
    it.type("q");
    expect(it.events.slice(-2)).toEqual(['screen "meanwhile"', "resume"]);
    it.type("\x04");
    await it.attached;
  });

  test("a stop that failed after the connection was gone ends as the loss that it is", async () => {
    const answer = Promise.withResolvers<string | undefined>();
    const it = stage({ stop: () => answer.promise });
    await it.joined();
    it.type("\x1dk");
    it.type("y");
    it.hangUp(1006);
    answer.resolve("500");
    expect(await it.attached).toMatchObject({ kind: "closed", code: 1006 });
  });

  test("leaving calls off a stop that hangs", async () => {
    let asked: AbortSignal | undefined;
    const it = stage({
      stop: (signal) => {
        asked = signal;
        return new Promise(() => {});
      },
    });
    await it.joined();
    it.type("\x1dk");
    it.type("y");
    it.type("\x04");
    expect(await it.attached).toEqual({ kind: "detached", unsent: 0 });
    expect(asked?.aborted).toBe(true);
  });
});
