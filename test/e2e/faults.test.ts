import { describe, expect, test } from "bun:test";
import type { FaultOptions } from "../support/fault-proxy.ts";
import type { Fault, Stage } from "../support/network/faults.ts";
import { expectSentence, FarPlatform } from "../support/far-platform.ts";
import { waitFor } from "../support/wait.ts";

/** What a person goes through until the sandbox is on the screen. */
const STAGES = ["list", "create", "poll", "upgrade"] as const satisfies Stage[];
type OnTheWay = (typeof STAGES)[number];

type Row = [name: string, stage: OnTheWay, fault: Fault];

/** Every fault at every stage; the name is part of the test's. */
function everywhere(faults: Record<string, Fault>, stages: readonly OnTheWay[] = STAGES): Row[] {
  return Object.entries(faults).flatMap(([name, fault]) =>
    stages.map((stage): Row => [name, stage, fault]),
  );
}

const ENDS: Record<string, Fault> = {
  "a host that refuses": { kind: "refuse" },
  "a closed request": { kind: "cut", by: "fin" },
  "a reset request": { kind: "cut", by: "reset" },
  "a closed answer": { kind: "cut", by: "fin", on: "to-client" },
  "a reset answer": { kind: "cut", by: "reset", on: "to-client" },
};

const SILENCES: Record<string, Fault> = {
  "requests that are held": { kind: "stall", way: "to-server" },
  "answers that are held": { kind: "stall", way: "to-client" },
  "packets that vanish": { kind: "drop" },
};

const HALVES: Record<string, Fault> = {
  "a client's early end": { kind: "half-close", way: "to-server" },
  "an answer's early end": { kind: "half-close", way: "to-client" },
};

const SHAPES: Record<string, Fault> = {
  "50 ms each way": { kind: "delay", ms: 50 },
  "150 ms each way": { kind: "delay", ms: 150 },
  "400 ms each way": { kind: "delay", ms: 400 },
  "single bytes": { kind: "split" },
  "gathered chunks": { kind: "merge" },
};

/** A platform of which `box` is being opened, with a fault from the start. */
async function opening(fault: Fault, options: FaultOptions, args = "box"): Promise<FarPlatform> {
  const far = new FarPlatform();
  far.proxy.set(fault, options);
  await far.run(args);
  return far;
}

async function expectAttached(far: FarPlatform): Promise<void> {
  await far.shell.shows(/^hello$/m);
  far.shell.type("typed\x04");
  expect(await far.ended(0)).toContain("detached — the session lives on");
  await waitFor(() => far.typed.join("") === "typed", "what was typed to arrive, once");
}

describe.concurrent("a network that is slow or odd is only that", () => {
  // No half at the list: the server would close that connection while the create is sent on it.
  test.each([...everywhere(SHAPES), ...everywhere(HALVES, ["create", "poll"])])(
    "%s, %s",
    async (_name, at, fault) => {
      await using far = await opening(fault, { at });
      await expectAttached(far);
    },
  );
});

describe.concurrent("a connection that ends is one sentence, and says what may be left", () => {
  test.each(everywhere(ENDS, ["list", "upgrade"]))("%s, %s", async (_name, at, fault) => {
    await using far = await opening(fault, { at }, "box --no-reconnect");
    const said = await far.ended(1);
    // Asked again, a host may have closed its door altogether.
    expectSentence(
      said,
      /cannot (?:be reached|reach).*: (?:the connection was closed|connection ref)/,
    );
    if (at === "list") expect(far.alive).toEqual([]);
  });

  const lost = everywhere(ENDS, ["create"]).filter(([name]) => name.endsWith("answer"));

  test.each(lost)("%s, %s: but the session is found again", async (_name, at, fault) => {
    await using far = await opening(fault, { at });
    await far.shell.shows("the answer to the create was lost; found session");
    expect(far.alive.length).toBe(1);
    expect(far.shell.screen()).toContain(far.alive[0] as string);
    await expectAttached(far);
  });
});

describe.concurrent("once there is a session, a connection that ends is made again", () => {
  const rows = everywhere(ENDS, ["poll", "upgrade"]);

  test.each(rows.filter(([, , { kind }]) => kind === "cut"))("%s, %s", async (_name, at, fault) => {
    await using far = await opening(fault, { at, times: 1 });
    await expectAttached(far);
    expect(far.proxy.hits).toBe(1);
  });

  test.each(rows.filter(([, , { kind }]) => kind !== "cut"))("%s, %s", async (_name, at, fault) => {
    await using far = await opening(fault, { at });
    await waitFor(() => far.proxy.hits > 0, "the refusal");
    far.proxy.clear();
    await expectAttached(far);
  });
});

describe.concurrent("a network that is silent", () => {
  const rows = everywhere(SILENCES);

  test.each(rows)("%s, %s: Ctrl-C ends it", async (_name, at, fault) => {
    await using far = await opening(fault, { at });
    await waitFor(() => far.proxy.hits > 0, "the silence");
    far.shell.type("\x03");
    // Created without an answer, it is found by a look.
    const isFound = at === "create" && fault.kind === "stall" && fault.way === "to-client";
    if (at === "poll" || isFound) {
      await far.shell.shows("is still starting. And now?");
      far.shell.type("\x03");
    }
    const said = await far.ended(130);
    if (at === "poll") expect(said).toContain(`Session ${far.alive[0]} is still there`);
    if (at === "upgrade") expect(said).toContain("the session lives on");
    // Behind a moment for the answer.
    if (at === "create")
      expect(said).toContain(far.alive[0] ?? "No session of it is listed so far");
  });

  test.each(rows.filter(([, , { kind }]) => kind === "stall"))(
    "%s, %s: goes on when it is over",
    async (_name, at, fault) => {
      await using far = await opening(fault, { at });
      await waitFor(() => far.proxy.hits > 0, "the silence");
      far.proxy.clear();
      await expectAttached(far);
    },
  );
});
