import { expect, test } from "bun:test";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { lockUpgrade } from "../../src/upgrade/lock.ts";
import { TemporaryHome } from "../support/home.ts";

const SOURCE = join(import.meta.dir, "..", "..", "src", "upgrade", "lock.ts");

test("one holds it, and when it is done the next", async () => {
  using home = new TemporaryHome();
  const path = join(home.path, "lock");
  for (let times = 0; times < 2; times++) {
    using _ = await lockUpgrade(path);
    await expect(lockUpgrade(path)).rejects.toThrow("another `lap upgrade` is running");
    const { mode, size } = statSync(path);
    expect([mode & 0o777, size]).toEqual([0o600, 0]);
  }
  expect(existsSync(path)).toBe(false);
});

test("never two hold it, though each takes its file away", async () => {
  using home = new TemporaryHome();
  const [lock, alone] = [join(home.path, "lock"), join(home.path, "alone")];
  const script = `
    const { lockUpgrade } = await import(${JSON.stringify(SOURCE)});
    const { closeSync, openSync, rmSync } = await import("node:fs");
    for (let held = 0; held < 200; ) {
      const lock = await lockUpgrade(${JSON.stringify(lock)}).catch(() => undefined);
      if (!lock) continue;
      closeSync(openSync(${JSON.stringify(alone)}, "wx"));
      rmSync(${JSON.stringify(alone)});
      lock[Symbol.dispose]();
      held++;
    }`;
  const laps = [1, 2, 3].map(() =>
    Bun.spawn([process.execPath, "-e", script], { stdout: "ignore", stderr: "ignore" }),
  );
  expect(await Promise.all(laps.map(({ exited }) => exited))).toEqual([0, 0, 0]);
});

test("one that was killed holds it no more", async () => {
  using home = new TemporaryHome();
  const path = join(home.path, "lock");
  const holder = Bun.spawn(
    [
      process.execPath,
      "-e",
      `globalThis.lock = await (await import(${JSON.stringify(SOURCE)})).lockUpgrade(${JSON.stringify(path)}); console.log("held"); setInterval(() => {}, 1000);`,
    ],
    { stdout: "pipe" },
  );
  try {
    await holder.stdout.getReader().read();
    await expect(lockUpgrade(path)).rejects.toThrow("another `lap upgrade` is running");
    expect(readdirSync(home.path)).toEqual(["lock"]);
  } finally {
    holder.kill("SIGKILL");
    await holder.exited;
  }
  (await lockUpgrade(path))[Symbol.dispose]();
});

test("a place where nothing can be written is named", async () => {
  await expect(lockUpgrade("/dev/null/lock")).rejects.toThrow(
    "cannot lock /dev/null/lock: ENOTDIR",
  );
});
