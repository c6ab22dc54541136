import { describe, expect, test } from "bun:test";
import { Stage } from "../support/stage.ts";

const ESC = "\x1b";
const MIB = 1024 * 1024;
/** How long a lone Escape is held, and what a timer that came late leaves to be read first. */
const HELD_MS = 20;
const LATE_MS = 5;
const POLL_MS = 20;

function inputs(stage: Stage): string[] {
  return stage.events.filter((event) => event.startsWith("input "));
}

describe("the start of a sequence", () => {
  test("goes on by itself in time", async () => {
    const stage = await Stage.joined();
    stage.type(ESC);
    await stage.clock.advance(HELD_MS - 1);
    expect(inputs(stage)).toEqual([]);
    await stage.clock.advance(1);
    expect(inputs(stage)).toEqual([`input ${ESC}`]);
  });

  test("waits for its rest where lap stood still, which is read first", async () => {
    const stage = await Stage.joined();
    stage.type(ESC);
    stage.clock.stop(1_000);
    await stage.clock.advance(LATE_MS - 1);
    expect(inputs(stage)).toEqual([]);
    stage.type("[A");
    await stage.clock.advance(1_000);
    expect(inputs(stage)).toEqual([`input ${ESC}[A`]);
  });

  test("detaches with a rest that was typed while lap stood still", async () => {
    const stage = await Stage.joined();
    stage.type(`a${ESC}`);
    stage.clock.stop(1_000);
    await stage.clock.advance(0);
    stage.type("[100;5u");
    expect(await stage.attached).toMatchObject({ kind: "detached" });
    expect(inputs(stage)).toEqual(["input a"]);
  });

  test("goes on soon after lap stood still, where nothing more was typed", async () => {
    const stage = await Stage.joined();
    stage.type(ESC);
    stage.clock.stop(1_000);
    await stage.clock.advance(LATE_MS);
    expect(inputs(stage)).toEqual([`input ${ESC}`]);
  });
});

test("a click far away, in UTF-8 as the remote wants it, answers no question", async () => {
  const stage = await Stage.joined();
  stage.say(`${ESC}[?1000h${ESC}[?1005h$ `);
  stage.type("\x1dk");
  expect(stage.screen).toContain("Stop this session?");
  // Column 100 is two bytes, and row 89 is a y.
  stage.type(`${ESC}[M \x84y`);
  expect(stage.screen).not.toContain("Stopping");
  stage.type("n");
  stage.type("x");
  expect(inputs(stage)).toEqual(["input x"]);
});

describe("the keyboard", () => {
  test.each<[what: string, bufferedMib: number, events: string[]]>([
    ["is read while a stalled link holds 16 MiB", 16, []],
    ["is not read while it holds more", 16.1, ["keyboard held"]],
  ])("%s", async (_, bufferedMib, events) => {
    const stage = await Stage.joined();
    stage.sandbox.connection.buffered = bufferedMib * MIB;
    stage.type("x");
    expect(stage.events.filter((event) => event.startsWith("keyboard"))).toEqual(events);
  });

  test("is read again once half of that is on its way", async () => {
    const stage = await Stage.joined();
    const { connection } = stage.sandbox;
    connection.buffered = 17 * MIB;
    stage.type("x");
    connection.buffered = 9 * MIB;
    await stage.clock.advance(POLL_MS);
    expect(stage.events).not.toContain("keyboard read");
    connection.buffered = 8 * MIB;
    await stage.clock.advance(POLL_MS);
    expect(stage.events.at(-1)).toBe("keyboard read");
    stage.type("y");
    expect(connection.input).toBe("xy");
  });
});
