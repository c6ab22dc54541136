import { describe, expect, test } from "bun:test";
import { settled } from "../support/clock.ts";
import { Stage, type StageOptions } from "../support/stage.ts";

const LAP_KEY = "\x1d";
const BELL = "\x07";
const HELP = "this help";
const INFO = "session     id";
const STOP = "Stop this session?";
const MINUTE = 60_000;
const PASTED = "You pasted";
const PASTE = "\x1b[200~y\rwords\x1b[201~";

/** The lap key as terminals send it, its release with it where they tell. */
const LAP_KEYS = ["\x1d", "\x1b[93;5u\x1b[93;5:3u", "\x1b[93;5:1u", "\x1b[27;5;93~"];

interface Joined {
  stage: Stage;
  stops: number;
}

async function joined(options: StageOptions = {}): Promise<Joined> {
  const it: Joined = {
    stops: 0,
    stage: await Stage.joined({
      ...options,
      stop: async () => {
        it.stops++;
        return "no";
      },
    }),
  };
  it.stage.say("$ ");
  return it;
}

/** Each a read. */
function type(stage: Stage, ...reads: string[]): void {
  for (const read of reads) stage.type(read);
}

/** A question about a paste is up. */
async function asked(): Promise<Joined> {
  const it = await joined({ reconnect: true });
  await it.stage.lose();
  type(it.stage, PASTE);
  expect(it.stage.screen).toContain(PASTED);
  it.stage.forget();
  return it;
}

/** What the sandbox gets of all that was typed, once it is back. */
async function delivered(stage: Stage): Promise<string> {
  await stage.comeBack();
  stage.say("$ ");
  return stage.sandbox.connection.input;
}

describe("in a note the lap key begins a command", () => {
  for (const key of LAP_KEYS) {
    const name = JSON.stringify(key);
    test(`${name} d detaches, in two reads and in one`, async () => {
      for (const reads of [
        [`${LAP_KEY}i`, key, "d"],
        [`${LAP_KEY}i`, `${key}d`],
        [`${key}i${key}d`],
      ]) {
        const { stage } = await joined();
        type(stage, ...reads);
        expect(await stage.attached).toMatchObject({ kind: "detached" });
        expect(stage.sandbox.connection.input).toBe("");
      }
    });

    test(`${name} k in the question whether to stop asks again, and y stops`, async () => {
      const it = await joined();
      type(it.stage, `${LAP_KEY}k`, key);
      expect(it.stage.screen).toEndWith("\x1b[?25h");
      expect(it.stops).toBe(0);
      it.stage.forget();
      type(it.stage, "k");
      expect(it.stage.screen).toContain(STOP);
      type(it.stage, "y");
      expect(it.stops).toBe(1);
      expect(it.stage.sandbox.connection.input).toBe("");
    });
  }

  test("goes before the shell has the screen, also where lap is told to stop from elsewhere", async () => {
    const { stage } = await joined();
    type(stage, `${LAP_KEY}i`);
    stage.forget();
    stage.terminal.listeners?.onStop?.();
    expect(stage.screen).toStartWith("\x1b[2J\x1b8\x1b[?1049l\x1b[?25h");
    stage.terminal.listeners?.onContinue();
    type(stage, "x");
    expect(stage.sandbox.connection.input).toBe("x");
  });

  test("leaves no words behind on a full screen, whenever the remote paints that", async () => {
    const { stage } = await joined();
    stage.say("\x1b[?1049h");
    type(stage, `${LAP_KEY}i`);
    const lines = stage.screen.split("\x1b[7m").length - 1;
    stage.forget();
    type(stage, "q");
    const blanks = Array.from({ length: lines }, (_, line) => `\x1b[${line + 1};1H\x1b[2K`);
    expect(stage.screen).toBe(`${blanks.join("")}\x1b8\x1b[?25h`);
  });

  test("another note takes the place of the one that is shown", async () => {
    const { stage } = await joined();
    type(stage, `${LAP_KEY}i`);
    expect(stage.screen).toContain(INFO);
    stage.forget();
    type(stage, LAP_KEY, "?");
    expect(stage.screen).toContain(HELP);
    type(stage, "q", "x");
    expect(stage.sandbox.connection.input).toBe("x");
  });

  test("pressed twice it only begins, and sends nothing of itself", async () => {
    const { stage } = await joined();
    type(stage, `${LAP_KEY}i`, LAP_KEY, LAP_KEY);
    expect(stage.sandbox.connection.input).toBe("");
    type(stage, `${LAP_KEY}d`);
    expect(await stage.attached).toMatchObject({ kind: "detached" });
  });

  test("and pressed twice where no note was it still sends itself", async () => {
    const { stage } = await joined();
    type(stage, `${LAP_KEY}i`, LAP_KEY, "]", LAP_KEY, LAP_KEY, "x");
    expect(stage.sandbox.connection.input).toBe(`${LAP_KEY}${LAP_KEY}x`);
  });

  test("a remark that goes by itself does not take the command with it", async () => {
    const { stage } = await joined({ warmth: { idleTimeoutMs: 15 * MINUTE } });
    type(stage, LAP_KEY);
    await stage.clock.advance(20 * MINUTE);
    expect(stage.screen).toContain("the platform ends this session");
    stage.say("more");
    type(stage, "d");
    expect(await stage.attached).toMatchObject({ kind: "detached" });
  });

  test("a remark that comes behind the lap key is read first: the key takes it off", async () => {
    const { stage } = await joined({ warmth: { idleTimeoutMs: 15 * MINUTE } });
    type(stage, LAP_KEY);
    await stage.clock.advance(20 * MINUTE);
    type(stage, "d", LAP_KEY, LAP_KEY);
    expect(stage.sandbox.connection.input).toBe(LAP_KEY);
  });
});

