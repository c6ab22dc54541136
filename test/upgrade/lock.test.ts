import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { lockUpgrade } from "../../src/upgrade/lock.ts";
import { TemporaryHome } from "../support/home.ts";

test("one holds it, and when it is done the next", async () => {
  using home = new TemporaryHome();
  {
    using _ = await lockUpgrade(home.path);
    await expect(lockUpgrade(home.path)).rejects.toThrow("another `lap upgrade` is running");
  }
  (await lockUpgrade(home.path))[Symbol.dispose]();
  const { mode, size } = statSync(join(home.path, ".lap", "upgrade.lock"));
  expect([mode & 0o777, size]).toEqual([0o600, 0]);
});

test("one that was killed holds it no more", async () => {
  using home = new TemporaryHome();
  const source = join(import.meta.dir, "..", "..", "src", "upgrade", "lock.ts");
  const holder = Bun.spawn(
    [
      process.execPath,
      "-e",
      `globalThis.lock = await (await import(${JSON.stringify(source)})).lockUpgrade(${JSON.stringify(home.path)}); console.log("held"); setInterval(() => {}, 1000);`,
    ],
    { stdout: "pipe" },
  );
  try {
    await holder.stdout.getReader().read();
    await expect(lockUpgrade(home.path)).rejects.toThrow("another `lap upgrade` is running");
  } finally {
    holder.kill("SIGKILL");
    await holder.exited;
  }
  (await lockUpgrade(home.path))[Symbol.dispose]();
});

test("a place where nothing can be written is named", async () => {
  await expect(lockUpgrade("/dev/null")).rejects.toThrow("cannot lock /dev/null/.lap/upgrade.lock");
});
