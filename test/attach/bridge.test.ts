import { describe, expect, test } from "bun:test";
import { Interrupted } from "../../src/errors.ts";
import { settled } from "../support/clock.ts";
import { Stage } from "../support/stage.ts";

const LAP_KEY = "\x1d";
/** How long the remote may take to paint, and how long a nudge lasts. */
const REPAINT_MS = 3_000;
const NUDGE_MS = 60;

/** The sizes that the newest connection was told. */
function sizes(stage: Stage): string[] {
  return stage.sandbox.connection.events.filter((event) => event.startsWith("size "));
}

describe("a new connection that paints nothing", () => {
  test.each<[where: string, said: string, told: string[]]>([
    ["in a full-screen program is nudged", "\x1b[?1049heditor", ["80x24", "80x23", "80x24"]],
    ["at a shell is left alone", "$ ", ["80x24"]],
  ])("%s", async (_, said, told) => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say(said);
    await stage.lose();
    await stage.comeBack();
    await stage.clock.advance(REPAINT_MS + NUDGE_MS);
    expect(sizes(stage)).toEqual(told.map((size) => `size ${size}`));
  });

  test("and is lost again leaves the line that says so", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say("$ ");
    await stage.lose();
    await stage.comeBack();
    await stage.lose();
    stage.forget();
    await stage.clock.advance(REPAINT_MS);
    expect(stage.screen).toContain("connection lost");
    expect(stage.screen).not.toContain("\x1b[23;0t");
  });

  test("in time is not nudged once it does", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say("\x1b[?1049heditor");
    await stage.lose();
    await stage.comeBack();
    stage.say("\x1b[?1049heditor");
    await stage.clock.advance(REPAINT_MS + NUDGE_MS);
    expect(sizes(stage)).toEqual(["size 80x24"]);
  });
});

test("a loss while the session is being stopped draws nothing over what says so", async () => {
  const answer = Promise.withResolvers<string | undefined>();
  const stage = await Stage.joined({ reconnect: true, stop: () => answer.promise });
  stage.say("$ ");
  stage.type(`${LAP_KEY}k`);
  stage.type("y");
  expect(stage.screen).toContain("Stopping the session");
  stage.forget();
  await stage.lose();
  await stage.clock.advance(2_000);
  expect(stage.screen).toBe("");
  answer.resolve(undefined);
  expect(await stage.attached).toEqual({ kind: "stopped" });
});

describe("a loss while the session is being stopped, which then fails", () => {
  async function failed(...meanwhile: ((stage: Stage) => unknown)[]): Promise<Stage> {
    const answer = Promise.withResolvers<string | undefined>();
    const stage = await Stage.joined({ reconnect: true, stop: () => answer.promise });
    stage.say("$ ");
    stage.type(`${LAP_KEY}k`);
    stage.type("y");
    await stage.lose();
    for (const act of meanwhile) await act(stage);
    answer.resolve("500");
    await settled();
    return stage;
  }

  test("is shown behind the words of that", async () => {
    const stage = await failed();
    expect(stage.screen).toContain("The session was not stopped: 500");
    expect(stage.screen).not.toContain("\x1b[7m connection lost");
    stage.forget();
    stage.type("q");
    expect(stage.screen).toContain("\x1b[7m connection lost, next try in 1 s");
  });

  test("is not where the connection is back by then", async () => {
    const stage = await failed((lost) => lost.comeBack());
    stage.say("$ ");
    stage.type("q");
    expect(stage.screen).not.toContain("connection lost");
  });

  test("is shown as it is by then, not as it was in a stop before", async () => {
    const stage = await failed();
    stage.type("q");
    // The next try is seconds away.
    await stage.clock.advance(20_000);
    stage.forget();
    stage.type(`${LAP_KEY}k`);
    stage.type("y");
    await settled();
    stage.type("q");
    expect(stage.screen).toContain("\x1b[7m connection lost, next try in ");
    expect(stage.screen).not.toContain("next try in 1 s");
  });
});