test("the lap key and r have the remote paint its screen", async () => {
  const { stage } = await joined();
  stage.forget();
  type(stage, LAP_KEY, "r");
  await stage.clock.advance(60);
  expect(stage.events).toEqual(["size 80x23", "size 80x24"]);
});

describe("with caps lock on", () => {
  test("a command is the same", async () => {
    const { stage } = await joined();
    type(stage, LAP_KEY, "D");
    expect(await stage.attached).toMatchObject({ kind: "detached" });
  });

  test("and so is a yes", async () => {
    const it = await joined();
    type(it.stage, LAP_KEY, "K", "Y");
    expect(it.stops).toBe(1);
  });
});

test("the question whether to stop is not changed for another under the person's fingers", async () => {
  const it = await joined({ reconnect: true });
  await it.stage.clock.advance(1_000);
  it.stage.sandbox.connection.answers = false;
  type(it.stage, "a");
  await it.stage.clock.advance(1_250);
  // Into a silent link, so that it would be asked about with the loss.
  type(it.stage, PASTE, `${LAP_KEY}k`);
  it.stage.forget();
  await it.stage.lose();
  expect(it.stage.screen).not.toContain(PASTED);
  expect(it.stage.screen).toContain(BELL);
  type(it.stage, "y");
  expect(it.stops).toBe(1);
});

describe("in the question about a paste the lap key begins a command", () => {
  test("which may detach", async () => {
    const { stage } = await asked();
    type(stage, LAP_KEY, "d");
    expect(await stage.attached).toMatchObject({ kind: "detached" });
  });

  for (const [name, keys] of [
    ["leads back to it when it is given up", ["\x1b[27u"]],
    ["leads back to it from a note", ["i", "q"]],
    ["leads back to it from the help", ["\x1b]", "q"]],
    ["leads back to it where no session is to be stopped", ["k", "n"]],
    ["leads back to it from a repaint", ["r"]],
    ["leads back to it from one begun again", [LAP_KEY, "i", LAP_KEY, "?", "q"]],
  ] as const) {
    test(`which ${name}: nothing of the paste is lost`, async () => {
      const { stage } = await asked();
      type(stage, LAP_KEY);
      for (const key of keys) {
        stage.forget();
        type(stage, key);
        await stage.clock.advance(25);
      }
      expect(stage.screen).toContain(PASTED);
      type(stage, "y");
      expect(await delivered(stage)).toBe(PASTE);
    });
  }

  test("which may stop the session", async () => {
    const it = await asked();
    type(it.stage, LAP_KEY, "k", "y");
    expect(it.stops).toBe(1);
  });

  test("which may suspend lap: the question comes back with it", async () => {
    const { stage } = await asked();
    type(stage, LAP_KEY, "z");
    expect(stage.events).toContain("suspended");
    expect(stage.screen).not.toContain(PASTED);
    stage.forget();
    stage.terminal.listeners?.onContinue();
    expect(stage.screen).toContain(PASTED);
    type(stage, "y");
    expect(await delivered(stage)).toBe(PASTE);
  });

  test("which it does not come before, though lap was stopped and goes on", async () => {
    const { stage } = await asked();
    type(stage, LAP_KEY);
    stage.terminal.listeners?.onContinue();
    expect(stage.screen).not.toContain(PASTED);
    type(stage, "i");
    expect(stage.screen).toContain(INFO);
  });

  test("and leaving answers it", async () => {
    const { stage } = await asked();
    type(stage, LAP_KEY, "i", "\x04");
    expect(await stage.attached).toMatchObject({ kind: "detached" });
  });
});

