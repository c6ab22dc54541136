import { describe, expect, test } from "bun:test";
import { EXIT, Interrupted, LapError } from "../../src/errors.ts";
import type { Size, Terminal, TerminalListeners } from "../../src/term/terminal.ts";
import { showLive } from "../../src/ui/live.ts";
import { realClock } from "../support/world.ts";

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";

/** A terminal that keeps what it is given. */
class KeptTerminal implements Terminal {
  pending = 0;
  readonly writes: string[] = [];
  suspends = 0;
  closed = false;
  listeners: TerminalListeners | undefined;

  constructor(public shape: Size | undefined = { columns: 20, rows: 5 }) {}

  size(): Size | undefined {
    return this.shape;
  }

  open(listeners: TerminalListeners): void {
    this.listeners = listeners;
  }

  write(bytes: Uint8Array | string): void {
    this.writes.push(Buffer.from(bytes as string).toString());
  }

  type(keys: string): void {
    this.listeners?.onInput(Buffer.from(keys));
  }

  /** The lines of the last picture. */
  get shown(): string[] {
    const frames = this.writes.filter((write) => write.startsWith("\x1b[?2026h"));
    return (frames.at(-1) ?? "")
      .replace(/^\x1b\[\?2026h\x1b\[H/, "") // oxlint-disable-line no-control-regex
      .replace(/\x1b\[K\x1b\[J\x1b\[\?2026l$/, "") // oxlint-disable-line no-control-regex
      .split("\x1b[K\r\n");
  }

  async suspend(): Promise<void> {
    this.suspends++;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  hush(): void {}
  pauseInput(): void {}
  resumeInput(): void {}
}

interface Options {
  terminal?: KeptTerminal;
  first?: string[];
  signal?: AbortSignal;
}

/** Runs a view whose nth look is answered by `look`; what it throws is the outcome. */
async function view(
  look: (count: number, terminal: KeptTerminal) => string[],
  { terminal = new KeptTerminal(), first = ["first"], signal }: Options = {},
) {
  let count = 0;
  const error = await showLive({
    terminal,
    clock: realClock,
    signal: signal ?? new AbortController().signal,
    everyMs: 2_000,
    first,
    look: async () => look(++count, terminal),
  }).catch((thrown: unknown) => thrown);
  return { terminal, error, looks: count };
}

/** Ends the view as the person does. */
function quit(terminal: KeptTerminal): string[] {
  terminal.type("q");
  return [];
}

describe("a live view", () => {
  test("shows what it has at once, on a screen of its own that is left again", async () => {
    const { terminal, error } = await view((_, shown) => quit(shown));
    expect(error).toBeUndefined();
    expect(terminal.writes[0]).toBe(ENTER);
    expect(terminal.writes[1]).toBe("\x1b[?2026h\x1b[Hfirst\x1b[K\x1b[J\x1b[?2026l");
    expect([terminal.writes.at(-1), terminal.closed]).toEqual([LEAVE, true]);
  });

  test("draws each picture over the last, and erases nothing before", async () => {
    const { terminal } = await view((count, shown) => {
      if (count === 3) return quit(shown);
      return [`look ${count}`, "below"];
    });
    const frames = terminal.writes.slice(1, -1);
    expect(frames).toHaveLength(3);
    expect(frames[2]).toBe("\x1b[?2026h\x1b[Hlook 2\x1b[K\r\nbelow\x1b[K\x1b[J\x1b[?2026l");
    expect(frames.join("")).not.toContain("\x1b[2J");
  });

  test.each(["q", "\x03", "\x04", "xyzq"])("ends with the keys %p", async (keys) => {
    const { error, looks } = await view((count, terminal) => {
      if (count === 2) terminal.type(keys);
      return [];
    });
    expect([error, looks]).toEqual([undefined, 2]);
  });

  // It ended with 0, as with `q`.
  test("is interrupted when the terminal is gone", async () => {
    const { error, terminal } = await view((_, shown) => {
      shown.listeners?.onHangup();
      return [];
    });
    expect(error).toEqual(new Interrupted("SIGHUP"));
    expect(terminal.closed).toBe(true);
  });

  test("gives the terminal back when a signal ends it", async () => {
    const abort = new AbortController();
    const { error, terminal } = await view(
      () => {
        abort.abort(new Interrupted("SIGTERM"));
        return [];
      },
      { signal: abort.signal },
    );
    expect(error).toBeInstanceOf(Interrupted);
    expect([terminal.writes.at(-1), terminal.closed]).toEqual([LEAVE, true]);
  });
});

describe("what does not fit", () => {
  test("a line is cut at the window's width", async () => {
    const first = [
      "x".repeat(19),
      "x".repeat(20),
      "世".repeat(20),
      "\x1b[1mbold and long\x1b[22m".repeat(3),
    ];
    const { terminal } = await view((_, shown) => quit(shown), { first });
    const widths = terminal.shown.map((line) => Bun.stringWidth(line));
    expect(Math.max(...widths)).toBeLessThan(20);
    expect(terminal.shown[0]).toBe("x".repeat(19));
    expect(terminal.shown[1]).toBe(`${"x".repeat(17)}…`);
  });

  test("lines beyond the window's height are counted", async () => {
    const first = Array.from({ length: 9 }, (_, index) => `line ${index}`);
    const { terminal } = await view((_, shown) => quit(shown), { first });
    expect(terminal.shown).toEqual(["line 0", "line 1", "line 2", "line 3", "… 5 more"]);
  });

  test("as many lines as there is room for are shown", async () => {
    const first = Array.from({ length: 5 }, (_, index) => `line ${index}`);
    const { terminal } = await view((_, shown) => quit(shown), { first });
    expect(terminal.shown).toEqual(first);
  });

  test.each([{ columns: 1, rows: 1 }, undefined])("a window of %p", async (shape) => {
    const terminal = new KeptTerminal();
    terminal.shape = shape;
    const { error } = await view((_, shown) => quit(shown), { terminal, first: ["a", "b", "c"] });
    expect(error).toBeUndefined();
  });

  test("is shown once the window has grown", async () => {
    const { terminal } = await view(
      (_, shown) => {
        shown.shape = { columns: 40, rows: 5 };
        shown.listeners?.onResize();
        expect(shown.shown).toEqual(["x".repeat(30)]);
        return quit(shown);
      },
      { first: ["x".repeat(30)] },
    );
    expect(terminal.writes.length).toBeGreaterThan(3);
  });
});

describe("a look that fails", () => {
  const out = () => {
    throw new LapError("cannot reach \x1b[31mit");
  };

  test("leaves what is shown, with a word below, until the next one", async () => {
    const { error } = await view((count, shown) => {
      if (count <= 2) return out();
      if (count === 3) {
        expect(shown.shown).toEqual(["first", "! cannot reach it…"]);
        return ["again"];
      }
      expect(shown.shown).toEqual(["again"]);
      return quit(shown);
    });
    expect(error).toBeUndefined();
  });

  test("has its word where the lines fill the window", async () => {
    const first = Array.from({ length: 9 }, (_, index) => `line ${index}`);
    const { error } = await view(
      (count, shown) => {
        if (count === 1) return out();
        expect(shown.shown).toEqual([
          "line 0",
          "line 1",
          "line 2",
          "… 6 more",
          "! cannot reach it…",
        ]);
        return quit(shown);
      },
      { first },
    );
    expect(error).toBeUndefined();
  });

  test.each([
    ["a refused key", new LapError("no", { exitCode: EXIT.refused })],
    ["a fault of lap's own", new TypeError("oops")],
  ])("for %s ends it, the terminal given back", async (_, thrown) => {
    const { error, terminal } = await view(() => {
      throw thrown;
    });
    expect([error, terminal.closed]).toEqual([thrown, true]);
  });
});

describe("a terminal", () => {
  test("that is behind is given no more", async () => {
    const terminal = new KeptTerminal();
    terminal.pending = 1;
    const { looks } = await view(
      (count, shown) => (count === 5 ? quit(shown) : [`look ${count}`]),
      { terminal },
    );
    expect([looks, terminal.writes]).toEqual([5, [ENTER, LEAVE]]);
  });

  test("is given to the shell by Ctrl-Z, and taken back by fg", async () => {
    const { terminal } = await view((count, shown) => {
      if (count === 2) shown.type("\x1a");
      if (count === 5) shown.listeners?.onContinue();
      return count === 6 ? quit(shown) : [`look ${count}`];
    });
    const [, first, second, away, back, ...rest] = terminal.writes;
    expect(terminal.suspends).toBe(1);
    expect([first?.includes("first"), second?.includes("look 1")]).toEqual([true, true]);
    expect([away, back, rest.at(-1)]).toEqual([LEAVE, ENTER, LEAVE]);
    expect(rest[0]).toContain("look 4");
  });

  test("that was only stopped and goes on is drawn anew", async () => {
    const { terminal } = await view((_, shown) => {
      shown.listeners?.onContinue();
      return quit(shown);
    });
    expect(terminal.writes.filter((write) => write === ENTER)).toHaveLength(1);
    expect(terminal.writes.filter((write) => write.includes("first"))).toHaveLength(2);
  });
});
