import { afterEach, beforeEach, expect, type Mock, spyOn, test } from "bun:test";
import { ScriptedTerminal } from "../../src/demo/scripted.ts";
import { Interrupted } from "../../src/errors.ts";
import { JumpingClock } from "../support/clock.ts";
import type { Fault } from "../support/network/faults.ts";
import { expectSentence, FarPlatform } from "../support/far-platform.ts";
import { waitFor } from "../support/wait.ts";
import { type Outcome, realClock, runLap, type WorldOptions } from "../support/world.ts";

const REQUEST_MS = 30_000;
const UPGRADE_MS = 20_000;

/** The bounds of single requests and upgrades, which are the runtime's own timers: a test lets them pass. */
const bounds: { ms: number; pass: () => void }[] = [];
let mocks: Mock<(...args: never[]) => unknown>[];

beforeEach(() => {
  bounds.length = 0;
  const timer = setTimeout;
  const timeouts = spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    const abort = new AbortController();
    const pass = () => abort.abort(new DOMException("", "TimeoutError"));
    bounds.push({ ms, pass });
    return abort.signal;
  });
  const timers = spyOn(globalThis, "setTimeout").mockImplementation(((
    work: () => void,
    ms?: number,
  ) => {
    if (ms === UPGRADE_MS) bounds.push({ ms, pass: work });
    return timer(work, ms);
  }) as typeof setTimeout);
  mocks = [timeouts, timers];
});

afterEach(() => {
  for (const mock of mocks) mock.mockRestore();
});

/** Opens `box`; whatever meets the fault and then silence is let wait for as long as it may. */
async function open(far: FarPlatform, options: Partial<WorldOptions> = {}): Promise<Outcome> {
  const terminal = new ScriptedTerminal(realClock);
  const clock = new JumpingClock();
  const env = far.login;
  let over = false;
  const outcome = runLap(["box"], { home: far.home.path, env, terminal, clock, ...options });
  void outcome.finally(() => (over = true));
  for (let met = 0; !over; await new Promise((resolve) => setImmediate(resolve))) {
    if (far.proxy.hits > met) bounds.at(-1)?.pass();
    met = far.proxy.hits;
  }
  return outcome;
}

test("a host that says nothing is given up after 30 s", async () => {
  await using far = new FarPlatform();
  far.proxy.set({ kind: "drop" }, { at: "list" });
  const { code, stderr } = await open(far);
  expectSentence(stderr, /cannot reach .*: no answer in time$/);
  expect([code, bounds.map(({ ms }) => ms)]).toEqual([1, [REQUEST_MS]]);
});

const LASTING: [string, Fault][] = [
  ["refuses", { kind: "refuse" }],
  ["closes every connection", { kind: "cut", by: "fin" }],
  ["says nothing", { kind: "drop" }],
];

test.each(LASTING)(
  "a platform that %s while a sandbox starts is given up",
  async (_name, fault) => {
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
  },
);

test.each(LASTING)("a ready sandbox that %s is given up", async (_name, fault) => {
  await using far = new FarPlatform();
  far.proxy.set(fault, { at: "upgrade" });
  const clock = new JumpingClock();
  const { code, stderr } = await open(far, { clock });
  expectSentence(stderr.slice(stderr.indexOf("✗")), /cannot be reached/);
  expect(code).toBe(1);
  expect(clock.now()).toBeGreaterThan(40_000);
  expect(clock.now()).toBeLessThan(60_000);
  expect(bounds.map(({ ms }) => ms)).toContain(UPGRADE_MS);
});

test("a create that answers after Ctrl-C leaves no session without a word", async () => {
  await using far = new FarPlatform();
  far.proxy.set({ kind: "stall", way: "to-client" }, { at: "create" });
  const interrupt = new AbortController();
  const terminal = new ScriptedTerminal(realClock);
  const world = { home: far.home.path, env: far.login, terminal, clock: new JumpingClock() };
  const opening = runLap(["box"], { ...world, signal: interrupt.signal });
  await waitFor(() => far.proxy.hits > 0, "the answer to be held");
  interrupt.abort(new Interrupted("SIGINT"));
  far.proxy.clear();
  const { code, stderr } = await opening;
  expect(stderr).toContain(`lap stop ${far.alive[0]}`);
  expect(code).toBe(130);
});
