import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { lockPath, whileLocked } from "../../src/config/lock.ts";
import { rememberSession } from "../../src/config/sessions.ts";
import { Interrupted, LapError } from "../../src/errors.ts";
import { TemporaryHome } from "../support/home.ts";
import { realClock, runLap } from "../support/world.ts";

const SOURCE = join(import.meta.dir, "../../src/config/lock.ts");

/** Another process that holds the lock, until it is killed. */
async function holder(home: TemporaryHome) {
  const script = `
    import { whileLocked } from ${JSON.stringify(SOURCE)};
    whileLocked(${JSON.stringify(home.path)}, () => {
      console.log("held");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
    });
  `;
  const process_ = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
  for await (const _ of process_.stdout) break;
  return process_;
}

describe("the lock", () => {
  test("keeps others out, and goes with a process that is killed", async () => {
    using home = new TemporaryHome();
    const other = await holder(home);
    const held = () => whileLocked(home.path, () => "done", 1);
    expect(held).toThrow(LapError);
    expect(held).toThrow("another lap");
    other.kill("SIGKILL");
    await other.exited;
    expect(held()).toBe("done");
  });

  test("that another does not let go of keeps nobody from a session for long", async () => {
    using home = new TemporaryHome();
    await using other = await holder(home);
    const start = performance.now();
    const session = { id: "s-1", agentId: "a-1", agentName: null, leftAt: 1 };
    expect(rememberSession(home.path, "https://lap.acme.dev", session)).toBe(false);
    expect(performance.now() - start).toBeLessThan(1_500);
    other.kill("SIGKILL");
  });

  test("that another does not let go of can be waited for no longer, with Ctrl-C", async () => {
    using home = new TemporaryHome();
    await using other = await holder(home);
    const interrupt = new AbortController();
    const sleep = (ms: number) => {
      interrupt.abort(new Interrupted("SIGINT"));
      return realClock.sleep(ms, interrupt.signal);
    };
    const world = { home: home.path, signal: interrupt.signal, clock: { ...realClock, sleep } };
    const words = ["config", "set", "detachKeys", "ctrl-p"];
    expect((await runLap(words, world)).code).toBe(130);
    other.kill("SIGKILL");
    await other.exited;
    expect((await runLap(words, { home: home.path })).code).toBe(0);
  });

  test("that another does not let go of is given up, and not waited for deaf to Ctrl-C", async () => {
    using home = new TemporaryHome();
    await using other = await holder(home);
    let now = 0;
    const sleep = async (ms: number) => void (now += ms);
    const world = { home: home.path, clock: { ...realClock, now: () => now, sleep } };
    const start = performance.now();
    const { code, stderr } = await runLap(["config", "set", "detachKeys", "ctrl-p"], world);
    expect([code, stderr]).toEqual([1, expect.stringContaining("another lap has been writing")]);
    expect(now).toBe(5_000);
    expect(performance.now() - start).toBeLessThan(1_500);
    other.kill("SIGKILL");
  });

  test("is let go of when the work throws", () => {
    using home = new TemporaryHome();
    const failing = () =>
      whileLocked(home.path, () => {
        throw new Error("no");
      });
    expect(failing).toThrow("no");
    expect(whileLocked(home.path, () => "done", 1)).toBe("done");
  });

  test("leaves an empty private file and nothing else, however often it is taken", () => {
    using home = new TemporaryHome();
    for (let time = 0; time < 3; time++) whileLocked(home.path, () => {});
    const { size, mode } = statSync(lockPath(home.path));
    expect([size, mode & 0o777]).toEqual([0, 0o600]);
    expect([
      ...new Bun.Glob("*").scanSync({ cwd: dirname(lockPath(home.path)), dot: true }),
    ]).toEqual(["lock"]);
  });

  test.each([
    ["a folder in its place", (path: string) => mkdirSync(path, { recursive: true })],
    ["something else in it", (path: string) => writeFileSync(path, "garbage ".repeat(100))],
  ])("with %s is done without", (_, spoil) => {
    using home = new TemporaryHome();
    mkdirSync(dirname(lockPath(home.path)));
    spoil(lockPath(home.path));
    expect(whileLocked(home.path, () => "done")).toBe("done");
  });

  test("where the folder is a file is done without, which the work itself will find", () => {
    using home = new TemporaryHome();
    writeFileSync(dirname(lockPath(home.path)), "mine");
    expect(whileLocked(home.path, () => "done")).toBe("done");
    expect(readFileSync(dirname(lockPath(home.path)), "utf8")).toBe("mine");
  });
});
