import { describe, expect, test } from "bun:test";
import { createLog, painter } from "../../src/ui/log.ts";

function logTo(lines: string[]) {
  return createLog({ write: (text: string) => lines.push(text) }, (_style, text) => text);
}

describe("what lap says", () => {
  test("has a mark where it is a success, a warning or a fault", () => {
    const lines: string[] = [];
    const log = logTo(lines);
    log.success("saved");
    log.error("refused");
    log.warn("plain http");
    log.info("hello");
    log.log("  hint");
    expect(lines).toEqual(["✓ saved\n", "✗ refused\n", "! plain http\n", "hello\n", "  hint\n"]);
  });

  test("is said again when it happens again (consola folds repeated lines)", () => {
    const lines: string[] = [];
    const log = logTo(lines);
    for (let times = 0; times < 10; times++) log.error("refused");
    expect(lines).toHaveLength(10);
  });
});

describe("colour", () => {
  test.each([
    ["on a terminal", true, {}, true],
    ["not in a pipe", undefined, {}, false],
    ["not with NO_COLOR", true, { NO_COLOR: "1" }, false],
    ["with an empty NO_COLOR", true, { NO_COLOR: "" }, true],
    ["not on a dumb terminal", true, { TERM: "dumb" }, false],
  ])("%s", (_, isTTY, env, coloured) => {
    const painted = painter({ isTTY }, env)("red", "x");
    expect(painted).toBe(coloured ? "\x1b[31mx\x1b[39m" : "x");
  });
});
