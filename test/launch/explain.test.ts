import { describe, expect, test } from "bun:test";
import { createClient } from "../../src/api/client.ts";
import type { Session } from "../../src/api/sessions.ts";
import { Interrupted, LapError } from "../../src/errors.ts";
import { explainStart } from "../../src/launch/explain.ts";
import { waitUntilReady } from "../../src/launch/ready.ts";
import { JumpingClock } from "../support/clock.ts";
import { failure, page, StubServer } from "../support/stub-server.ts";

const TELLS_MORE = "`lap diagnose s-1` tells more.";
const ASKS = "`lap diagnose s-1` asks the platform what is wrong.";

async function explain(
  answer: () => Response | Promise<Response>,
  { signal = new AbortController().signal, askMs = 10_000 } = {},
) {
  await using server = new StubServer(answer);
  const client = createClient({ base: server.url, key: "sk-test-0123456789" });
  const told: string[] = [];
  const onPhase = (label: string) => told.push(label);
  return { lines: await explainStart(client, "s-1", { signal, onPhase, askMs }), told };
}

const issue = (message: string, severity = "high") => ({ code: "x", message, severity });
const bundle =
  (...issues: unknown[]) =>
  () =>
    Response.json({ detected_issues: issues });

describe("why a session does not start", () => {
  test("is what the platform says, with what to do, and a way to more", async () => {
    const oom = { pod: { container_statuses: [{ terminated_reason: "OOMKilled" }] } };
    const { lines, told } = await explain(() => Response.json(oom));
    expect(told).toEqual(["asking the platform what is wrong"]);
    expect(lines).toEqual([
      "The sandbox ran out of memory and was killed: OOMKilled.",
      expect.stringContaining("`lap restart s-1` gives it a fresh sandbox."),
      TELLS_MORE,
    ]);
  });

  test("is the three worst things, and no remarks beside them", async () => {
    const { lines } = await explain(
      bundle(issue("a", "info"), issue("b", "med"), issue("c"), issue("d"), issue("e")),
    );
    expect(lines).toEqual(["C.", "D.", "E.", TELLS_MORE]);
    expect((await explain(bundle(issue("a", "info"), issue("b", "med")))).lines).toEqual([
      "B.",
      TELLS_MORE,
    ]);
    expect((await explain(bundle(issue("a", "info")))).lines).toEqual(["A.", TELLS_MORE]);
  });

  test("is nothing where the platform finds nothing", async () => {
    expect((await explain(bundle())).lines).toEqual([]);
  });

  test.each<[string, () => Response | Promise<Response>]>([
    ["says nothing in time", () => new Promise(() => {})],
    ["has a fault", () => failure(500, "internal error")],
    ["knows no diagnosis", () => page(404)],
    ["does not know the session", () => failure(404, "session s-1 not found")],
  ])("is left to be asked for where the platform %s", async (_, answer) => {
    expect((await explain(answer, { askMs: 50 })).lines).toEqual([ASKS]);
  });

  test("is left to be asked for at Ctrl-C, at once", async () => {
    const abort = new AbortController();
    const answer = () => {
      abort.abort(new Interrupted("SIGINT"));
      return new Promise<Response>(() => {});
    };
    expect((await explain(answer, { signal: abort.signal })).lines).toEqual([ASKS]);
  });
});

describe("a start", () => {
  async function start(session: Record<string, unknown>, later: Record<string, unknown>) {
    await using server = new StubServer((_request, { pathname }) =>
      Response.json(
        pathname.endsWith("/diagnose")
          ? { detected_issues: [issue("the image is missing")] }
          : { id: "s-1", ...later },
      ),
    );
    const client = createClient({ base: server.url, key: "sk-test-0123456789" });
    const error = await waitUntilReady(client, { id: "s-1", ...session } as unknown as Session, {
      clock: new JumpingClock(),
      signal: new AbortController().signal,
      timeoutMs: 1_000,
      onPhase: () => {},
    }).catch((fault: unknown) => fault as LapError);
    const asked = server.requests.filter(({ path }) => path.endsWith("/diagnose")).length;
    return { ...(error as LapError), message: (error as LapError).message, asked };
  }

  test.each([
    ["failed", { status: "failed", failure_reason: "no pod" }, "session s-1 is failed: no pod"],
    ["died", { status: "dead" }, "session s-1 is dead"],
    ["is overdue", { status: "creating" }, "the session is not ready after 1.0 s"],
  ])("that %s tells its own reason first, then why", async (_, later, message) => {
    const error = await start({ status: "creating" }, later);
    expect(error.message).toBe(message);
    expect(error.hint).toStartWith("Phases seen: creating.\nThe image is missing.\n");
    expect(error.hint).toContain(TELLS_MORE);
    expect(error.asked).toBe(1);
  });

  test("that had failed before anybody waited tells why as well", async () => {
    const { hint, asked } = await start({ status: "failed" }, {});
    expect([hint, asked]).toEqual([expect.stringContaining("The image is missing."), 1]);
  });

  test("of a session that was dead already is none", async () => {
    expect((await start({ status: "dead" }, {})).asked).toBe(0);
  });
});