test("a session that is being stopped is not stopped again, which could only fail", async () => {
  const answer = Promise.withResolvers<string | undefined>();
  let stops = 0;
  const stage = await Stage.joined({
    stop: () => (stops++ === 0 ? answer.promise : Promise.resolve("404")),
  });
  for (const key of [`${LAP_KEY}k`, "y", `${LAP_KEY}k`]) stage.type(key);
  stage.forget();
  stage.type("y");
  await settled();
  expect(stops).toBe(1);
  expect(stage.screen).toContain("Stopping the session");
  answer.resolve(undefined);
  expect(await stage.attached).toEqual({ kind: "stopped" });
});

describe("a program that draws in place keeps what it drew", () => {
  /** With the cursor in its second line, as input boxes leave it. */
  const BOX = "+----+\r\n| > hello |\r\n+----+\r\n\x1b[2A\x1b[5G";
  const BELOW = "\x1b[1B\r\n";

  test("when lap is left", async () => {
    const stage = await Stage.joined();
    stage.say(BOX);
    stage.forget();
    stage.type("\x04");
    await stage.attached;
    expect(stage.screen).toBe(`${BELOW}\x1b[23;0t`);
  });

  test("when lap is suspended, and has begun a line already when it is left", async () => {
    const stage = await Stage.joined();
    stage.say(BOX);
    stage.forget();
    stage.type(`${LAP_KEY}z`);
    expect(stage.screen).toBe(`${BELOW}\x1b[23;0t`);
    stage.terminal.listeners?.onContinue();
    stage.forget();
    stage.type("\x04");
    await stage.attached;
    expect(stage.screen).toBe("\x1b[23;0t");
  });

  test("when the connection is lost", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say(BOX);
    stage.forget();
    await stage.lose();
    expect(stage.screen).toContain(`${BELOW}\x1b[2K\x1b[7m connection lost`);
  });
});

describe("a terminal that a shell had while lap was stopped by SIGSTOP", () => {
  test("gets the remote's modes again, amid a sequence too, and nothing is pushed twice", async () => {
    const stage = await Stage.joined();
    stage.say("\x1b[?2004h\x1b[22;0t\x1b[>1u$ \x1b]0;ti");
    stage.forget();
    stage.terminal.listeners?.onContinue();
    expect(stage.screen).toBe("\x18\x1b\\\x1b[=1u\x1b[?2004h\x1b]0;ti");
  });

  test("is left alone where the remote turned nothing on", async () => {
    const stage = await Stage.joined();
    stage.say("$ \x1b]0;ti");
    stage.forget();
    stage.terminal.listeners?.onContinue();
    expect(stage.screen).toBe("");
  });

  test("shows no note any more, but a question about a paste anew", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say("$ \x1b[?2004h");
    stage.type(`${LAP_KEY}i`);
    stage.forget();
    stage.terminal.listeners?.onContinue();
    expect(stage.screen).toBe("\x1b[2J\x1b8\x1b[?1049l\x1b[?25h\x1b[?2004h");
    await stage.lose();
    stage.type("\x1b[200~words\x1b[201~");
    stage.forget();
    stage.terminal.listeners?.onContinue();
    expect(stage.screen).toMatch(/\?1049l.*\?2004h.*\?1049h.*You pasted/s);
  });
});

test("a sequence that a suspend comes amid goes on when lap does", async () => {
  const stage = await Stage.joined();
  stage.say("text\x1b[38;5");
  stage.forget();
  stage.type(`${LAP_KEY}z`);
  expect(stage.screen).toStartWith("\x18");
  stage.forget();
  stage.terminal.listeners?.onContinue();
  stage.say(";1mred");
  expect(stage.screen).toEndWith("\x1b[38;5;1mred");
});

test("output counts as use, though nothing is typed", async () => {
  let bumps = 0;
  const stage = await Stage.joined({
    warmth: { idleTimeoutMs: 900_000, bump: async () => void bumps++ },
  });
  await stage.clock.advance(300_000);
  const before = bumps;
  stage.say("a long build goes on");
  await settled();
  expect(bumps).toBe(before + 1);
});

test("a signal that comes as the connection opens ends lap before the terminal is touched", async () => {
  const stage = new Stage();
  const reason = new Interrupted("SIGINT");
  // The upgrade is under way, and no longer to be called off.
  stage.signal.abort(reason);
  await settled();
  expect(stage.events).toContain("connected");
  expect(stage.events).not.toContain("raw");
  expect(stage.events.at(-1)).toBe("restored");
  expect(await stage.attached.catch((error: unknown) => error)).toBe(reason);
});
