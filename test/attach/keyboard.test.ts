import { describe, expect, test } from "bun:test";
import { settled } from "../support/clock.ts";
import { Stage } from "../support/stage.ts";

const LAP_KEY = "\x1d";
const PASTE = "\x1b[200~words\x1b[201~";

test("a stop that fails while lap is suspended is told when lap goes on", async () => {
  const answer = Promise.withResolvers<string | undefined>();
  const stage = await Stage.joined({ stop: () => answer.promise });
  stage.type(`${LAP_KEY}k`);
  for (const key of ["y", "q", `${LAP_KEY}z`]) stage.type(key);
  stage.forget();
  answer.resolve("500");
  await settled();
  expect(stage.screen).toBe("");
  stage.terminal.listeners?.onContinue();
  expect(stage.screen).toContain("The session was not stopped: 500");
  stage.type("q");
  stage.type("x");
  expect(stage.sandbox.connection.input).toBe("x");
});

describe("a key", () => {
  test("goes at once, and counts as use", async () => {
    let bumps = 0;
    const stage = await Stage.joined({
      warmth: { idleTimeoutMs: 900_000, bump: async () => void bumps++ },
    });
    await stage.clock.advance(300_000);
    const before = bumps;
    stage.type("x");
    await settled();
    expect(stage.sandbox.connection.input).toBe("x");
    expect(bumps).toBe(before + 1);
  });

  test("of who only looks on goes nowhere", async () => {
    const stage = await Stage.joined({ readOnly: true });
    stage.type("x");
    stage.type(`\x1b[A${LAP_KEY}]`);
    expect(stage.sandbox.connection.input).toBe("");
  });

  test("behind the detach goes nowhere", async () => {
    const stage = await Stage.joined();
    stage.type(`${LAP_KEY}d`);
    stage.type("x");
    await stage.attached;
    expect(stage.sandbox.connection.input).toBe("");
  });

  test("behind a suspend, in the same read or before lap stopped, goes nowhere", async () => {
    const stage = await Stage.joined();
    stage.type(`a${LAP_KEY}zecho for the shell\r`);
    stage.type("more");
    stage.terminal.listeners?.onContinue();
    stage.type("b");
    expect(stage.sandbox.connection.input).toBe("ab");
  });

  test("behind a question waits for its answer", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say("$ ");
    await stage.lose();
    stage.type(`${PASTE}x`);
    await stage.comeBack();
    stage.say("$ ");
    stage.type("y");
    expect(stage.sandbox.connection.input).toBe(`${PASTE}x`);
  });

  test.each([1, 2, 3])(
    "is not swallowed by %d questions that another note has closed",
    async (pastes) => {
      const answer = Promise.withResolvers<string | undefined>();
      const stage = await Stage.joined({ reconnect: true, stop: () => answer.promise });
      stage.say("$ ");
      stage.type(`${LAP_KEY}k`);
      stage.type("y");
      stage.type("q");
      await stage.lose();
      for (let paste = 0; paste < pastes; paste++) {
        stage.type(PASTE);
      }
      answer.resolve("500");
      await settled();
      stage.type("q");
      await stage.comeBack();
      stage.say("$ ");
      stage.type("ls\r");
      expect(stage.sandbox.connection.input).toEndWith("ls\r");
    },
  );

  test("for a new connection waits until that has said something", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say("$ ");
    await stage.lose();
    await stage.comeBack();
    stage.type("x");
    expect(stage.sandbox.connection.input).toBe("");
    stage.say("$ ");
    expect(stage.sandbox.connection.input).toBe("x");
  });

  test("of a new outage is kept, though an answer of the terminal's began in the last one and ended behind it", async () => {
    const stage = await Stage.joined({ reconnect: true });
    stage.say("$ ");
    await stage.lose();
    stage.type("\x1b]11;rgb:");
    await stage.comeBack();
    stage.say("$ ");
    stage.type("0/0/0\x07");
    await stage.lose();
    stage.type("ls\r");
    await stage.comeBack();
    stage.say("$ ");
    expect(stage.sandbox.connection.input).toBe("ls\r");
  });
});
