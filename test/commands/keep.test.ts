import { describe, expect, test } from "bun:test";
import { Interrupted } from "../../src/errors.ts";
import type { PlatformOptions } from "../../src/demo/platform.ts";
import { JumpingClock } from "../support/clock.ts";
import { DemoPlatform, SHELL } from "../support/demo-platform.ts";
import { TemporaryHome } from "../support/home.ts";
import { failure } from "../support/stub-server.ts";
import { visit } from "../support/visit.ts";

type Answers = [question: string, typed: string][];

interface Plan {
  answers?: Answers;
  reason?: Interrupted;
  again?: AbortSignal;
  intercept?: PlatformOptions["intercept"];
}

/** `lap bot` on a platform that never ends its bring-up, with Ctrl-C at the third poll. */
async function interrupt({ answers, reason = new Interrupted("SIGINT"), again, intercept }: Plan) {
  using home = new TemporaryHome();
  await using demo = new DemoPlatform({
    agents: [{ ...SHELL, name: "bot" }],
    // oxlint-disable-next-line require-yield
    async *bringUp() {
      await new Promise(() => {});
    },
    ...(intercept ? { intercept } : {}),
  });
  const abort = new AbortController();
  const clock = new JumpingClock();
  clock.onSleep = (count) => count === 3 && abort.abort(reason);
  const outcome = await visit(["bot"], {
    home: home.path,
    platform: demo.platform,
    clock,
    signal: abort.signal,
    ...(answers ? { answers } : {}),
    ...(again ? { again } : {}),
  });
  const [session] = demo.platform.sessions;
  const left =
    `  Session ${session?.id} is still there: \`lap attach ${session?.id}\` reaches it, ` +
    `\`lap stop ${session?.id}\` ends it.\n`;
  return { ...outcome, id: session?.id, status: session?.status, left };
}

const QUESTION = "is still starting. And now?";
const KEPT = "✗ stopped waiting\n";

describe("Ctrl-C on a terminal while a session comes up", () => {
  test.each([
    ["keeps it at Enter", "\r"],
    ["keeps it at a second Ctrl-C", "\x03"],
    ["keeps it at Escape", "\x1b"],
  ])("asks, and %s", async (_, typed) => {
    const outcome = await interrupt({ answers: [[QUESTION, typed]] });
    expect([outcome.code, outcome.status]).toEqual([130, "creating"]);
    expect(outcome.stderr).toEndWith(KEPT + outcome.left);
  });

  test("asks, and stops it", async () => {
    const { code, stderr, status, id } = await interrupt({ answers: [[QUESTION, "\x1b[B\r"]] });
    expect([code, status]).toEqual([130, "dead"]);
    expect(stderr).toEndWith(`✓ session ${id} is stopped\n`);
    expect(stderr).not.toContain("✗");
  });

  test("stops one again that its bring-up brought back", async () => {
    let deletes = 0;
    const { code, status } = await interrupt({
      answers: [[QUESTION, "\x1b[B\r"]],
      intercept: ({ method }, _url, { sessions }) => {
        const [session] = sessions;
        if (method === "DELETE") deletes++;
        // The end of bring-up writes `ready`, whatever happened meanwhile (PROTOCOL 4).
        else if (deletes === 1 && session) session.status = "ready";
        return undefined;
      },
    });
    expect([code, status, deletes]).toEqual([130, "dead", 2]);
  });

  test("says where stopping failed, and what is left", async () => {
    const outcome = await interrupt({
      answers: [[QUESTION, "\x1b[B\r"]],
      intercept: ({ method }) => (method === "DELETE" ? failure(500, "internal error") : undefined),
    });
    const { code, stderr, id, left } = outcome;
    expect(code).toBe(130);
    expect(stderr).toEndWith(
      `✗ session ${id} was not stopped: session stop failed: 500 — internal error\n${left}`,
    );
  });

  test("stops waiting for the stop at the next one", async () => {
    const again = new AbortController();
    const { code, stderr, id } = await interrupt({
      answers: [[QUESTION, "\x1b[B\r"]],
      again: again.signal,
      intercept: ({ method }) => {
        if (method !== "DELETE") return undefined;
        again.abort(new Interrupted("SIGINT"));
        return new Promise(() => {});
      },
    });
    expect(code).toBe(130);
    expect(stderr).toEndWith(`✗ stopped waiting\n  Session ${id} may still be alive.\n`);
  });

  test("is not asked twice for: one that came at once keeps it", async () => {
    const again = AbortSignal.abort(new Interrupted("SIGINT"));
    const outcome = await interrupt({ answers: [[QUESTION, "\r"]], again });
    expect([outcome.code, outcome.status]).toEqual([130, "creating"]);
    expect(outcome.stderr).not.toContain(QUESTION);
    expect(outcome.stderr).toEndWith(KEPT + outcome.left);
  });

  test("ends with its own code at SIGTERM while it asks", async () => {
    const again = new AbortController();
    const asked = interrupt({ answers: [[QUESTION, ""]], again: again.signal });
    setTimeout(() => again.abort(new Interrupted("SIGTERM")), 100);
    const { code, stderr, left } = await asked;
    expect(code).toBe(143);
    expect(stderr).toEndWith(KEPT + left);
  });
});

describe("nothing is asked", () => {
  test("without a terminal to ask on", async () => {
    const { code, stderr, left } = await interrupt({});
    expect([code, stderr.endsWith(KEPT + left)]).toEqual([130, true]);
  });

  test.each(["SIGTERM", "SIGHUP"] as const)("at %s", async (name) => {
    const reason = new Interrupted(name);
    const outcome = await interrupt({ answers: [[QUESTION, "\r"]], reason });
    expect([outcome.code, outcome.stderr.includes(QUESTION)]).toEqual([reason.exitCode, false]);
    expect(outcome.stderr).toEndWith(KEPT + outcome.left);
  });
});