describe("a paste", () => {
  test("takes a note off and goes on, with what is typed behind it", async () => {
    const { stage } = await joined();
    type(stage, `${LAP_KEY}i`);
    stage.forget();
    type(stage, `${PASTE}x`);
    expect(stage.screen).toEndWith("\x1b[?25h");
    type(stage, "y");
    expect(stage.sandbox.connection.input).toBe(`${PASTE}xy`);
  });

  test("is no answer to whether to stop: it is dropped, with a bell", async () => {
    const it = await joined();
    type(it.stage, `${LAP_KEY}k`);
    it.stage.forget();
    type(it.stage, PASTE.slice(0, 8), PASTE.slice(8));
    expect(it.stage.screen).toBe(BELL);
    type(it.stage, "n", "x");
    expect(it.stage.sandbox.connection.input).toBe("x");
    expect(it.stops).toBe(0);
  });

  test("waits behind the question about another, and is asked about in turn", async () => {
    const { stage } = await asked();
    type(stage, PASTE);
    expect(stage.screen).toBe("");
    type(stage, "y");
    expect(stage.screen).toContain(PASTED);
    type(stage, "y");
    expect(await delivered(stage)).toBe(PASTE + PASTE);
  });

  test("goes on behind the lap key, which goes on waiting", async () => {
    for (const reads of [[LAP_KEY], [`${LAP_KEY}i`, LAP_KEY]]) {
      const { stage } = await joined();
      type(stage, ...reads, PASTE, "d");
      expect(await stage.attached).toMatchObject({ kind: "detached" });
      expect(stage.sandbox.connection.input).toBe(PASTE);
    }
  });
});

describe("who only looks on", () => {
  const commands = (stage: Stage) =>
    [...Bun.stripANSI(stage.screen).matchAll(/ {2}([a-z?\]]) {2}/g)].map(([, key]) => key);

  test("is told of the commands that work: none that sends something", async () => {
    const { stage } = await joined({ readOnly: true });
    type(stage, `${LAP_KEY}?`);
    expect(commands(stage)).toEqual(["d", "i", "z", "?"]);
    const typing = await joined();
    type(typing.stage, `${LAP_KEY}?`);
    expect(commands(typing.stage)).toEqual(["d", "i", "r", "z", "k", "]", "?"]);
  });

  test("nor the one that a full screen would not come back from", async () => {
    const { stage } = await joined({ readOnly: true });
    stage.say("\x1b[?1049hprogram");
    type(stage, `${LAP_KEY}?`);
    expect(stage.screen).toContain(
      "d detach; the session lives on · i connection info · ? this help",
    );
  });

  test.each(["r", "]", LAP_KEY])("hears a bell for %j, which would send something", async (key) => {
    const { stage } = await joined({ readOnly: true });
    stage.forget();
    type(stage, LAP_KEY, key);
    expect(stage.events).toEqual([`screen ${JSON.stringify(BELL)}`]);
  });
});

describe("who only looks on suspends lap", () => {
  test("from a plain program", async () => {
    const { stage } = await joined({ readOnly: true });
    type(stage, LAP_KEY, "z");
    expect(stage.events).toContain("suspended");
  });

  test("but not from a full-screen one, which could not be made to paint its screen again", async () => {
    const { stage } = await joined({ readOnly: true });
    stage.say("\x1b[?1049hprogram");
    stage.forget();
    type(stage, LAP_KEY, "z");
    expect(stage.events).toEqual([`screen ${JSON.stringify(BELL)}`]);
  });

  test("by a signal from any: the title says that a full screen may not be all there", async () => {
    for (const [said, readOnly, told] of [
      ["\x1b[?1049hprogram", true, true],
      ["program", true, false],
      ["\x1b[?1049hprogram", false, false],
    ] as const) {
      const { stage } = await joined({ readOnly });
      stage.say(said);
      stage.terminal.listeners?.onStop?.();
      expect(stage.events).toContain("suspended");
      stage.forget();
      stage.terminal.listeners?.onContinue();
      expect(stage.screen.includes("What was on the screen before")).toBe(told);
    }
  });
});

test("a click goes to the program only while no note covers it", async () => {
  const { stage } = await joined();
  const [press, release, focus] = ["\x1b[<0;1;1M", "\x1b[<0;1;1m", "\x1b[I"];
  type(stage, press, `${LAP_KEY}i`, release, focus, press, "q", release);
  expect(stage.sandbox.connection.input).toBe(`${press}${focus}${release}`);
});

describe("typed so fast that it comes in one read", () => {
  test("a question is answered", async () => {
    const it = await joined();
    it.stage.type("a\x1dky");
    await settled();
    expect([it.stops, it.stage.sandbox.connection.input]).toEqual([1, "a"]);
  });

  test("a note is closed, and what follows is sent", async () => {
    const it = await joined();
    it.stage.type("\x1dixb");
    expect(it.stage.sandbox.connection.input).toBe("b");
  });

  test("a command is begun in a note", async () => {
    const it = await joined();
    it.stage.type("\x1di\x1d\x1dda");
    expect(await it.stage.attached).toMatchObject({ kind: "detached" });
    expect(it.stage.sandbox.connection.input).toBe("");
  });
});
