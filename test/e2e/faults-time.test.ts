import { afterEach, beforeEach, expect, type Mock, spyOn, test } from "bun:test";
import { ScriptedTerminal } from "../../src/demo/scripted.ts";
import { Interrupted } from "../../src/errors.ts";
import { JumpingClock } from "../support/clock.ts";
import type { Fault } from "../support/faults.ts";
import { expectSentence, FarPlatform } from "../support/far-platform.ts";
import { waitFor } from "../support/wait.ts";
import { type Outcome, realClock, runLap, type WorldOptions } from "../support/world.ts";

const FASTER = 1000;

/** The bounds of single requests are the runtime's own timers, which pass faster here. */
const bounds: number[] = [];
let timeouts: Mock<typeof AbortSignal.timeout>;

beforeEach(() => {
  const real = AbortSignal.timeout.bind(AbortSignal);
  bounds.length = 0;
  timeouts = spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    bounds.push(ms);
    return real(ms / FASTER);
  });
});

afterEach(() => timeouts.mockRestore());

async function open(far: FarPlatform, options: Partial<WorldOptions> = {}): Promise<Outcome> {
  const terminal = new ScriptedTerminal(realClock);
  const clock = new JumpingClock();
  return runLap(["box"], { home: far.home.path, env: far.login, terminal, clock, ...options });
}

test("a host that says nothing is given up after 30 s", async () => {
  await using far = new FarPlatform();
  far.proxy.set({ kind: "drop" });
  const { code, stderr } = await open(far);
  expectSentence(stderr, /cannot reach .*: no answer in time$/);
  expect([code, bounds]).toEqual([1, [30_000]]);
});

test.each<[string, Fault]>([
  ["refuses", { kind: "refuse" }],
  ["closes every connection", { kind: "cut", by: "fin" }],
  ["says nothing", { kind: "drop" }],
])("a platform that %s while the sandbox starts is given up after 30 s", async (_name, fault) => {
  await using far = new FarPlatform();
  far.proxy.set(fault, { at: "poll" });
  const clock = new JumpingClock();
  const { code, stderr } = await open(far, { clock });
  // What was printed while waiting stands before.
  expectSentence(stderr.slice(stderr.indexOf("✗")), /cannot reach/);
  expect(stderr).toContain(`Session ${far.alive[0]} is still there`);
  expect(code).toBe(1);
  expect(clock.now()).toBeGreaterThan(30_000);
  expect(clock.now()).toBeLessThan(31_000);
});

test("a create that answers after Ctrl-C leaves no session without a word", async () => {
  await using far = new FarPlatform();
  far.proxy.set({ kind: "stall", way: "to-client" }, { at: "create" });
  const interrupt = new AbortController();
  const opening = open(far, { signal: interrupt.signal });
  await waitFor(() => far.proxy.hits > 0, "the answer to be held");
  interrupt.abort(new Interrupted("SIGINT"));
  far.proxy.clear();
  const { code, stderr } = await opening;
  expect(stderr).toContain(`lap stop ${far.alive[0]}`);
  expect(code).toBe(130);
});
