import { describe, expect, test } from "bun:test";
import { Writable } from "node:stream";
import type { AttachEnd } from "../../src/attach/session.ts";
import { returnCommand, sayEnd } from "../../src/commands/ending.ts";
import { LapError } from "../../src/errors.ts";
import { SessionEnded } from "../../src/launch/ready.ts";
import { createLog } from "../../src/ui/log.ts";

/** What is said of an end, and the exit code. */
function said(end: AttachEnd, command = "lap bot", id = "s-1"): [words: string, code: number] {
  let text = "";
  const stderr = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const code = sayEnd(
    createLog(stderr, (_style, words) => words),
    end,
    command,
    id,
  );
  return [text, code];
}

const LOST = { kind: "closed", code: 1006, reason: "", quiet: false, repeated: false } as const;
const MINUTE = 60_000;

describe("the end of an attachment", () => {
  test("that the person wanted says that the session lives on, and what returns to it", () => {
    expect(said({ kind: "detached", unsent: 0 })).toEqual([
      "detached — the session lives on. Return to it with: lap bot\n",
      0,
    ]);
  });

  for (const [ms, words] of [
    [3 * 24 * 60 * MINUTE, "3 d"],
    [24 * 60 * MINUTE, "24 h"],
    [60 * MINUTE, "60 min"],
    [15 * MINUTE, "15 min"],
    [14.4 * MINUTE, "14 min"],
    [MINUTE, "1 min"],
    [29_000, "29 s"],
    [0, "0 s"],
  ] as const) {
    test(`says that a session which is left alone lives ${words}`, () => {
      const [text] = said({ kind: "detached", livesMs: ms, unsent: 0 });
      expect(text).toEndWith(`  Left alone, the platform ends it in about ${words}.\n`);
    });
  }

  // Only who detached was told.
  for (const [name, end] of [
    ["that the person wanted", { kind: "detached" }],
    ["by the program's own end", { kind: "exited" }],
    ["by a loss", LOST],
  ] as const) {
    test(`${name} says what was typed and never sent`, () => {
      expect(said({ ...end, unsent: 5 })[0]).toContain("5 bytes that you typed were not sent");
      expect(said({ ...end, unsent: 1 })[0]).toContain("1 byte that you typed was not sent");
      expect(said({ ...end, unsent: 0 })[0]).not.toContain("not sent");
    });
  }

  test("on a link that fell silent says what may be lost, before what was never sent", () => {
    const [text] = said({ kind: "detached", unsent: 4, uncertain: 12 });
    expect(text).toMatch(/12 bytes of your input may not have arrived\n.*4 bytes that you typed/);
  });

  test("by the program's own end does not ask what may have arrived at it", () => {
    expect(said({ kind: "exited", uncertain: 12 })[0]).not.toContain("arrived");
  });

  describe("by a failure", () => {
    const failed = (error: unknown, unsent = 0) => {
      try {
        return said({ kind: "failed", error, unsent });
      } catch (thrown) {
        return thrown;
      }
    };
    const LEFT = "Session s-1 is still there: `lap attach s-1` reaches it, `lap stop s-1` ends it.";

    test("is thrown, with the session that is left and what was typed and never sent", () => {
      const refused = new LapError("refused", { hint: "why", exitCode: 4 });
      expect(failed(refused)).toMatchObject({ hint: `why\n${LEFT}`, exitCode: 4 });
      expect(failed(refused, 5)).toMatchObject({
        message: "refused",
        hint: `why\n${LEFT}\n5 bytes that you typed were not sent.`,
        exitCode: 4,
      });
    });

    test("of a session that has ended names none", () => {
      const error = new SessionEnded("session s-1 is dead", { hint: "why" });
      expect(failed(error)).toBe(error);
      expect(failed(error, 1)).toMatchObject({ hint: "why\n1 byte that you typed was not sent." });
    });

    test("of lap's own is thrown as it is", () => {
      const fault = new TypeError("undefined is not a function");
      expect(failed(fault, 5)).toBe(fault);
    });
  });

  test("by the program's own end says that the next one starts afresh", () => {
    expect(said({ kind: "exited" })).toEqual([
      "[ws closed] the program in the sandbox ended.\n  `lap bot` starts it afresh.\n",
      0,
    ]);
  });

  test("by a stop says so", () => {
    const [text, code] = said({ kind: "stopped" }, "lap bot", "s-\x1b[31m1");
    expect([text, code]).toEqual(["✓ session s-1 is stopped\n", 0]);
  });

  // Its code was 1 where that was seen before the signal came.
  test("with the terminal gone says nothing, and is that of SIGHUP", () => {
    expect(said({ kind: "hangup" })).toEqual(["", 129]);
  });

  test("by a loss says why, cleaned, and what returns", () => {
    const [text, code] = said({ ...LOST, code: 1011, reason: "\x1b[31mevicted\r\n" });
    expect(text).toBe(
      "✗ [ws closed] the connection was lost (1011: evicted)\n" +
        "  `lap bot` returns to it, if it is still alive.\n",
    );
    expect(code).toBe(255);
  });

  test("by a loss says how much input may be lost with it", () => {
    const [text] = said({ ...LOST, uncertain: 7 });
    expect(text).toContain("  7 bytes of your input may not have arrived.\n");
    expect(said({ ...LOST, uncertain: 1 })[0]).toContain("  1 byte of your input may");
    expect(said({ ...LOST, uncertain: 0 })[0]).not.toContain("may not have arrived");
  });

  test("before anything came suspects the reaper and the token", () => {
    const [text, code] = said({ ...LOST, quiet: true });
    expect(text).toContain("(1006)");
    expect(text).toContain("the terminal token is wrong. Check `lap config`");
    expect(code).toBe(255);
  });

  test("by a close again and again gives a diagnosis", () => {
    const [text, code] = said({ ...LOST, code: 1005, repeated: true }, "lap bot", "s 1");
    expect(text).toStartWith(
      "✗ [ws closed] the sandbox closes the connection as soon as it is open (1005)\n",
    );
    expect(text).toContain("Its program may fail to start");
    expect(text).toContain("`lap diagnose 's 1'`");
    expect(code).toBe(255);
  });
});

describe("what returns to a session", () => {
  for (const [name, command] of [
    ["bot", "lap bot"],
    ["my bot", "lap 'my bot'"],
    ["it's", "lap 'it'\\''s'"],
    ["$(rm -rf ~)", "lap '$(rm -rf ~)'"],
    ["-x", "lap open -- -x"],
    ["login", "lap open login"],
    ["ps", "lap open ps"],
    ["bot\x1b[31m", "lap a-1"],
    ["", "lap a-1"],
    [null, "lap a-1"],
  ] as const) {
    test(`of the agent ${JSON.stringify(name)} is ${command}`, () => {
      expect(returnCommand({ id: "s-1" }, { id: "a-1", name })).toBe(command);
    });
  }

  test("where the agent is not known is its id", () => {
    expect(returnCommand({ id: "s 1" }, undefined)).toBe("lap attach 's 1'");
  });
});
